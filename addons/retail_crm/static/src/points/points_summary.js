import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { formatDay } from "../shared/formats";
import { formatPoints } from "../shared/points";
import { TierBadge } from "./tier_badge";

import { Component, useState } from "@odoo/owl";

/** What a wallet holds now, on top of its form: points, tier, what happens next. */
export class PointsSummary extends Component {
    static template = "retail_crm.PointsSummary";
    static components = { TierBadge };
    static props = { ...standardWidgetProps };

    setup() {
        this.formatPoints = formatPoints;
        this.orm = useService("orm");
        this.state = useState({ summary: null });
        useRecordObserver(async (record) => {
            const { resId } = record;
            const summary = resId
                ? await this.orm.call("retail.points.wallet", "get_summary", [[resId]])
                : null;
            // by now the form may show another wallet
            if (resId === this.props.record.resId) {
                this.state.summary = summary;
            }
        });
    }

    get summary() {
        return this.state.summary;
    }

    get expiry() {
        const { next_expiry: next } = this.summary;
        return next ? { points: formatPoints(next.points), note: _t("after %s", formatDay(next.day)) } : null;
    }

    get pendingNote() {
        const { next_release: next } = this.summary;
        return next
            ? _t("%(points)s can be spent from %(day)s", {
                  points: formatPoints(next.points),
                  day: formatDay(next.day),
              })
            : _t("cannot be spent yet");
    }
}

registry.category("view_widgets").add("retail_points_summary", { component: PointsSummary });
