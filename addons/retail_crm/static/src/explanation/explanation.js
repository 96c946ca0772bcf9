import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { PurchaseMonths } from "../customer_card/purchase_months";
import { formatCount, formatDay } from "../shared/formats";
import { ExplanationChanges } from "./explanation_changes";
import { ExplanationFacts } from "./explanation_facts";
import { RhythmLine } from "./rhythm_line";
import { ValueTrend } from "./value_trend";

import { Component, useState } from "@odoo/owl";

/** Why the customer is in the segment and what would change it; all from one call of `explain()`. */
export class Explanation extends Component {
    static template = "retail_crm.Explanation";
    static components = { ExplanationChanges, ExplanationFacts, PurchaseMonths, RhythmLine, ValueTrend };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ explanation: null });
        useRecordObserver((record) => {
            // not awaited: the form is there at once and the explanation follows
            this.load(record.resId);
        });
    }

    async load(profileId) {
        const explanation = profileId && (await this.orm.call("retail.profile", "explain", [[profileId]]));
        // by now the form may show another customer
        if (profileId === this.props.record.resId) {
            this.state.explanation = explanation || null;
        }
    }

    get explanation() {
        return this.state.explanation;
    }

    get isScored() {
        return Boolean(this.explanation.counterfactual);
    }

    /** What the chart of purchases on the customer card takes. */
    get card() {
        return { months: this.explanation.history.months, currency_id: this.explanation.currency.id };
    }

    get basis() {
        const { as_of: day, policy, run } = this.explanation;
        return _t(
            "Figures of %(day)s among %(customers)s customers, by the %(policy)s, version %(version)s.",
            {
                day: formatDay(day),
                customers: formatCount(run.customers),
                policy: policy.name,
                version: policy.version,
            },
        );
    }

    openDocuments({ label, documents: { model, domain } }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: label,
            res_model: model,
            domain,
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }
}

export const explanation = { component: Explanation };

registry.category("view_widgets").add("retail_explanation", explanation);
