import { deserializeDateTime, today } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay } from "../shared/formats";
import { isUnderWay } from "./run_states";

import { Component } from "@odoo/owl";

const { DateTime } = luxon;
// a run every night: figures older than this mean that something is wrong
const STALE_DAYS = 2;

/** Of which day the figures are; progress of the run under way; why the last one failed; a horizon that would fit better. */
export class RunStatus extends Component {
    static template = "retail_crm.RunStatus";
    static props = { data: Object, open: Object, applyHorizon: Function };

    get run() {
        return this.props.data.run;
    }

    get isUnderWay() {
        return isUnderWay(this.run);
    }

    get day() {
        const { as_of: day } = this.props.data;
        return day ? _t("Figures of %s", formatDay(day)) : "";
    }

    get facts() {
        if (this.run?.state !== "done" || !this.props.data.as_of) {
            return "";
        }
        return _t(
            "%(customers)s customers, %(news)s with news, %(changes)s changed segment, in %(seconds)s seconds",
            {
                customers: formatCount(this.run.customer_count),
                news: formatCount(this.run.touched_count),
                changes: formatCount(this.run.change_count),
                seconds: Math.max(Math.round(this.run.seconds), 1),
            },
        );
    }

    get staleness() {
        const { as_of: day } = this.props.data;
        const days = day ? Math.round(today().diff(DateTime.fromISO(day), "days").days) : 0;
        return days > STALE_DAYS && !this.isUnderWay
            ? _t("These figures are %s days old: the nightly update did not come through.", days)
            : "";
    }

    /** What the probabilities rest on, where that limits them. */
    get basis() {
        return {
            rank: _t(
                "There is too little history for probabilities yet: risk is said as low, medium or high.",
            ),
            rough: _t("Fewer than 500 customers: read probabilities as rough."),
        }[this.props.data.model_rung];
    }

    get progressWords() {
        return {
            requested: _t("Waiting for the update to start"),
            computing: _t("Computing values and risks"),
            applying: _t("Writing %(done)s of %(all)s customers", {
                done: formatCount(this.run.applied_count),
                all: formatCount(this.run.customer_count),
            }),
        }[this.run.state];
    }

    get progressStyle() {
        return `width: ${Math.max(this.run.progress, 4)}%`;
    }

    get failure() {
        return _t("The last update failed: %s", this.run.error);
    }

    get failureConsequence() {
        const { as_of: day } = this.props.data;
        return day ? _t("The figures of %s stay in place.", formatDay(day)) : "";
    }

    get startedAt() {
        return this.run?.started_at ? deserializeDateTime(this.run.started_at).toRelative() : "";
    }

    get horizonNotice() {
        const { weeks, proposed_weeks: proposed } = this.props.data.horizon;
        return _t(
            "The rhythm of purchases has changed: risk and expected revenue look %(weeks)s weeks ahead, %(proposed)s would fit better.",
            { weeks, proposed },
        );
    }
}
