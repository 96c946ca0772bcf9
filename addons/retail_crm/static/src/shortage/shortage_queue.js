import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay, formatMoney } from "../shared/formats";
import { formatQuantity, sayProtection, sayStock } from "./shortage_words";

import { Component } from "@odoo/owl";

/** Who wants a product, who would be served, and what that means now and then. */
export class ShortageQueue extends Component {
    static template = "retail_crm.ShortageQueue";
    static props = {
        queue: Object,
        isBusy: Boolean,
        serveFirst: Function,
        forget: Function,
        apply: Function,
        open: Function,
    };

    get queue() {
        return this.props.queue;
    }

    get stock() {
        return sayStock(this.queue);
    }

    get protections() {
        return this.queue.protections.map((protection) => ({
            id: protection.id,
            text: sayProtection(protection, this.queue.unit),
        }));
    }

    /** Each figure now and under the proposal; more of the first is better, of the others worse. */
    get comparison() {
        const { now, proposed } = this.queue;
        const figures = [
            { name: "served", title: _t("Deliveries complete"), sign: 1, format: formatCount },
            { name: "waiting", title: _t("Deliveries that wait"), sign: -1, format: formatCount },
            { name: "broken", title: _t("Promised days broken"), sign: -1, format: formatCount },
        ];
        if (now.contribution !== null) {
            figures.push({
                name: "contribution",
                title: _t("Contribution that can go out"),
                sign: 1,
                format: (amount) => formatMoney(amount, this.queue.currency_id),
            });
        }
        return figures.map(({ name, title, sign, format }) => {
            const gain = sign * (proposed[name] - now[name]);
            return {
                name,
                title,
                now: format(now[name]),
                proposed: format(proposed[name]),
                tone: gain > 0 ? "text-success" : gain < 0 ? "text-danger" : "",
            };
        });
    }

    get rows() {
        const share = (quantity, need) => `width: ${Math.min((100 * quantity) / (need || 1), 100)}%`;
        return this.queue.rows.map((row) => ({
            ...row,
            need: formatQuantity(row.need),
            now: formatQuantity(row.reserved),
            then: formatQuantity(row.proposed),
            nowStyle: share(row.reserved, row.need),
            thenStyle: share(row.proposed, row.need),
            change: Math.sign(row.proposed - row.reserved),
            day: formatDay(row.deadline),
            title: row.customer || row.picking,
            isBroken: row.breaks_promise && row.proposed < row.need,
            canBeFirst: this.queue.may_apply && !row.is_fixed && !row.reason && row.proposed < row.need,
            money: row.contribution === null ? "" : formatMoney(row.contribution, this.queue.currency_id),
        }));
    }

    get hasMoney() {
        return this.queue.now.contribution !== null;
    }

    get hasReasons() {
        return this.queue.rows.some(({ reason }) => reason);
    }

    get verdict() {
        if (this.queue.has_changes) {
            return this.hasReasons
                ? _t("Nothing is done yet: this is what your choice would change.")
                : _t("Nothing is done yet: this is what the strategies would change.");
        }
        return _t("Stock is where the strategies want it: there is nothing to change.");
    }
}
