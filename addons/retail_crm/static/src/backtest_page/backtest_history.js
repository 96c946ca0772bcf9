import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

import { RetailChart } from "../shared/chart";
import { formatDay, formatShare } from "../shared/formats";
import { toneValue } from "../shared/tones";

import { Component } from "@odoo/owl";

const VALUE_COLOR = 4;
const RFM_COLOR = 2;
const SPEND_COLOR = 0;
const RISK_COLOR = 7;
const BAR_LINE = "high";

/** How the figures of back-tests went over time, with the bars as dashed lines; a click picks a back-test. */
export class BacktestHistory extends Component {
    static template = "retail_crm.BacktestHistory";
    static components = { RetailChart };
    static props = { backtests: Array, chosenId: Number, bars: Object, note: String, pick: Function };

    /** The charts; each line has a figure's ``name`` or its own ``get``, in shares. */
    get charts() {
        const { bars } = this.props;
        return [
            {
                name: "ranking",
                title: _t("Which ranking finds the customers who bring revenue"),
                lines: [
                    { title: _t("Our value"), name: "gini_value", color: VALUE_COLOR },
                    { title: _t("Recency, frequency, spend"), name: "gini_rfm", color: RFM_COLOR },
                    { title: _t("Spend alone"), name: "gini_monetary", color: SPEND_COLOR },
                    {
                        title: _t("Our value should reach"),
                        get: ({ gini_rfm: gini }) => gini + bars.gini_lead,
                        isBar: true,
                    },
                ],
            },
            {
                name: "risk",
                title: _t("Right on risk, and what the best tenth brought"),
                lines: [
                    { title: _t("Right on risk"), name: "auc", color: RISK_COLOR },
                    { title: _t("Best tenth brought"), name: "capture_top10", color: VALUE_COLOR },
                    { title: _t("Right on risk should reach"), get: () => bars.auc, isBar: true },
                ],
            },
            {
                name: "total",
                title: _t("Expected revenue, too much or too little"),
                lines: [
                    { title: _t("Total off by"), name: "total_error", color: VALUE_COLOR },
                    { title: _t("Too much"), get: () => bars.total_error, isBar: true },
                    { title: _t("Too little"), get: () => -bars.total_error, isBar: true },
                ],
            },
            {
                name: "percentages",
                title: _t("Percentages of staying away, off by"),
                lowest: 0,
                lines: [
                    {
                        title: _t("Off by"),
                        // a shop without enough history was given no percentages
                        get: ({ ece, model_rung: rung }) => (rung === "rank" ? null : ece),
                        color: RISK_COLOR,
                    },
                    { title: _t("At most"), get: () => bars.ece, isBar: true },
                ],
            },
        ]
            .filter(({ lines: [first] }) => this.getValues(first).some((value) => value !== null))
            .map((chart) => ({
                ...chart,
                getConfig: () => this.getConfig(chart),
                label: this.getLabel(chart),
            }));
    }

    /** What is new makes the charts be drawn anew. */
    get key() {
        return `${this.props.chosenId}/${this.props.backtests.length}`;
    }

    getValue(line, backtest) {
        return line.get ? line.get(backtest) : backtest[line.name];
    }

    getValues(line) {
        return this.props.backtests.map((backtest) => this.getValue(line, backtest));
    }

    /** Room on both sides of a single back-test, so that the bars are lines there too. */
    pad(items, filler) {
        return items.length === 1 ? [filler, items[0], filler] : items;
    }

    /** The last figures in words, for who cannot see the lines. */
    getLabel({ title, lines }) {
        const last = this.props.backtests.at(-1);
        const words = lines
            .filter((line) => this.getValue(line, last) !== null)
            .map((line) => `${line.title} ${formatShare(this.getValue(line, last))}`);
        return `${title}: ${formatList(words)}`;
    }

    getDataset(line) {
        const { backtests, chosenId } = this.props;
        const color = toneValue(line.isBar ? BAR_LINE : line.color);
        const values = this.getValues(line).map((value) => (value === null ? null : value * 100));
        const radii = backtests.map(({ id }) => (id === chosenId ? 6 : 2));
        return {
            label: line.title,
            data: this.pad(values, line.isBar ? values[0] : null),
            borderColor: color,
            backgroundColor: color,
            borderWidth: line.isBar ? 1.5 : 2,
            borderDash: line.isBar ? [6, 4] : [],
            pointStyle: line.isBar ? "line" : "circle",
            pointRadius: line.isBar ? 0 : this.pad(radii, 0),
            tension: 0.2,
            clip: false,
        };
    }

    pickAt(index) {
        const backtest = this.pad(this.props.backtests, null)[index];
        if (backtest) {
            this.props.pick(backtest.id);
        }
    }

    getConfig({ lines, lowest }) {
        const { backtests } = this.props;
        return {
            type: "line",
            data: {
                labels: this.pad(
                    backtests.map(({ as_of: day }) => formatDay(day)),
                    "",
                ),
                datasets: lines.map((line) => this.getDataset(line)),
            },
            options: {
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                onClick: (_event, [point]) => point && this.pickAt(point.index),
                onHover: (event, points) => {
                    event.native.target.style.cursor = points.length ? "pointer" : "default";
                },
                scales: {
                    x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } },
                    y: {
                        suggestedMin: lowest,
                        grace: "5%",
                        ticks: { callback: (share) => `${share}%` },
                    },
                },
                plugins: {
                    legend: { position: "bottom", labels: { usePointStyle: true, boxHeight: 7 } },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, raw }) => `${dataset.label}: ${Math.round(raw * 10) / 10}%`,
                        },
                    },
                },
            },
        };
    }
}
