import { _t } from "@web/core/l10n/translation";
import { deserializeDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { formatCount, formatDay } from "../shared/formats";

import { Component } from "@odoo/owl";

// days that stand beside each other before they are summed up to weeks
const MOST_DAYS = 15;

/** What a batch will make, before it does: how many actions on which day for whom. */
export class BatchPlanField extends Component {
    static template = "retail_crm.BatchPlanField";
    static props = { ...standardFieldProps };

    get plan() {
        return this.props.record.data[this.props.name];
    }

    get summary() {
        const { count, days } = this.plan;
        return _t("%(count)s actions from %(first)s to %(last)s", {
            count: formatCount(count),
            first: formatDay(days[0]),
            last: formatDay(days.at(-1)),
        });
    }

    get leftOut() {
        const { busy, held_out: heldOut } = this.plan.left_out;
        return [
            busy && _t("Left out because they have an open action: %s", formatCount(busy)),
            heldOut &&
                _t("Left out because they are left alone to measure the effect: %s", formatCount(heldOut)),
        ].filter(Boolean);
    }

    /** Columns with the numbers of the days that they sum up. */
    get columns() {
        const days = this.plan.days.map((day, position) => ({ day, position }));
        if (days.length <= MOST_DAYS) {
            return days.map(({ day, position }) => ({
                key: day,
                title: deserializeDate(day).toLocaleString({
                    weekday: "short",
                    day: "numeric",
                    month: "numeric",
                }),
                positions: [position],
            }));
        }
        const weeks = Map.groupBy(days, ({ day }) => deserializeDate(day).startOf("week").toISODate());
        return [...weeks].map(([monday, inWeek]) => ({
            key: monday,
            title: _t(
                "Week of %s",
                deserializeDate(monday).toLocaleString({ day: "numeric", month: "numeric" }),
            ),
            positions: inWeek.map(({ position }) => position),
        }));
    }

    get rows() {
        const { columns } = this;
        const people = this.plan.people.map((person) => ({
            ...person,
            cells: columns.map(({ positions }) =>
                positions.reduce((sum, position) => sum + person.counts[position], 0),
            ),
        }));
        const most = Math.max(...people.flatMap(({ cells }) => cells), 1);
        return people.map((person) => ({
            key: person.id || "nobody",
            name: person.id ? person.name : _t("Nobody yet"),
            total: formatCount(person.total),
            cells: person.cells.map((number, position) => ({
                key: position,
                words: number ? formatCount(number) : "",
                style: `--retail-shade: ${number ? Math.round(10 + (number / most) * 40) : 0}%`,
            })),
        }));
    }
}

registry.category("fields").add("retail_batch_plan", {
    component: BatchPlanField,
    supportedTypes: ["jsonb", "json"],
});
