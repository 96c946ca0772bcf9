import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { toneStyle } from "../shared/tones";

import { Component } from "@odoo/owl";

/** A level of risk (low, medium, high) as a coloured dot beside its word: never by colour alone. */
export class RiskLight extends Component {
    static template = "retail_crm.RiskLight";
    static props = { ...standardFieldProps };

    setup() {
        this.toneStyle = toneStyle;
    }

    get level() {
        return this.props.record.data[this.props.name];
    }

    get word() {
        const levels = this.props.record.fields[this.props.name].selection;
        return levels.find(([level]) => level === this.level)?.[1];
    }
}

export const riskLight = {
    component: RiskLight,
    displayName: _t("Risk light"),
    supportedTypes: ["selection"],
};

registry.category("fields").add("retail_risk_light", riskLight);
