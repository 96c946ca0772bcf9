import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

import { RetailChart } from "../shared/chart";
import { formatCount, formatDay, formatMoney, formatShare, joinClauses } from "../shared/formats";
import { toneStyle, toneValue } from "../shared/tones";

import { Component } from "@odoo/owl";

const TREND_COLOR = 4;
// the value's trend is said against that many months ago
const TREND_MONTHS = 3;

/** The figures of one customer, as tiles; a tile of something the reader may not read is absent. */
export class CardFigures extends Component {
    static template = "retail_crm.CardFigures";
    static components = { RetailChart };
    static props = { card: Object, openList: Function };

    setup() {
        this.toneStyle = toneStyle;
        this.getTrendConfig = this.getTrendConfig.bind(this);
    }

    get profile() {
        return this.props.card.profile;
    }

    money(amount) {
        return formatMoney(amount, this.props.card.currency_id);
    }

    get percentileWords() {
        const { value_percentile: percentile } = this.profile;
        return percentile >= 100
            ? _t("more than anybody else")
            : _t("more than %s of customers", `${Math.floor(percentile)}%`);
    }

    /** Change of the value within the last months, or nothing where it cannot be said. */
    get change() {
        const { trend } = this.props.card;
        const before = trend?.at(-1 - TREND_MONTHS)?.value;
        if (!(before > 0)) {
            return null;
        }
        const share = trend.at(-1).value / before - 1;
        return {
            isRise: share >= 0,
            words: _t("%(share)s in %(months)s months", {
                share: `${share >= 0 ? "+" : "−"}${formatShare(Math.abs(share))}`,
                months: TREND_MONTHS,
            }),
        };
    }

    get trendLabel() {
        const words = this.props.card.trend.map(({ day, value }) => `${formatDay(day)} ${this.money(value)}`);
        return _t("Value over the last months: %s", formatList(words));
    }

    getTrendConfig() {
        const { trend } = this.props.card;
        const color = toneValue(TREND_COLOR);
        return {
            type: "line",
            data: {
                labels: trend.map(({ day }) => formatDay(day)),
                datasets: [
                    {
                        data: trend.map(({ value }) => value),
                        borderColor: color,
                        backgroundColor: `${color}33`,
                        fill: "start",
                        borderWidth: 2,
                        pointRadius: trend.map((_point, index) => (index === trend.length - 1 ? 3 : 0)),
                        pointBackgroundColor: color,
                        tension: 0.25,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                layout: { padding: 4 },
                interaction: { intersect: false, mode: "index" },
                scales: { x: { display: false }, y: { display: false, beginAtZero: true } },
                plugins: {
                    legend: { display: false },
                    tooltip: { displayColors: false, callbacks: { label: ({ raw }) => this.money(raw) } },
                },
            },
        };
    }

    get riskWord() {
        return { low: _t("Low"), medium: _t("Medium"), high: _t("High") }[this.profile.risk_level];
    }

    get riskWords() {
        const { inactivity_risk: risk, horizon_weeks: weeks, is_payment_risk: paysLate } = this.profile;
        const inactivity =
            risk === null
                ? ""
                : _t("%(share)s likely not to buy within %(weeks)s weeks", {
                      share: formatShare(risk),
                      weeks,
                  });
        return joinClauses([inactivity, paysLate ? _t("pays late") : ""].filter(Boolean));
    }

    get rhythm() {
        const { purchase_days: days, mean_gap_days: gap } = this.profile;
        return days > 1 ? _t("every %s days", formatCount(Math.max(gap, 1))) : _t("bought once");
    }

    get rhythmNote() {
        const { purchase_days: days, last_purchase_date: last } = this.profile;
        if (days === 1) {
            return _t("on %s", formatDay(last));
        }
        return _t("%(count)s purchase days, last on %(day)s", {
            count: formatCount(days),
            day: formatDay(last),
        });
    }

    get contributionNote() {
        return this.profile.is_cost_estimated ? _t("partly estimated: some purchases had no cost") : "";
    }

    get revenueNote() {
        return _t("since %s", formatDay(this.profile.first_purchase_date));
    }

    get expectedNote() {
        return _t("within %s weeks", this.profile.horizon_weeks);
    }

    get overdueNote() {
        const { receivable, profile } = this.props.card;
        if (!receivable.is_live) {
            return _t("on %s", formatDay(profile.as_of));
        }
        const open =
            receivable.open < 0
                ? _t("%s in the customer's favour", this.money(-receivable.open))
                : _t("%s open in all", this.money(receivable.open));
        return receivable.credit_limit === null
            ? open
            : _t("%(open)s, credit limit %(limit)s", { open, limit: this.money(receivable.credit_limit) });
    }

    openOrders() {
        return this.props.openList("sale.order", this.props.card.orders.domain, _t("Open orders"));
    }

    openOverdue() {
        return this.props.openList("account.move.line", this.props.card.receivable.domain, _t("Overdue"));
    }
}
