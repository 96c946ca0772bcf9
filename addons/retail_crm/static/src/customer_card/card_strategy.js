import { _t } from "@web/core/l10n/translation";

import { Component, markup } from "@odoo/owl";

/** What the shop does for customers of this segment: the playbook, and the terms in words. */
export class CardStrategy extends Component {
    static template = "retail_crm.CardStrategy";
    static props = { strategy: Object };

    /** Sanitized by the server when the strategy is saved. */
    get playbook() {
        return markup(this.props.strategy.playbook);
    }

    get terms() {
        const {
            role,
            contact_days: days,
            discount_ceiling: discount,
            points_multiplier: points,
        } = this.props.strategy;
        return [
            role,
            days ? _t("contact every %s days", days) : _t("contact when there is a reason"),
            discount ? _t("discounts up to %s", `${discount}%`) : _t("no extra discounts"),
            points === 1 ? "" : _t("loyalty points × %s", points),
            this.props.strategy.is_urgent ? _t("urgent deliveries") : "",
        ].filter(Boolean);
    }
}
