import { formatCurrency } from "@web/core/currency";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { PeriodChoice } from "../points/period_choice";
import { RetailChart } from "../shared/chart";
import { formatMoney } from "../shared/formats";
import { formatPoints, formatPointsChange } from "../shared/points";
import { toneValue } from "../shared/tones";
import { RollForwardCheck } from "./roll_forward_check";

import { Component, onWillStart, useState } from "@odoo/owl";

const MONTHS = 6;
// days that fit
const DAYS = 61;
const COLOR = 4;

/** What the shop owes its customers in points: what there was, what came and went, what there is; by month or day. */
export class PointsRollForward extends Component {
    static template = "retail_crm.PointsRollForward";
    static components = { Layout, PeriodChoice, RetailChart, RollForwardCheck };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ told: null, choice: this.props.state?.choice });
        // whoever comes back from a list finds the page as it was
        useSetupAction({ getLocalState: () => ({ choice: { ...this.state.choice } }) });
        onWillStart(() => this.load());
    }

    async load() {
        this.data = await this.orm.call("retail.points.liability", "get_data", []);
        const [first] = this.data.programs;
        if (first) {
            this.state.choice ??= {
                ...this.lastMonths,
                unit: "month",
                measure: "amount",
                programId: first.id,
                isMoney: false,
            };
            await this.loadRollForward();
        }
    }

    async loadRollForward() {
        const { since, until, unit, measure, programId } = this.choice;
        this.state.told = await this.keepLast.add(
            this.orm.call("retail.points.liability", "get_roll_forward", [since, until], {
                unit,
                measure,
                program_id: programId,
            }),
        );
    }

    update(changes) {
        for (const name of ["since", "until"]) {
            // a time without a beginning or an end has no columns
            if (changes[name] === false) {
                delete changes[name];
            }
        }
        Object.assign(this.state.choice, changes);
        return this.loadRollForward();
    }

    get choice() {
        return this.state.choice;
    }

    get told() {
        return this.state.told;
    }

    get today() {
        return deserializeDate(this.data.today);
    }

    get lastMonths() {
        return {
            since: serializeDate(this.today.minus({ months: MONTHS - 1 }).startOf("month")),
            until: serializeDate(this.today.endOf("month")),
        };
    }

    get periods() {
        const monthOf = (title, day) => ({
            title,
            since: serializeDate(day.startOf("month")),
            // what is still to come is empty
            until: serializeDate(luxon.DateTime.min(day.endOf("month"), this.today)),
        });
        return [
            monthOf(_t("This month"), this.today),
            monthOf(_t("Previous month"), this.today.minus({ months: 1 })),
            { title: _t("Last %s months", MONTHS), ...this.lastMonths },
            {
                title: _t("This year"),
                since: serializeDate(this.today.startOf("year")),
                until: serializeDate(this.today.endOf("year")),
            },
        ];
    }

    /** A month is looked at by day, more by month. */
    setPeriod({ since, until }) {
        const isMonth =
            since && until && deserializeDate(until).diff(deserializeDate(since), "days").days < 31;
        return this.update({ since, until, unit: isMonth ? "day" : "month" });
    }

    get units() {
        return [
            { unit: "month", title: _t("By month") },
            { unit: "day", title: _t("By day") },
        ];
    }

    /** Days of more than two months do not fit: those of the last month are shown. */
    setUnit(unit) {
        const { since, until } = this.choice;
        const isLong = deserializeDate(until).diff(deserializeDate(since), "days").days > DAYS;
        if (unit === "month" || !isLong) {
            return this.update({ unit });
        }
        const last = luxon.DateTime.min(deserializeDate(until), this.today);
        return this.update({
            unit,
            since: serializeDate(last.startOf("month")),
            until: serializeDate(last.endOf("month")),
        });
    }

    get measures() {
        return [
            { measure: "amount", title: _t("All points") },
            { measure: "available_amount", title: _t("Can be spent") },
        ];
    }

    get program() {
        return this.data.programs.find(({ id }) => id === this.choice.programId);
    }

    /** Points of several programs cannot be added up, what they are worth can. */
    setProgram(programId) {
        return this.update({
            programId: Number(programId) || false,
            ...(Number(programId) ? {} : { isMoney: true }),
        });
    }

    get costText() {
        return this.data.shows_money && this.program
            ? _t(
                  "A point costs %s when it is redeemed.",
                  formatCurrency(this.program.cost, this.data.currency_id, { digits: [16, 4] }),
              )
            : "";
    }

    format(cell) {
        return this.choice.isMoney
            ? formatMoney(cell.value, this.data.currency_id)
            : formatPoints(cell.points);
    }

    formatChange(cell) {
        if (!cell.points) {
            return "";
        }
        return this.choice.isMoney
            ? formatMoney(cell.value, this.data.currency_id)
            : formatPointsChange(cell.points);
    }

    getTitle({ since }) {
        return this.choice.unit === "month"
            ? deserializeDate(since).toLocaleString({ month: "short", year: "numeric" })
            : deserializeDate(since).toLocaleString({ month: "short", day: "numeric" });
    }

    /** Drawn anew when the figures or the unit change. */
    get chartData() {
        return this.choice.isMoney ? [...this.told.closing] : this.told.closing;
    }

    get chartLabel() {
        const words = this.told.closing.map(
            (cell, place) => `${this.getTitle(this.told.columns[place])} ${this.format(cell)}`,
        );
        return _t("What customers have at the end: %s", formatList(words));
    }

    getChartConfig() {
        const { closing, columns } = this.told;
        const { isMoney } = this.choice;
        const color = toneValue(COLOR);
        return {
            type: "line",
            data: {
                labels: columns.map((column) => this.getTitle(column)),
                datasets: [
                    {
                        data: closing.map(({ points, value }) => (isMoney ? value : points)),
                        borderColor: color,
                        backgroundColor: `${color}33`,
                        fill: "start",
                        borderWidth: 2,
                        pointRadius: 2,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                interaction: { intersect: false, mode: "index" },
                scales: {
                    x: { grid: { display: false } },
                    y: { beginAtZero: true, ticks: { maxTicksLimit: 4 } },
                },
                plugins: {
                    legend: { display: false },
                    tooltip: {
                        displayColors: false,
                        callbacks: { label: ({ dataIndex }) => this.format(closing[dataIndex]) },
                    },
                },
            },
        };
    }

    toneClass({ points }) {
        return points > 0 ? "o_retail_plus" : points < 0 ? "o_retail_minus" : "";
    }

    get programIds() {
        const { programId } = this.choice;
        return programId ? [programId] : this.data.programs.map(({ id }) => id);
    }

    /** The movements behind a cell. */
    openCell({ kind, label }, column) {
        return this.openList(
            "retail_crm.retail_points_move_action",
            _t("%(kind)s, %(time)s", { kind: label, time: this.getTitle(column) }),
            [
                ["wallet_id.program_id", "in", this.programIds],
                ["kind", "=", kind],
                ["moment", ">=", column.from],
                ["moment", "<", column.to],
            ],
        );
    }

    /** Day by day as a list, which can be exported. */
    openDays() {
        const { since, until } = this.choice;
        return this.openList("retail_crm.retail_points_by_day_action", _t("Points by day"), [
            ["program_id", "in", this.programIds],
            ["day", ">=", since],
            ["day", "<=", until],
        ]);
    }

    async openList(xmlId, name, domain) {
        const found = await this.action.loadAction(xmlId);
        return this.action.doAction({ ...found, name, display_name: name, domain, context: {} });
    }

    openCosts() {
        return this.action.doAction("retail_crm.retail_points_cost_action");
    }
}

registry.category("actions").add("retail_crm.points_roll_forward", PointsRollForward);
