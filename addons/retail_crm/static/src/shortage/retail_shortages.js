import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { ReasonDialog } from "./reason_dialog";
import { ShortageQueue } from "./shortage_queue";
import { formatQuantity } from "./shortage_words";

import { Component, onWillStart, useState } from "@odoo/owl";

/** Of which products there is too little; for one of them who waits, who would be served, and doing exactly that. */
export class RetailShortages extends Component {
    static template = "retail_crm.Shortages";
    static components = { Layout, ShortageQueue };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        this.state = useState({ products: [], chosen: null, reasons: [], queue: null, isBusy: false });
        // whoever comes back from a delivery finds the page as it was
        useSetupAction({ getLocalState: () => ({ chosen: this.state.chosen }) });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.products = await this.orm.call("retail.shortage", "get_products", []);
        const wanted = this.state.chosen ?? this.props.state?.chosen ?? this.props.action.params;
        const isWanted = (row) =>
            row.product_id === wanted?.product_id &&
            row.warehouse_id === (wanted.warehouse_id ?? row.warehouse_id);
        const found = this.state.products.find(isWanted) ?? this.state.products[0];
        if (found) {
            await this.choose(found);
        }
    }

    choose({ product_id, warehouse_id }) {
        this.state.chosen = { product_id, warehouse_id };
        this.state.reasons = [];
        return this.loadQueue();
    }

    async loadQueue() {
        this.state.queue = await this.keepLast.add(this.callQueue("get_queue", this.state.reasons));
    }

    callQueue(method, ...args) {
        const { product_id, warehouse_id } = this.state.chosen;
        return this.orm.call("retail.shortage", method, [product_id, warehouse_id, ...args]);
    }

    isChosen(row) {
        const { product_id, warehouse_id } = this.state.chosen;
        return row.product_id === product_id && row.warehouse_id === warehouse_id;
    }

    get products() {
        return this.state.products.map((row) => ({
            ...row,
            key: `${row.product_id} ${row.warehouse_id}`,
            onHand: formatQuantity(row.on_hand),
            wanted: formatQuantity(row.needed),
            missing: formatQuantity(row.needed - row.reserved),
        }));
    }

    get hasWarehouses() {
        return new Set(this.state.products.map((row) => row.warehouse_id)).size > 1;
    }

    serveFirst(row) {
        this.dialog.add(ReasonDialog, {
            customer: row.title,
            confirm: (reason) => {
                this.state.reasons.push([row.move_id, reason]);
                return this.loadQueue();
            },
        });
    }

    forget() {
        this.state.reasons = [];
        return this.loadQueue();
    }

    async apply() {
        this.state.isBusy = true;
        try {
            await this.callQueue("apply", this.state.reasons, this.state.queue.fingerprint);
            this.notification.add(_t("Done: the deliveries have what was shown."), { type: "success" });
            await this.load();
        } catch (error) {
            // what is shown is no longer true
            await this.loadQueue().catch(() => this.forget());
            throw error;
        } finally {
            this.state.isBusy = false;
        }
    }

    open({ picking_id }) {
        if (!picking_id) {
            return;
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "stock.picking",
            res_id: picking_id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("retail_crm.shortages", RetailShortages);
