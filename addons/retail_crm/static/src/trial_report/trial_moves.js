import { _t } from "@web/core/l10n/translation";

import { SegmentMatrix } from "../shared/segment_matrix";

import { Component } from "@odoo/owl";

/** From which segment by today's policy customers would come to which on trial, on the last day. */
export class TrialMoves extends Component {
    static template = "retail_crm.TrialMoves";
    static components = { SegmentMatrix };
    static props = { report: Object, open: Object };

    get originTitle() {
        return _t("Today's policy");
    }

    say(count, origin, target) {
        const words = { count, origin: origin.name, target: target.name };
        return origin.id === target.id
            ? _t("%(count)s customers would stay in %(origin)s", words)
            : _t("%(count)s customers would move from %(origin)s to %(target)s", words);
    }

    openCustomers(origin, target) {
        return this.props.open.customers(`${origin.name} → ${target.name}`, [
            ["active_segment_id", "=", origin.id],
            ["draft_segment_id", "=", target.id],
        ]);
    }
}
