import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay, formatMoney } from "../shared/formats";
import { toneStyle } from "../shared/tones";

import { Component, useState } from "@odoo/owl";

const ICONS = {
    call: "fa-phone",
    mail: "fa-envelope-o",
    sms: "fa-commenting-o",
    visit: "fa-handshake-o",
    quotation: "fa-file-text-o",
    gift: "fa-gift",
    review: "fa-search",
};

/** One action: what to do for whom, why, and what one should know before; with the ways to do it. */
export class ActionCard extends Component {
    static template = "retail_crm.ActionCard";
    static props = {
        card: Object,
        may: Object,
        currencyId: Number,
        move: Function,
        finish: Function,
        snooze: Function,
        handOver: Function,
        mail: Function,
        sms: Function,
        quote: Function,
        openDocument: Function,
        open: Object,
    };

    setup() {
        // who has called next says what came of it
        this.state = useState({ isContacted: false, arePlaybookStepsShown: false });
    }

    get card() {
        return this.props.card;
    }

    get icon() {
        return ICONS[this.card.kind] || "fa-check";
    }

    get tone() {
        return this.card.profile ? toneStyle(this.card.profile.color) : "";
    }

    get isLate() {
        return this.card.late_days > 0;
    }

    get dueWords() {
        const { late_days: days, due_on: day } = this.card;
        if (days > 1) {
            return _t("%s days late", formatCount(days));
        }
        if (days === 1) {
            return _t("Since yesterday");
        }
        return days === 0 ? _t("Today") : _t("Until %s", formatDay(day));
    }

    get becauseWords() {
        const { because, event_on: day } = this.card;
        return because
            ? _t("%(event)s (%(day)s)", { event: because, day: formatDay(day) })
            : _t("Planned by a colleague (%s)", formatDay(day));
    }

    /** What one should know, as pairs of a title and words; nothing where there is nothing. */
    get facts() {
        const { card } = this;
        const money = (amount) => formatMoney(amount, this.props.currencyId);
        return [
            {
                name: "stake",
                title: _t("At stake"),
                words: card.value_at_stake && money(card.value_at_stake),
            },
            {
                name: "last",
                title: _t("Last purchase"),
                words: card.profile && formatDay(card.profile.last_purchase_date),
            },
            {
                name: "orders",
                title: _t("Open orders"),
                words:
                    card.orders &&
                    _t("%(count)s for %(amount)s", {
                        count: formatCount(card.orders.count),
                        amount: money(card.orders.amount),
                    }),
            },
            {
                name: "overdue",
                title: _t("Unpaid and overdue"),
                words: card.profile?.overdue_amount > 0 && money(card.profile.overdue_amount),
                isBad: true,
            },
            {
                name: "points",
                title: _t("Points expire"),
                words: card.points && this.pointWords,
            },
        ].filter(({ words }) => words);
    }

    get pointWords() {
        const { points, unit, day } = this.card.points;
        return _t("%(points)s %(unit)s on %(day)s", {
            points: formatCount(points),
            unit: unit || _t("points"),
            day: formatDay(day),
        });
    }

    get phoneLink() {
        return `tel:${this.card.customer.phone.replace(/[^+\d]/g, "")}`;
    }

    get mailLink() {
        return `mailto:${this.card.customer.email}`;
    }

    get canSms() {
        return this.props.may.sms && this.props.may.mail && this.card.customer.phone;
    }

    contact(how) {
        this.state.isContacted = true;
        return how && this.props[how](this.card);
    }

    togglePlaybook() {
        this.state.arePlaybookStepsShown = !this.state.arePlaybookStepsShown;
    }

    openCustomer() {
        return this.props.open.record("res.partner", this.card.customer.id);
    }

    onKeydown(ev) {
        // keys belong to the card itself, not to its buttons
        if (ev.target !== ev.currentTarget || ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        const doing = {
            ArrowDown: () => this.props.move(this.card, 1),
            ArrowUp: () => this.props.move(this.card, -1),
            Enter: () => this.props.finish(this.card),
            s: () => this.props.snooze(this.card),
            h: () => this.props.handOver(this.card),
        }[ev.key.length === 1 ? ev.key.toLowerCase() : ev.key];
        if (doing) {
            ev.preventDefault();
            doing();
        }
    }
}
