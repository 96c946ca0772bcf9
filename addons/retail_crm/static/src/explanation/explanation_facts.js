import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

/** The facts as a list: the figure, the rule and whether it is met; a figure opens the documents behind it. */
export class ExplanationFacts extends Component {
    static template = "retail_crm.ExplanationFacts";
    static props = { facts: Array, open: Function };

    /** Those that decide come first. */
    get facts() {
        return [...this.props.facts].sort((one, other) => other.is_decisive - one.is_decisive);
    }

    verdict(rule) {
        return rule.is_met ? _t("applies") : _t("does not apply");
    }
}
