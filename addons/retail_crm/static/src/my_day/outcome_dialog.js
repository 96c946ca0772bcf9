import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

import { DayChoice } from "./day_choice";

import { Component, onMounted, useRef, useState } from "@odoo/owl";

/** What came of an action: a code, a note, and where it goes on, the day. */
export class OutcomeDialog extends Component {
    static template = "retail_crm.OutcomeDialog";
    static components = { DayChoice, Dialog };
    static props = { card: Object, outcomes: Array, today: String, save: Function, close: Function };

    setup() {
        this.state = useState({ outcomeId: false, note: "", nextOn: false, isSaving: false });
        this.outcomes = useRef("outcomes");
        onMounted(() => this.outcomes.el?.querySelector("button")?.focus());
    }

    get title() {
        return _t("%(customer)s: %(name)s", {
            customer: this.props.card.customer.name,
            name: this.props.card.name,
        });
    }

    get chosen() {
        return this.props.outcomes.find(({ id }) => id === this.state.outcomeId);
    }

    get isReady() {
        return this.chosen && (!this.chosen.asks_next_date || this.state.nextOn) && !this.state.isSaving;
    }

    async save() {
        if (!this.isReady) {
            return;
        }
        this.state.isSaving = true;
        try {
            await this.props.save({ ...this.state });
            this.props.close();
        } finally {
            this.state.isSaving = false;
        }
    }
}
