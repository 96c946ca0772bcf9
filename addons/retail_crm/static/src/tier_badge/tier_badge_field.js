import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A tier as a pill with its emblem in its own colour; both come along with the name in the same read. */
export class TierBadgeField extends Component {
    static template = "retail_crm.TierBadgeField";
    static props = { ...standardFieldProps };

    get tier() {
        return this.props.record.data[this.props.name];
    }
}

export const tierBadgeField = {
    component: TierBadgeField,
    displayName: _t("Tier badge"),
    supportedTypes: ["many2one"],
    relatedFields: [
        { name: "display_name", type: "char" },
        { name: "color", type: "char" },
        { name: "emblem", type: "char" },
    ],
};

registry.category("fields").add("retail_tier_badge", tierBadgeField);
