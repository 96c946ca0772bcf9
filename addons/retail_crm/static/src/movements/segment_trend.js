import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { RetailChart } from "../shared/chart";
import { formatCount, formatDay, formatMoney, formatShortMoney } from "../shared/formats";
import { toneValue } from "../shared/tones";

import { Component, useState } from "@odoo/owl";

/** How the segments develop: what each held on the days with a run. */
export class SegmentTrend extends Component {
    static template = "retail_crm.SegmentTrend";
    static components = { RetailChart };
    static props = { segments: Array, trend: Array, currencyId: Number };

    setup() {
        this.state = useState({ measure: "customers" });
        this.getConfig = this.getConfig.bind(this);
    }

    get measures() {
        return [
            { name: "customers", title: _t("Customers"), format: formatCount, formatShort: formatCount },
            {
                name: "value",
                title: _t("Value"),
                note: _t(
                    "Contribution in which recent purchases weigh more: what the customers bring at present.",
                ),
                ...this.money,
            },
            {
                name: "contribution",
                title: _t("Contribution"),
                note: _t("All that the customers of the segment brought since their first purchase."),
                ...this.money,
            },
        ];
    }

    get money() {
        const { currencyId } = this.props;
        return {
            format: (amount) => formatMoney(amount, currencyId),
            formatShort: (amount) => formatShortMoney(amount, currencyId),
        };
    }

    get measure() {
        return this.measures.find(({ name }) => name === this.state.measure);
    }

    get days() {
        return [...new Set(this.props.trend.map(({ day }) => day))];
    }

    get label() {
        const [first, last] = [this.days.at(0), this.days.at(-1)];
        return _t("%(measure)s of each segment from %(first)s to %(last)s", {
            measure: this.measure.title,
            first: formatDay(first),
            last: formatDay(last),
        });
    }

    get lines() {
        const points = {};
        for (const row of this.props.trend) {
            points[`${row.segment_id} ${row.day}`] = row[this.state.measure];
        }
        return this.props.segments.map((segment) => ({
            segment,
            points: this.days.map((day) => ({
                x: deserializeDate(day).toMillis(),
                y: points[`${segment.id} ${day}`] ?? 0,
            })),
        }));
    }

    getConfig() {
        const { measure } = this;
        return {
            type: "line",
            data: {
                datasets: this.lines.map(({ segment, points }) => ({
                    label: segment.name,
                    data: points,
                    borderColor: toneValue(segment.color),
                    backgroundColor: toneValue(segment.color),
                    borderWidth: 2,
                    pointRadius: points.length > 40 ? 0 : 2.5,
                    pointHitRadius: 8,
                    tension: 0.2,
                })),
            },
            options: {
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                scales: {
                    x: {
                        type: "time",
                        time: { tooltipFormat: "DD", minUnit: "day" },
                        grid: { display: false },
                        ticks: { maxRotation: 0, autoSkipPadding: 16 },
                    },
                    y: { beginAtZero: true, ticks: { maxTicksLimit: 6, callback: measure.formatShort } },
                },
                plugins: {
                    legend: { position: "bottom", labels: { usePointStyle: true, boxHeight: 7 } },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, raw }) => `${dataset.label}: ${measure.format(raw.y)}`,
                        },
                    },
                },
            },
        };
    }
}
