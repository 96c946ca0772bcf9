import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { formatDay, joinClauses } from "../shared/formats";
import { CardFigures } from "./card_figures";
import { CardPoints } from "./card_points";
import { CardStrategy } from "./card_strategy";
import { PurchaseMonths } from "./purchase_months";
import { PurchaseTimeline } from "./purchase_timeline";

import { Component, useState } from "@odoo/owl";

/** Who this customer is, what to do, what is going on; all from one call, each reader sees what is theirs. */
export class CustomerCard extends Component {
    static template = "retail_crm.CustomerCard";
    static components = { CardFigures, CardPoints, CardStrategy, PurchaseMonths, PurchaseTimeline };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ card: null, isStrategyOpen: false });
        useRecordObserver((record) => {
            // not awaited: the form is there at once and the card follows
            this.load(record.resId, record.data.retail_profile_id);
        });
    }

    async load(partnerId, profile) {
        if (!partnerId || !profile) {
            this.state.card = null;
            return;
        }
        const card = await this.orm.call("res.partner", "get_retail_card", [[partnerId]]);
        // by now the form may show another customer
        if (partnerId === this.props.record.resId) {
            this.state.card = card;
        }
    }

    get card() {
        return this.state.card;
    }

    get pinWords() {
        const { pin } = this.card.segment;
        return joinClauses([
            _t("Pinned by %(author)s: %(reason)s", { author: pin.author, reason: pin.reason }),
            pin.date_end ? _t("until %s", formatDay(pin.date_end)) : _t("until somebody removes the pin"),
        ]);
    }

    get appealWords() {
        return _t("%(author)s says that this segment is wrong: %(reason)s", this.card.appeal.open);
    }

    toggleStrategy() {
        this.state.isStrategyOpen = !this.state.isStrategyOpen;
    }

    openFigures() {
        return this.openRecord("retail.profile", this.card.profile.id, _t("Why this segment"));
    }

    /** The open appeal, or the dialog for a new one, which the card then shows. */
    async openAppeal() {
        const { record } = this.props;
        const appeal = await this.orm.call("retail.profile", "action_appeal", [[this.card.profile.id]]);
        return this.action.doAction(appeal, {
            onClose: () => this.load(record.resId, record.data.retail_profile_id),
        });
    }

    openRecord(model, id, name) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openList(model, domain, name) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            domain,
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }
}

export const customerCard = {
    component: CustomerCard,
    fieldDependencies: [{ name: "retail_profile_id", type: "many2one" }],
};

registry.category("view_widgets").add("retail_customer_card", customerCard);
