import { _t } from "@web/core/l10n/translation";

import { formatMoney } from "../shared/formats";
import { formatPoints } from "../shared/points";
import { toneStyle } from "../shared/tones";

import { Component } from "@odoo/owl";

/** Whether all movements up to now come to what lies in the open lots, less debts. */
export class RollForwardCheck extends Component {
    static template = "retail_crm.RollForwardCheck";
    static props = { check: Object, isMoney: Boolean, currencyId: Number };

    setup() {
        this.toneStyle = toneStyle;
    }

    get rows() {
        const titles = {
            available: _t("Can be spent"),
            pending: _t("Pending"),
            debt: _t("Debts of customers"),
            total: _t("Owed to customers"),
        };
        return Object.entries(titles).map(([name, title]) => {
            const { moves, lots } = this.props.check[name];
            return {
                name,
                title,
                moves: this.format(moves, name),
                lots: this.format(lots, name),
                isRight: moves.points === lots.points,
            };
        });
    }

    /** A debt is taken off. */
    format({ points, value }, name) {
        const sign = name === "debt" && points ? "−" : "";
        return `${sign}${this.props.isMoney ? formatMoney(value, this.props.currencyId) : formatPoints(points)}`;
    }
}
