import { _t } from "@web/core/l10n/translation";

import { formatMoney, formatGain } from "../shared/formats";
import { toneStyle } from "../shared/tones";

import { Component } from "@odoo/owl";

/** What the strategies' terms would have brought or cost had past purchases been treated so: per segment and store. */
export class TrialEffects extends Component {
    static template = "retail_crm.TrialEffects";
    static props = { report: Object, open: Object };

    get terms() {
        return [
            { name: "price_effect", title: _t("Price lists") },
            { name: "discount_effect", title: _t("Discount ceilings") },
            { name: "points_effect", title: _t("Points") },
            { name: "total_effect", title: _t("Estimated effect") },
        ];
    }

    get tables() {
        const { effects, segments } = this.props.report;
        const ofSegments = segments.map((segment) => ({
            ...effects.segments.find(({ id }) => id === segment.id),
            id: segment.id,
            title: segment.name,
            style: toneStyle(segment.color),
        }));
        const ofStores = effects.stores.map((store) => ({ ...store, title: store.name || _t("No store") }));
        return [
            {
                name: "segments",
                title: _t("Segment on trial"),
                rows: ofSegments.map((row) => this.getRow(row)),
            },
            { name: "stores", title: _t("Store"), rows: ofStores.map((row) => this.getRow(row)) },
        ];
    }

    get total() {
        return this.getRow({ ...this.props.report.effects.total, title: _t("All") });
    }

    getRow(row) {
        const { currency_id: currencyId } = this.props.report;
        return {
            ...row,
            revenue: formatMoney(row.revenue ?? 0, currencyId),
            effects: this.terms.map(({ name }) => this.getEffect(name, row[name] ?? 0, currencyId)),
        };
    }

    getEffect(name, amount, currencyId) {
        return {
            name,
            words: formatGain(amount, currencyId),
            color: { 1: "o_retail_gain", "-1": "o_retail_cost", 0: "text-muted" }[
                Math.sign(Math.round(amount))
            ],
        };
    }

    get hasEffects() {
        const { segments, stores } = this.props.report.effects;
        return [...segments, ...stores].some((row) => this.terms.some(({ name }) => row[name]));
    }

    openEffects() {
        return this.props.open.effects(_t("Estimated effect of the terms"));
    }
}
