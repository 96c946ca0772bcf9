import { _t } from "@web/core/l10n/translation";

import { formatCount } from "../shared/formats";

import { Component } from "@odoo/owl";

/** Whether the policy reaches what was set beforehand, bar by bar. */
export class TrialVerdicts extends Component {
    static template = "retail_crm.TrialVerdicts";
    static props = { report: Object };

    get verdicts() {
        return this.props.report.verdicts.map((verdict) => ({ ...verdict, ...this.getSign(verdict) }));
    }

    getSign({ is_met: isMet }) {
        if (isMet === null) {
            return { name: "unmeasured", word: _t("Could not be measured"), icon: "fa-question-circle" };
        }
        return isMet
            ? { name: "met", word: _t("Met"), icon: "fa-check-circle" }
            : { name: "missed", word: _t("Missed"), icon: "fa-times-circle" };
    }

    /** An approver must say why only where a bar was missed; what could not be measured is no reason to refuse. */
    get summary() {
        const { verdicts } = this;
        const count = (name) => verdicts.filter((verdict) => verdict.name === name).length;
        const numbers = { met: formatCount(count("met")), all: formatCount(verdicts.length) };
        if (count("missed")) {
            return _t(
                "%(met)s of %(all)s are met: to approve this policy all the same, an approver must say why.",
                numbers,
            );
        }
        return count("unmeasured")
            ? _t("%(met)s of %(all)s are met; what could not be measured stops no approval.", numbers)
            : _t("All of them are met.");
    }
}
