import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { formatPoints } from "../shared/points";

import { Component, useState } from "@odoo/owl";

// months, from the current one, that are soon over
const SOON = 2;

/** How many points of a wallet expire in which month, as bars. */
export class PointsExpiries extends Component {
    static template = "retail_crm.PointsExpiries";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ expiries: [] });
        useRecordObserver(async ({ resId }) => {
            const summary = resId
                ? await this.orm.call("retail.points.wallet", "get_summary", [[resId]])
                : { expiries: [] };
            // by now the form may show another wallet
            if (resId === this.props.record.resId) {
                this.state.expiries = summary.expiries;
            }
        });
    }

    get expiries() {
        return this.state.expiries;
    }

    get bars() {
        const most = Math.max(...this.expiries.map(({ points }) => points), 1);
        return this.expiries.map(({ month, points, is_open: isOpen }, place) => ({
            key: month || "never",
            title: this.getTitle(month, isOpen),
            points: points ? formatPoints(points) : "",
            size: `--retail-size: ${(points / most).toFixed(3)}`,
            isSoon: Boolean(month) && place < SOON,
            isNever: !month,
        }));
    }

    getTitle(month, isOpen) {
        if (!month) {
            return _t("never");
        }
        const name = deserializeDate(month).toLocaleString({ month: "short", year: "2-digit" });
        return isOpen ? _t("%s or later", name) : name;
    }
}

registry.category("view_widgets").add("retail_points_expiries", { component: PointsExpiries });
