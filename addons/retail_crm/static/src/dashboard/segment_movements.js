import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay } from "../shared/formats";
import { SegmentMatrix } from "../shared/segment_matrix";

import { Component } from "@odoo/owl";

/** Who moved from which segment to which in the last month. */
export class SegmentMovements extends Component {
    static template = "retail_crm.SegmentMovements";
    static components = { SegmentMatrix };
    static props = { data: Object, open: Object };

    get since() {
        return _t(
            "Since %s, from the segment on the left to the one above",
            formatDay(this.props.data.movements.since),
        );
    }

    get originTitle() {
        return _t("From");
    }

    sayMoves({ customers }, origin, target) {
        return _t("%(count)s customers moved from %(origin)s to %(target)s", {
            count: formatCount(customers),
            origin: origin.name,
            target: target.name,
        });
    }

    openMoves(origin, target) {
        return this.props.open.movements(`${origin.name} → ${target.name}`, [
            ["from_segment_id", "=", origin.id || false],
            ["to_segment_id", "=", target.id],
            ["day", ">", this.props.data.movements.since],
        ]);
    }
}
