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

    get missed() {
        return this.props.report.verdicts.filter((verdict) => !verdict.is_met).length;
    }

    get summary() {
        const all = this.props.report.verdicts.length;
        return this.missed
            ? _t(
                  "%(met)s of %(all)s are met: to approve this policy all the same, an approver must say why.",
                  {
                      met: formatCount(all - this.missed),
                      all: formatCount(all),
                  },
              )
            : _t("All of them are met.");
    }
}
