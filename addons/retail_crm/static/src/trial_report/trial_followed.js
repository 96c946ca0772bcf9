import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

import { RetailChart } from "../shared/chart";
import { formatCount, formatShare } from "../shared/formats";
import { toneValue } from "../shared/tones";
import { getSides } from "./sides";

import { Component } from "@odoo/owl";

/** What the customers of each segment did afterwards: a good policy names those beforehand who then bring most. */
export class TrialFollowed extends Component {
    static template = "retail_crm.TrialFollowed";
    static components = { RetailChart };
    static props = { report: Object };

    setup() {
        this.charts = [
            { name: "share", title: _t("Brought of all contribution") },
            { name: "silent", title: _t("Stayed away") },
        ].map((measure) => ({ ...measure, getConfig: () => this.getConfig(measure) }));
    }

    get followed() {
        return this.props.report.followed;
    }

    get isKnown() {
        return getSides().some(({ name }) => this.followed.days[name]);
    }

    /** On what the bars of each policy rest. */
    get basis() {
        const { weeks, days } = this.followed;
        return weeks.active === weeks.draft && days.active === days.draft
            ? [this.sayBasis({ name: "draft", title: _t("Both policies") })]
            : getSides().map((side) => this.sayBasis(side));
    }

    sayBasis({ name, title }) {
        const days = this.followed.days[name];
        const words = {
            policy: title,
            weeks: formatCount(this.followed.weeks[name]),
            days: formatCount(days),
        };
        return days
            ? _t(
                  "%(policy)s: the %(weeks)s weeks after the end of each of %(days)s months, on average.",
                  words,
              )
            : _t(
                  "%(policy)s: unknown, the purchases do not reach %(weeks)s weeks beyond a month's end.",
                  words,
              );
    }

    /** The one sentence that the charts are about. */
    get message() {
        const [best] = this.props.report.segments;
        const [active, draft] = getSides().map(({ name }) => this.getFigures(name, best));
        if (!active || !draft) {
            return "";
        }
        return _t(
            "On trial, the %(draftSize)s of customers in %(segment)s brought %(draftShare)s of the contribution that followed; by today's policy %(activeSize)s brought %(activeShare)s.",
            {
                segment: best.name,
                draftSize: formatShare(draft.size),
                draftShare: formatShare(draft.share),
                activeSize: formatShare(active.size),
                activeShare: formatShare(active.share),
            },
        );
    }

    getFigures(side, segment) {
        return this.followed[side][segment.id];
    }

    getLabel(measure) {
        const words = getSides().map(({ name, title }) => {
            const shares = this.props.report.segments.map(
                (segment) =>
                    `${segment.name} ${formatShare(this.getFigures(name, segment)?.[measure.name] ?? 0)}`,
            );
            return `${title}: ${formatList(shares)}`;
        });
        return `${measure.title}. ${words.join(". ")}`;
    }

    getConfig(measure) {
        const { segments } = this.props.report;
        return {
            type: "bar",
            data: {
                labels: segments.map(({ name }) => name),
                datasets: getSides().map((side) => ({
                    label: side.title,
                    data: segments.map(
                        (segment) => (this.getFigures(side.name, segment)?.[measure.name] ?? 0) * 100,
                    ),
                    backgroundColor: toneValue(side.color),
                    borderRadius: 3,
                })),
            },
            options: {
                maintainAspectRatio: false,
                scales: {
                    x: { grid: { display: false } },
                    y: { min: 0, suggestedMax: 100, ticks: { callback: (percent) => `${percent}%` } },
                },
                plugins: {
                    legend: { position: "bottom", labels: { usePointStyle: true, boxHeight: 7 } },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, raw }) => `${dataset.label}: ${formatShare(raw / 100)}`,
                        },
                    },
                },
            },
        };
    }
}
