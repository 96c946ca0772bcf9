import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A segment as a pill in the segment's own colour; the colour comes along with the name in the same read. */
export class SegmentBadgeField extends Component {
    static template = "retail_crm.SegmentBadgeField";
    static props = { ...standardFieldProps };

    get segment() {
        return this.props.record.data[this.props.name];
    }
}

export const segmentBadgeField = {
    component: SegmentBadgeField,
    displayName: _t("Segment badge"),
    supportedTypes: ["many2one"],
    relatedFields: [
        { name: "display_name", type: "char" },
        { name: "color", type: "integer" },
    ],
};

registry.category("fields").add("retail_segment_badge", segmentBadgeField);
