import { _t } from "@web/core/l10n/translation";

import { formatCount, formatFineShare, formatShare, formatGain } from "../shared/formats";

import { Component } from "@odoo/owl";

/** The trial in three figures: who would move, what it would mean in money, how restless the segments are. */
export class TrialHeadline extends Component {
    static template = "retail_crm.TrialHeadline";
    static props = { report: Object, open: Object };

    get moved() {
        const { moved_count: moved, customer_count: all } = this.props.report;
        return _t("%(moved)s of %(all)s", { moved: formatCount(moved), all: formatCount(all) });
    }

    get movedNote() {
        const { moved_count: moved, customer_count: all } = this.props.report;
        return _t("customers would be in another segment (%s)", formatShare(all ? moved / all : 0));
    }

    get directions() {
        return _t("%(rises)s would rise, %(falls)s would fall", {
            rises: formatCount(this.count((from, to) => to < from)),
            falls: formatCount(this.count((from, to) => to > from)),
        });
    }

    /** Customers whose way from place `from` to place `to` among the segments, the best first, is as asked. */
    count(isAsked) {
        const { segments, moves } = this.props.report;
        const place = (id) => segments.findIndex((segment) => segment.id === id);
        return moves
            .filter((move) => isAsked(place(move.from_id), place(move.to_id)))
            .reduce((sum, { customers }) => sum + customers, 0);
    }

    get effect() {
        const { effects, currency_id: currencyId } = this.props.report;
        return formatGain(effects.total.total_effect, currencyId);
    }

    get effectNote() {
        return _t("estimated effect of the strategies' terms over %s months", this.props.report.months);
    }

    get change() {
        return formatFineShare(this.props.report.stability_means.draft.change);
    }

    get changeNote() {
        const { active, draft } = this.props.report.stability_means;
        return _t(
            "%(change)s by today's policy; %(flip)s move back at once, %(activeFlip)s by today's policy",
            {
                change: formatFineShare(active.change),
                flip: formatFineShare(draft.flip),
                activeFlip: formatFineShare(active.flip),
            },
        );
    }

    openMoved() {
        return this.props.open.customers(_t("Would be in another segment"), [["is_moved", "=", true]]);
    }
}
