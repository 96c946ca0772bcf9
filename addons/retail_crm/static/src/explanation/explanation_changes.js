import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

/** What would lift and what would drop the customer, in words; muted where nothing does, with the reason. */
export class ExplanationChanges extends Component {
    static template = "retail_crm.ExplanationChanges";
    static props = { counterfactual: Object };

    get changes() {
        const { lift, lift_text: liftText, drop, drop_text: dropText } = this.props.counterfactual;
        return [
            { code: "lift", icon: "fa-arrow-up", title: _t("Up"), text: liftText, isPossible: Boolean(lift) },
            {
                code: "drop",
                icon: "fa-arrow-down",
                title: _t("Down"),
                text: dropText,
                isPossible: Boolean(drop),
            },
        ];
    }
}
