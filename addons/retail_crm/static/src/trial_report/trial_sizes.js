import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

import { RetailChart } from "../shared/chart";
import { formatCount, formatDay } from "../shared/formats";
import { toneValue } from "../shared/tones";
import { getSides } from "./sides";

import { Component } from "@odoo/owl";

/** How many customers each segment would have held, month after month, by both policies on the same scale. */
export class TrialSizes extends Component {
    static template = "retail_crm.TrialSizes";
    static components = { RetailChart };
    static props = { report: Object };

    setup() {
        this.charts = getSides().map((side) => ({ ...side, getConfig: () => this.getConfig(side) }));
    }

    getCustomers(side, segment, day) {
        return this.props.report.sizes[side.name][segment.id]?.[day] ?? 0;
    }

    getTotal(side, day) {
        return this.props.report.segments.reduce(
            (sum, segment) => sum + this.getCustomers(side, segment, day),
            0,
        );
    }

    get greatest() {
        const totals = this.charts.flatMap((side) =>
            this.props.report.days.map((day) => this.getTotal(side, day)),
        );
        return Math.max(...totals);
    }

    getLabel(side) {
        const { segments, days } = this.props.report;
        const sayDay = (segment, day) => formatCount(this.getCustomers(side, segment, day));
        const words = segments.map(
            (segment) => `${segment.name} ${sayDay(segment, days[0])} → ${sayDay(segment, days.at(-1))}`,
        );
        return _t("Customers of each segment, first and last month: %s", formatList(words));
    }

    getConfig(side) {
        const { segments, days } = this.props.report;
        return {
            type: "line",
            data: {
                labels: days.map((day) =>
                    deserializeDate(day).toLocaleString({ month: "short", year: "2-digit" }),
                ),
                // the best segment on top, as everywhere
                datasets: segments.toReversed().map((segment) => ({
                    label: segment.name,
                    data: days.map((day) => this.getCustomers(side, segment, day)),
                    borderColor: toneValue(segment.color),
                    backgroundColor: toneValue(segment.color),
                    fill: true,
                    pointRadius: 0,
                    pointHitRadius: 8,
                })),
            },
            options: {
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                scales: {
                    x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 12 } },
                    y: { stacked: true, min: 0, suggestedMax: this.greatest, ticks: { maxTicksLimit: 6 } },
                },
                plugins: {
                    legend: {
                        position: "bottom",
                        reverse: true,
                        labels: { usePointStyle: true, boxHeight: 7 },
                    },
                    tooltip: {
                        itemSort: (one, other) => other.datasetIndex - one.datasetIndex,
                        callbacks: {
                            title: ([{ dataIndex }]) => formatDay(days[dataIndex]),
                            label: ({ dataset, raw }) => `${dataset.label}: ${formatCount(raw)}`,
                        },
                    },
                },
            },
        };
    }
}
