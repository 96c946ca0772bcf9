import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { useOpenTrial } from "./open_trial";
import { TrialBacktest } from "./trial_backtest";
import { TrialEffects } from "./trial_effects";
import { TrialFollowed } from "./trial_followed";
import { TrialHeadline } from "./trial_headline";
import { TrialMoves } from "./trial_moves";
import { TrialProgress } from "./trial_progress";
import { TrialSizes } from "./trial_sizes";
import { TrialStability } from "./trial_stability";
import { isUnderWay } from "./trial_states";
import { TrialVerdicts } from "./trial_verdicts";

import { Component, onWillUnmount, useState } from "@odoo/owl";

const POLL_MILLISECONDS = 3000;
const PROGRESS_FIELDS = ["state", "months", "months_done", "progress", "is_cancel_requested"];

/** What a trial has found, from its verdict down to single figures; until it is done, how far it has come. */
export class TrialReport extends Component {
    static template = "retail_crm.TrialReport";
    static components = {
        TrialBacktest,
        TrialEffects,
        TrialFollowed,
        TrialHeadline,
        TrialMoves,
        TrialProgress,
        TrialSizes,
        TrialStability,
        TrialVerdicts,
    };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.open = useOpenTrial(() => this.props.record.resId);
        this.state = useState({ report: null, progress: null });
        useRecordObserver((record) => {
            // not awaited: the form is there at once and the report follows
            this.follow(record.resId, record.data.state);
        });
        onWillUnmount(() => browser.clearTimeout(this.pollTimer));
    }

    get trialState() {
        return this.props.record.data.state;
    }

    get isUnderWay() {
        return isUnderWay(this.trialState);
    }

    async follow(trialId, state) {
        browser.clearTimeout(this.pollTimer);
        this.state.report = null;
        if (state === "done") {
            const report = await this.orm.call("retail.trial", "get_report", [[trialId]]);
            // by now the form may show another trial
            if (trialId === this.props.record.resId) {
                this.state.report = report;
            }
        } else if (isUnderWay(state)) {
            await this.poll(trialId);
        }
    }

    async poll(trialId) {
        const [progress] = await this.orm.silent.read("retail.trial", [trialId], PROGRESS_FIELDS);
        if (trialId !== this.props.record.resId) {
            return;
        }
        this.state.progress = progress;
        if (progress.state !== this.trialState) {
            // the form's buttons and messages belong to the state as well
            await this.props.record.load();
        } else {
            browser.clearTimeout(this.pollTimer);
            this.pollTimer = browser.setTimeout(() => this.poll(trialId), POLL_MILLISECONDS);
        }
    }
}

export const trialReport = {
    component: TrialReport,
    fieldDependencies: [{ name: "state", type: "selection" }],
};

registry.category("view_widgets").add("retail_trial_report", trialReport);
