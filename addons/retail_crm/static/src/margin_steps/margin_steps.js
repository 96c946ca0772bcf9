import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** What takes the margin of an order below its floor, as bars that get shorter with each cause. */
export class MarginStepsField extends Component {
    static template = "retail_crm.MarginStepsField";
    static props = { ...standardFieldProps };

    get margin() {
        return this.props.record.data[this.props.name];
    }

    get bars() {
        return [this.margin.start, ...this.margin.steps];
    }

    /** Width of a percentage: the widest margin fills the row, losses show nothing. */
    getWidth(percent) {
        const widest = Math.max(this.margin.floor, ...this.bars.map((bar) => bar.percent), 1);
        return `${Math.max((100 * percent) / widest, 0)}%`;
    }

    isBelowFloor(bar) {
        return bar.percent < this.margin.floor;
    }
}

export const marginStepsField = {
    component: MarginStepsField,
    displayName: _t("Margin and what took it"),
    supportedTypes: ["json"],
};

registry.category("fields").add("retail_margin_steps", marginStepsField);
