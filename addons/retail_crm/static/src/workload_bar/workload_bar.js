import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * A person's customers as a bar: full is as many as there is time for, what is beyond is red, and a line shows how
 * many there were before.
 */
export class WorkloadBar extends Component {
    static template = "retail_crm.WorkloadBar";
    static props = {
        ...standardFieldProps,
        capacityField: { type: String, optional: true },
        beforeField: { type: String, optional: true },
    };

    get count() {
        return this.props.record.data[this.props.name] || 0;
    }

    get capacity() {
        return this.props.record.data[this.props.capacityField] || 0;
    }

    get hasBefore() {
        return Boolean(this.props.beforeField);
    }

    get before() {
        return this.props.record.data[this.props.beforeField] || 0;
    }

    /** The bar ends a little behind the larger of capacity and customers, so that both can be seen. */
    get scale() {
        return Math.max(this.capacity, this.count, this.before, 1);
    }

    percent(number) {
        return (100 * number) / this.scale;
    }

    get isOver() {
        return this.count > this.capacity;
    }

    get words() {
        return this.capacity
            ? _t("%(count)s of %(capacity)s", { count: this.count, capacity: this.capacity })
            : String(this.count);
    }

    get help() {
        if (this.hasBefore) {
            return _t("%(before)s now, %(after)s after, time for %(capacity)s", {
                before: this.before,
                after: this.count,
                capacity: this.capacity,
            });
        }
        return _t("%(count)s customers, time for %(capacity)s", {
            count: this.count,
            capacity: this.capacity,
        });
    }
}

export const workloadBar = {
    component: WorkloadBar,
    displayName: _t("Workload bar"),
    supportedTypes: ["integer"],
    extractProps: ({ options }) => ({
        capacityField: options.capacity_field,
        beforeField: options.before_field,
    }),
};

registry.category("fields").add("retail_workload_bar", workloadBar);
