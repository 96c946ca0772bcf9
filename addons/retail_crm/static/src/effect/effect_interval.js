import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";

import { formatMoney } from "../shared/formats";

import { Component } from "@odoo/owl";

const CENTS_BELOW = 20;

/** An interval as a bar around zero: left of it customers who were looked after brought less, right of it more. */
export class EffectInterval extends Component {
    static template = "retail_crm.EffectInterval";
    static props = {
        effect: Object,
        // what both ends of the line stand for
        reach: Number,
        currencyId: Number,
        isSmall: { type: Boolean, optional: true },
    };

    place(amount) {
        return 50 + (amount / (this.props.reach || 1)) * 50;
    }

    get bar() {
        const { low, high } = this.props.effect;
        const start = this.place(low);
        return `inset-inline-start: ${start}%; width: ${Math.max(this.place(high) - start, 0.5)}%;`;
    }

    get middle() {
        return `inset-inline-start: ${this.place(this.props.effect.difference)}%;`;
    }

    get amounts() {
        return formatInterval(this.props.effect, this.props.currencyId);
    }

    get ends() {
        const { low, high } = this.props.effect;
        return [
            { name: "low", words: this.amounts.low, style: `inset-inline-start: ${this.place(low)}%;` },
            { name: "high", words: this.amounts.high, style: `inset-inline-start: ${this.place(high)}%;` },
        ];
    }

    get label() {
        return _t("Between %(low)s and %(high)s for each customer", this.amounts);
    }
}

/** Difference and both ends, all with cents or all without. */
export function formatInterval({ difference, low, high }, currencyId) {
    const isWhole = Math.max(Math.abs(low), Math.abs(high)) >= CENTS_BELOW;
    const format = (amount) => formatSigned(isWhole ? Math.round(amount) : amount, currencyId);
    return { difference: format(difference), low: format(low), high: format(high) };
}

/** 12.3 -> "+$ 12.30", -31.4 -> "−$ 31" */
function formatSigned(amount, currencyId) {
    const size = Math.abs(amount);
    const sign = amount > 0 ? "+" : amount < 0 ? "−" : "";
    return `${sign}${formatEach(size, currencyId)}`;
}

/** What a customer brings on average, without cents where they only disturb. */
export function formatEach(amount, currencyId) {
    return Math.abs(amount) < CENTS_BELOW && !Number.isInteger(amount)
        ? formatMoney(amount, currencyId)
        : formatCurrency(Math.round(amount), currencyId, { digits: [16, 0] });
}
