import { _t } from "@web/core/l10n/translation";

import { RetailChart } from "../shared/chart";
import { formatCount, formatMoney, formatShare } from "../shared/formats";
import { toneValue } from "../shared/tones";

import { Component } from "@odoo/owl";

/** How customers, value and contribution are spread over the segments: few customers bring most. */
export class SegmentShares extends Component {
    static template = "retail_crm.SegmentShares";
    static components = { RetailChart };
    static props = { data: Object, open: Object };

    setup() {
        this.getConfig = this.getConfig.bind(this);
    }

    get measures() {
        const money = (amount) => formatMoney(amount, this.props.data.currency_id);
        return [
            { name: "customers", title: _t("Customers"), format: formatCount },
            { name: "value", title: _t("Value"), format: money },
            { name: "contribution", title: _t("Contribution"), format: money },
        ];
    }

    getShare(segment, name) {
        const total = this.props.data.segments.reduce((sum, other) => sum + other[name], 0);
        return total > 0 ? segment[name] / total : 0;
    }

    /** The one sentence that the chart is about. */
    get message() {
        const [best] = this.props.data.segments;
        return _t(
            "%(segment)s customers are %(customers)s of all and brought %(contribution)s of the contribution.",
            {
                segment: best.name,
                customers: formatShare(this.getShare(best, "customers")),
                contribution: formatShare(this.getShare(best, "contribution")),
            },
        );
    }

    getConfig() {
        const { segments } = this.props.data;
        return {
            type: "bar",
            data: {
                labels: this.measures.map((measure) => measure.title),
                datasets: segments.map((segment) => ({
                    label: segment.name,
                    data: this.measures.map(({ name }) => this.getShare(segment, name) * 100),
                    backgroundColor: toneValue(segment.color),
                    borderColor: "#fff",
                    borderWidth: { right: 2 },
                    borderSkipped: false,
                    barPercentage: 0.75,
                })),
            },
            options: {
                indexAxis: "y",
                maintainAspectRatio: false,
                onClick: (_event, [bar]) => bar && this.openSegment(segments[bar.datasetIndex]),
                onHover: (event, bars) => {
                    event.native.target.style.cursor = bars.length ? "pointer" : "default";
                },
                scales: {
                    x: { stacked: true, max: 100, ticks: { callback: (share) => `${share}%` } },
                    y: { stacked: true, grid: { display: false } },
                },
                plugins: {
                    legend: { position: "bottom", labels: { usePointStyle: true, boxHeight: 7 } },
                    tooltip: { callbacks: { label: (item) => this.getTooltip(item) } },
                },
            },
        };
    }

    getTooltip({ datasetIndex, dataIndex }) {
        const segment = this.props.data.segments[datasetIndex];
        const { name, format } = this.measures[dataIndex];
        return `${segment.name}: ${format(segment[name])} (${formatShare(this.getShare(segment, name))})`;
    }

    openSegment(segment) {
        return this.props.open.customers(segment.name, [["segment_id", "=", segment.id]]);
    }
}
