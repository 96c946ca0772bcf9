import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

import { RetailChart } from "../shared/chart";
import { formatDay, formatMoney, formatShortMoney } from "../shared/formats";
import { toneValue } from "../shared/tones";

import { Component } from "@odoo/owl";

const VALUE_COLOR = 4;

/** The customer's value at the ends of the last months, with lines where the segment would be another one. */
export class ValueTrend extends Component {
    static template = "retail_crm.ValueTrend";
    static components = { RetailChart };
    static props = { explanation: Object };

    setup() {
        this.getConfig = this.getConfig.bind(this);
    }

    get trend() {
        return this.props.explanation.history.trend;
    }

    money(amount) {
        return formatMoney(amount, this.props.explanation.currency.id);
    }

    /** Values at which the next segment begins and the present one ends, where it is the value that decides. */
    get thresholds() {
        const { lift, drop } = this.props.explanation.counterfactual;
        return [
            lift?.amount && lift.cause === "value"
                ? { ...lift, level: "low", words: _t("%s from here on", lift.segment.name) }
                : null,
            drop?.cause === "value"
                ? { ...drop, level: "high", words: _t("%s below here", drop.segment.name) }
                : null,
        ].filter(Boolean);
    }

    get label() {
        return _t(
            "Value at the end of each month: %s",
            formatList(this.trend.map(({ day, value }) => `${formatDay(day)} ${this.money(value)}`)),
        );
    }

    getConfig() {
        const { trend } = this;
        return {
            type: "line",
            data: {
                labels: trend.map(({ day }) => formatDay(day)),
                datasets: [this.getValueLine(), ...this.thresholds.map((of) => this.getThresholdLine(of))],
            },
            options: {
                maintainAspectRatio: false,
                interaction: { intersect: false, mode: "index" },
                scales: {
                    x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } },
                    y: {
                        beginAtZero: true,
                        ticks: {
                            maxTicksLimit: 5,
                            callback: (amount) =>
                                formatShortMoney(amount, this.props.explanation.currency.id),
                        },
                    },
                },
                plugins: {
                    legend: {
                        display: this.thresholds.length > 0,
                        position: "bottom",
                        labels: { usePointStyle: true, pointStyle: "line" },
                    },
                    tooltip: {
                        callbacks: { label: ({ dataset, raw }) => `${dataset.label}: ${this.money(raw)}` },
                    },
                },
            },
        };
    }

    getValueLine() {
        const color = toneValue(VALUE_COLOR);
        const last = this.trend.length - 1;
        return {
            label: _t("Value"),
            data: this.trend.map(({ value }) => value),
            borderColor: color,
            backgroundColor: `${color}33`,
            fill: "start",
            borderWidth: 2,
            pointRadius: this.trend.map((_point, index) => (index === last ? 4 : 2)),
            pointBackgroundColor: color,
            tension: 0.25,
        };
    }

    getThresholdLine({ words, value, level }) {
        return {
            label: words,
            data: this.trend.map(() => value),
            borderColor: toneValue(level),
            borderDash: [6, 4],
            borderWidth: 1.5,
            pointRadius: 0,
            pointHoverRadius: 0,
        };
    }
}
