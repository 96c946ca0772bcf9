import { _t } from "@web/core/l10n/translation";

import { formatCount, formatMoney, formatShare } from "../shared/formats";
import { toneStyle } from "../shared/tones";

import { Component } from "@odoo/owl";

/** A card per segment: how many customers, what they are worth, what they brought. Opens the customers. */
export class SegmentCards extends Component {
    static template = "retail_crm.SegmentCards";
    static props = { data: Object, open: Object };

    get cards() {
        const { segments, currency_id: currencyId } = this.props.data;
        const total = (name) => segments.reduce((sum, segment) => sum + segment[name], 0);
        const share = (segment, name) => (total(name) > 0 ? segment[name] / total(name) : 0);
        return segments.map((segment) => ({
            ...segment,
            style: toneStyle(segment.color),
            count: formatCount(segment.customers),
            countShare: _t("%s of customers", formatShare(share(segment, "customers"))),
            worth: formatMoney(segment.value, currencyId),
            worthShare: formatShare(share(segment, "value")),
            worthWidth: `width: ${Math.min(Math.max(share(segment, "value"), 0), 1) * 100}%`,
            expected: formatMoney(segment.expected_revenue, currencyId),
        }));
    }

    getLabel(card) {
        return _t("%(segment)s: customers %(count)s, value %(value)s. Open them", {
            segment: card.name,
            count: card.count,
            value: card.worth,
        });
    }

    get expectedLabel() {
        return _t("Expected in %(weeks)s weeks", { weeks: this.props.data.horizon.weeks });
    }

    openSegment(segment) {
        return this.props.open.customers(segment.name, [["segment_id", "=", segment.id]]);
    }
}
