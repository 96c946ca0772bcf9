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

    get basis() {
        const { days, weeks } = this.followed;
        return weeks.active === weeks.draft
            ? _t("In the %(weeks)s weeks after a month's end; means over %(days)s months.", {
                  weeks: formatCount(weeks.draft),
                  days: formatCount(days),
              })
            : _t(
                  "In the %(draftWeeks)s weeks after a month's end on trial, in the %(activeWeeks)s weeks by today's policy; means over up to %(days)s months.",
                  {
                      draftWeeks: formatCount(weeks.draft),
                      activeWeeks: formatCount(weeks.active),
                      days: formatCount(days),
                  },
              );
    }

    get emptyWords() {
        const { weeks } = this.followed;
        return _t(
            "Nothing to say yet: the purchases do not reach %s weeks beyond any month's end of the trial.",
            formatCount(Math.min(weeks.active, weeks.draft)),
        );
    }

    /** The one sentence that the charts are about. */
    get message() {
        const [best] = this.props.report.segments;
        const say = ({ size, share }) => ({ size: formatShare(size), share: formatShare(share) });
        const [active, draft] = getSides().map(({ name }) => this.getFigures(name, best));
        if (!active || !draft) {
            return "";
        }
        return _t(
            "On trial, the %(draftSize)s of customers in %(segment)s brought %(draftShare)s of the contribution that followed; by today's policy %(activeSize)s brought %(activeShare)s.",
            {
                segment: best.name,
                draftSize: say(draft).size,
                draftShare: say(draft).share,
                activeSize: say(active).size,
                activeShare: say(active).share,
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
