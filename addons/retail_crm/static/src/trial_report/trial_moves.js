import { _t } from "@web/core/l10n/translation";

import { formatCount } from "../shared/formats";
import { SegmentFlow } from "../shared/segment_flow";
import { SegmentMatrix } from "../shared/segment_matrix";

import { Component } from "@odoo/owl";

/** From which segment by today's policy customers would come to which on trial, on the last day. */
export class TrialMoves extends Component {
    static template = "retail_crm.TrialMoves";
    static components = { SegmentFlow, SegmentMatrix };
    static props = { report: Object, open: Object };

    get originTitle() {
        return _t("Today's policy");
    }

    say({ customers }, origin, target) {
        const words = { count: formatCount(customers), origin: origin.name, target: target.name };
        return origin.id === target.id
            ? _t("%(count)s customers would stay in %(origin)s", words)
            : _t("%(count)s customers would move from %(origin)s to %(target)s", words);
    }

    /** Without an origin or target: of all segments. */
    openCustomers(origin, target) {
        const name = _t("%(origin)s → %(target)s", {
            origin: origin?.name ?? _t("All"),
            target: target?.name ?? _t("All"),
        });
        return this.props.open.customers(name, [
            ...(origin ? [["active_segment_id", "=", origin.id]] : []),
            ...(target ? [["draft_segment_id", "=", target.id]] : []),
        ]);
    }
}
