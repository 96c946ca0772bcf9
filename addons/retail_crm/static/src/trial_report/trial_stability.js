import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

import { RetailChart } from "../shared/chart";
import { formatDay, formatFineShare } from "../shared/formats";
import { toneValue } from "../shared/tones";
import { getSides } from "./sides";

import { Component } from "@odoo/owl";

/** How many customers change segment in each month, and how many of them only go back, beside what was to be accepted. */
export class TrialStability extends Component {
    static template = "retail_crm.TrialStability";
    static components = { RetailChart };
    static props = { report: Object };

    setup() {
        this.charts = [
            { name: "change", title: _t("Change segment in a month") },
            { name: "flip", title: _t("Move back at once") },
        ].map((measure) => ({ ...measure, getConfig: () => this.getConfig(measure) }));
    }

    /** Months after the first day, on which nobody has a segment to change from. */
    get days() {
        const { active, draft } = this.props.report.stability;
        return this.props.report.days.filter((day) => active[day] || draft[day]);
    }

    getLimit({ name }) {
        return this.props.report.stability_limits[name];
    }

    getLabel(measure) {
        const words = getSides().map(
            ({ name, title }) =>
                `${title} ${formatFineShare(this.props.report.stability_means[name][measure.name])}`,
        );
        return _t("%(title)s, mean of the months: %(words)s; at most %(limit)s is accepted", {
            title: measure.title,
            words: formatList(words),
            limit: formatFineShare(this.getLimit(measure)),
        });
    }

    getConfig(measure) {
        const { days } = this;
        return {
            type: "line",
            data: {
                labels: days.map((day) =>
                    deserializeDate(day).toLocaleString({ month: "short", year: "2-digit" }),
                ),
                datasets: [
                    ...getSides().map((side) => this.getLine(measure, side)),
                    this.getLimitLine(measure),
                ],
            },
            options: {
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                scales: {
                    x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 12 } },
                    y: {
                        min: 0,
                        ticks: { maxTicksLimit: 6, callback: (percent) => formatFineShare(percent / 100) },
                    },
                },
                plugins: {
                    legend: { position: "bottom", labels: { usePointStyle: true, boxHeight: 7 } },
                    tooltip: {
                        callbacks: {
                            title: ([{ dataIndex }]) => formatDay(days[dataIndex]),
                            label: ({ dataset, raw }) => `${dataset.label}: ${formatFineShare(raw / 100)}`,
                        },
                    },
                },
            },
        };
    }

    getLine({ name }, side) {
        const months = this.props.report.stability[side.name];
        return {
            label: side.title,
            data: this.days.map((day) => (months[day] ? months[day][name] * 100 : null)),
            borderColor: toneValue(side.color),
            backgroundColor: toneValue(side.color),
            pointRadius: 2,
        };
    }

    getLimitLine(measure) {
        return {
            label: _t("Accepted at most"),
            data: this.days.map(() => this.getLimit(measure) * 100),
            borderColor: toneValue("high"),
            backgroundColor: toneValue("high"),
            borderDash: [6, 4],
            borderWidth: 1.5,
            pointStyle: "line",
            pointRadius: 0,
        };
    }
}
