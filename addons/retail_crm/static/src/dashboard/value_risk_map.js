import { _t } from "@web/core/l10n/translation";

import { formatCount, formatMoney, formatShortMoney } from "../shared/formats";
import { toneStyle } from "../shared/tones";

import { Component } from "@odoo/owl";

// most value first: the corner that matters is where reading starts, also on a narrow screen
const DECILES = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];
const TOP_DECILE = 9;
// the corner that asks for action: much value, high risk
const CALL_FIRST_DECILE = 7;

/** Customers by tenth of value and level of risk; a circle is the value in its cell. Every cell opens its customers. */
export class ValueRiskMap extends Component {
    static template = "retail_crm.ValueRiskMap";
    static props = { data: Object, open: Object };

    get rows() {
        const titles = { high: _t("High"), medium: _t("Medium"), low: _t("Low") };
        const sums = this.getSums();
        const greatest = Math.max(...Object.values(sums).map((sum) => sum.value), 1);
        return Object.entries(titles).map(([level, title]) => ({
            level,
            title,
            style: toneStyle(level),
            cells: DECILES.map((decile) => this.getCell(decile, level, sums[`${level} ${decile}`], greatest)),
        }));
    }

    /** Over the segments, which the map does not show. */
    getSums() {
        const sums = {};
        for (const { decile, risk_level: level, customers, value } of this.props.data.cells) {
            const sum = (sums[`${level} ${decile}`] ??= { customers: 0, value: 0 });
            sum.customers += customers;
            sum.value += value;
        }
        return sums;
    }

    getCell(decile, level, sum, greatest) {
        const cell = { decile, level, customers: sum?.customers ?? 0 };
        if (!sum) {
            return cell;
        }
        const currencyId = this.props.data.currency_id;
        // the area of the circle is the value
        const size = Math.sqrt(Math.max(sum.value, 0) / greatest);
        return {
            ...cell,
            count: formatCount(sum.customers),
            worth: formatShortMoney(sum.value, currencyId),
            circle: `--retail-size: ${size.toFixed(3)}`,
            isCallFirst: level === "high" && decile >= CALL_FIRST_DECILE,
            label: _t("%(risk)s, value %(from)s to %(to)s of 100: customers %(count)s, worth %(value)s", {
                risk: this.getRiskTitle(level),
                from: decile * 10,
                to: (decile + 1) * 10,
                count: formatCount(sum.customers),
                value: formatMoney(sum.value, currencyId),
            }),
        };
    }

    getRiskTitle(level) {
        return { high: _t("High risk"), medium: _t("Medium risk"), low: _t("Low risk") }[level];
    }

    get callFirst() {
        const sums = this.getSums();
        const deciles = DECILES.filter((decile) => decile >= CALL_FIRST_DECILE);
        const total = (name) =>
            deciles.reduce((sum, decile) => sum + (sums[`high ${decile}`]?.[name] ?? 0), 0);
        return {
            customers: total("customers"),
            text: _t("Call first: %(count)s of much value at high risk, worth %(value)s", {
                count: formatCount(total("customers")),
                value: formatMoney(total("value"), this.props.data.currency_id),
            }),
        };
    }

    openCallFirst() {
        return this.props.open.customers(_t("Much value, high risk"), [
            ["risk_level", "=", "high"],
            ["value_percentile", ">=", CALL_FIRST_DECILE * 10],
        ]);
    }

    openCell({ decile, level }) {
        return this.props.open.customers(this.getRiskTitle(level), [
            ["risk_level", "=", level],
            ["value_percentile", ">=", decile * 10],
            ["value_percentile", decile === TOP_DECILE ? "<=" : "<", (decile + 1) * 10],
        ]);
    }
}
