import { deserializeDateTime, formatDate, formatDateTime, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { formatDay } from "../shared/formats";
import { formatPoints, formatPointsChange } from "../shared/points";
import { toneStyle } from "../shared/tones";
import { PeriodChoice, getPeriods } from "./period_choice";

import { Component, useState } from "@odoo/owl";

const { DateTime } = luxon;

const PAGE = 100;
// what comes, goes, is taken back, and what only changes its place
const TONES = { earn: "low", opening: "low", redeem: 4, expire: "medium", reverse: "high" };

/** The movements of a wallet like a statement of a bank: what was there, what came and went, what is left. */
export class PointsStatement extends Component {
    static template = "retail_crm.PointsStatement";
    static components = { PeriodChoice };
    static props = { ...standardWidgetProps };

    setup() {
        Object.assign(this, { formatPoints, formatPointsChange });
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.periods = getPeriods(serializeDate(DateTime.now()));
        const { since, until } = this.periods[2];
        this.state = useState({ statement: null, since, until, offset: 0 });
        useRecordObserver(({ resId }) => {
            if (resId !== this.walletId) {
                // each wallet begins with its first page
                Object.assign(this, { walletId: resId }).state.offset = 0;
            }
            // not awaited: the form is there at once and the statement follows
            this.load(resId);
        });
    }

    async load(walletId = this.props.record.resId) {
        if (!walletId) {
            this.state.statement = null;
            return;
        }
        const { since, until, offset } = this.state;
        this.state.statement = await this.keepLast.add(
            this.orm.call("retail.points.wallet", "get_statement", [[walletId]], {
                date_from: since,
                date_to: until,
                offset,
                limit: PAGE,
            }),
        );
    }

    update(period) {
        Object.assign(this.state, period, { offset: 0 });
        return this.load();
    }

    turn(pages) {
        this.state.offset += pages * PAGE;
        return this.load();
    }

    get statement() {
        return this.state.statement;
    }

    /** Whether what can be spent is another thing than all points, somewhere. */
    get hasPending() {
        const { opening, closing, lines, events } = this.statement;
        return (
            [opening, closing, ...lines].some(({ points, available }) => points !== available) ||
            events.some(({ points_after: points, available_after: available }) => points !== available)
        );
    }

    get openingTitle() {
        return this.state.since ? _t("On %s", formatDay(this.state.since)) : _t("At the beginning");
    }

    get closingTitle() {
        return this.state.until ? _t("At the end of %s", formatDay(this.state.until)) : _t("Now");
    }

    /** A repayment changes nothing in sum: what is told is what it paid. */
    getNote({ kind, debt }) {
        if (kind === "repay" && debt) {
            return _t("%s repaid", formatPoints(Math.abs(debt)));
        }
        return debt > 0 ? _t("of which %s became a debt", formatPoints(debt)) : "";
    }

    get events() {
        return this.statement.events.map((event) => {
            const moment = deserializeDateTime(event.moment);
            return {
                ...event,
                day: formatDate(moment),
                moment: formatDateTime(moment),
                tone: toneStyle(TONES[event.kind] ?? 5),
                note: [this.getNote(event), event.reason].filter(Boolean).join(" · "),
            };
        });
    }

    get pages() {
        const { event_count: count } = this.statement;
        const { offset } = this.state;
        return count <= PAGE
            ? null
            : {
                  text: _t("%(from)s to %(to)s of %(count)s", {
                      from: offset + 1,
                      to: Math.min(offset + PAGE, count),
                      count,
                  }),
                  hasNewer: offset > 0,
                  hasOlder: offset + PAGE < count,
              };
    }

    toneClass(points) {
        return points > 0 ? "o_retail_plus" : points < 0 ? "o_retail_minus" : "";
    }

    openDocument({ model, id }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("retail_points_statement", { component: PointsStatement });
