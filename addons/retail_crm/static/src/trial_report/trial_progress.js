import { _t } from "@web/core/l10n/translation";

import { formatCount } from "../shared/formats";

import { Component } from "@odoo/owl";

/** How far a trial has come, in words and as a bar. */
export class TrialProgress extends Component {
    static template = "retail_crm.TrialProgress";
    static props = { progress: Object };

    get words() {
        const { state, months, months_done: done, is_cancel_requested: isCancelled } = this.props.progress;
        if (isCancelled) {
            return _t("The trial is being cancelled");
        }
        if (state === "requested") {
            return _t("Waiting for the trial to start");
        }
        if (!done) {
            return _t("Reading the purchases");
        }
        // the first day is only where the months begin
        return done > months
            ? _t("Comparing both policies with what customers then did")
            : _t("Replaying month %(month)s of %(months)s", {
                  month: formatCount(done),
                  months: formatCount(months),
              });
    }

    get style() {
        return `width: ${Math.max(this.props.progress.progress, 4)}%`;
    }
}
