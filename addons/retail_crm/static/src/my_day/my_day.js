import { browser } from "@web/core/browser/browser";
import { hasTouch } from "@web/core/browser/feature_detection";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { useOpenRecords } from "../dashboard/open_records";
import { formatCount, formatDay, formatMoney } from "../shared/formats";
import { ActionCard } from "./action_card";
import { HandOverDialog } from "./hand_over_dialog";
import { OutcomeDialog } from "./outcome_dialog";
import { SnoozeDialog } from "./snooze_dialog";

import { Component, onMounted, onWillStart, useRef, useState } from "@odoo/owl";

const PAGE = 40;
// milliseconds
const DIALOG_CLOSES = 100;

/** What waits for the reader today, a card for each action; what is done leaves and can be taken back. */
export class RetailMyDay extends Component {
    static template = "retail_crm.MyDay";
    static components = { ActionCard, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.open = useOpenRecords(() => this.data.company_id);
        this.state = useState({ data: null });
        this.limit = PAGE;
        this.queue = useRef("queue");
        onWillStart(() => this.load());
        this.hasKeys = !hasTouch();
        onMounted(() => this.focusCard(0));
    }

    get data() {
        return this.state.data;
    }

    async load() {
        this.state.data = await this.orm.call("retail.my.day", "get_data", [this.limit]);
    }

    get greeting() {
        const { counts, currency_id: currencyId } = this.data;
        return _t("%(open)s open, %(value)s at stake", {
            open: formatCount(counts.open),
            value: formatMoney(counts.value, currencyId),
        });
    }

    get figures() {
        const { counts } = this.data;
        return [
            { name: "overdue", title: _t("Overdue"), count: counts.overdue, isBad: counts.overdue > 0 },
            { name: "open", title: _t("Open"), count: counts.open },
            {
                name: "done_today",
                title: _t("Done today"),
                count: counts.done_today,
                isGood: counts.done_today > 0,
            },
            {
                name: "done_week",
                title: _t("Done this week"),
                count: counts.done_week,
                isGood: counts.done_week > 0,
            },
        ].map((figure) => ({ ...figure, count: formatCount(figure.count) }));
    }

    get today() {
        return formatDay(this.data.today);
    }

    get orderWords() {
        return this.data.order === "value"
            ? _t("Most value at stake first")
            : _t("What is due first, then most value at stake");
    }

    get keyWords() {
        return _t("Keys: arrows go from card to card, Enter logs the outcome, S puts off, H hands over");
    }

    get hiddenWords() {
        const { counts, cards } = this.data;
        const hidden = counts.open - cards.length;
        // fewer cards than asked for: the server shows no more, nobody does so many in a day
        return hidden > 0 && cards.length >= this.limit ? _t("Show more (%s)", formatCount(hidden)) : "";
    }

    loadMore() {
        this.limit += PAGE;
        return this.load();
    }

    // ------------------------------------------------------------------ keyboard

    get cardElements() {
        return [...(this.queue.el?.querySelectorAll(".o_retail_action_card") || [])];
    }

    /** The card that follows takes the place of one that left. */
    focusCard(position) {
        const cards = this.cardElements;
        if (this.hasKeys && cards.length) {
            cards[Math.min(position, cards.length - 1)].focus({ preventScroll: position === 0 });
        }
    }

    move(card, step) {
        const position = this.data.cards.findIndex(({ id }) => id === card.id) + step;
        this.focusCard(Math.max(position, 0));
    }

    // ------------------------------------------------------------------ what one does with a card

    /** Write, load anew, and leave the keyboard on the card that follows. */
    async leave(card, write) {
        const position = this.data.cards.findIndex(({ id }) => id === card.id);
        await write();
        await this.load();
        // once the dialog has closed and given the focus back
        browser.setTimeout(() => this.focusCard(position), DIALOG_CLOSES);
    }

    finish(card) {
        this.dialog.add(OutcomeDialog, {
            card,
            outcomes: this.data.outcomes,
            today: this.data.today,
            save: ({ outcomeId, note, nextOn }) =>
                this.leave(card, async () => {
                    await this.orm.call("retail.my.day", "finish", [card.id, outcomeId, note, nextOn]);
                    this.offerUndo(card, outcomeId);
                }),
        });
    }

    offerUndo(card, outcomeId) {
        const outcome = this.data.outcomes.find(({ id }) => id === outcomeId);
        const close = this.notification.add(
            _t("%(customer)s: %(outcome)s", { customer: card.customer.name, outcome: outcome.name }),
            {
                title: _t("Done"),
                type: "success",
                autocloseDelay: 15000,
                buttons: [
                    {
                        name: _t("Undo"),
                        primary: true,
                        onClick: async () => {
                            close();
                            await this.orm.call("retail.my.day", "undo", [card.id]);
                            await this.load();
                        },
                    },
                ],
            },
        );
    }

    snooze(card) {
        this.dialog.add(SnoozeDialog, {
            card,
            today: this.data.today,
            save: ({ day, reason }) =>
                this.leave(card, () => this.orm.call("retail.my.day", "snooze", [card.id, day, reason])),
        });
    }

    handOver(card) {
        this.dialog.add(HandOverDialog, {
            card,
            domain: this.data.colleagues,
            save: ({ userId, note }) =>
                this.leave(card, async () => {
                    await this.orm.call("retail.my.day", "hand_over", [[card.id], userId, note]);
                    this.notification.add(_t("Handed over."), { type: "success" });
                }),
        });
    }

    mail({ customer }) {
        return this.open.action({
            type: "ir.actions.act_window",
            name: _t("Write an e-mail"),
            res_model: "mail.compose.message",
            views: [[false, "form"]],
            target: "new",
            context: {
                default_model: "res.partner",
                default_res_ids: [customer.id],
                default_partner_ids: [customer.id],
                default_composition_mode: "comment",
            },
        });
    }

    sms({ customer }) {
        return this.open.action({
            type: "ir.actions.act_window",
            name: _t("Write a text message"),
            res_model: "sms.composer",
            views: [[false, "form"]],
            target: "new",
            context: {
                default_res_model: "res.partner",
                default_res_id: customer.id,
                default_composition_mode: "comment",
            },
        });
    }

    quote({ customer }) {
        return this.open.action({
            type: "ir.actions.act_window",
            name: _t("New quotation"),
            res_model: "sale.order",
            views: [[false, "form"]],
            context: { default_partner_id: customer.id },
        });
    }

    async openDocument(card) {
        return this.open.action(await this.orm.call("retail.action", "action_open_document", [[card.id]]));
    }

    openDone() {
        return this.open.filtered("retail_crm.retail_action_action", _t("What I have done"), [
            ["done_by_id", "=", this.data.user_id],
        ]);
    }
}

registry.category("actions").add("retail_crm.my_day", RetailMyDay);
