import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus } from "@web/core/utils/hooks";

import { DayChoice, getDays } from "./day_choice";

import { Component, useState } from "@odoo/owl";

/** Until when an action waits, and why. */
export class SnoozeDialog extends Component {
    static template = "retail_crm.SnoozeDialog";
    static components = { DayChoice, Dialog };
    static props = { card: Object, today: String, save: Function, close: Function };

    setup() {
        this.state = useState({ day: getDays(this.props.today)[0].day, reason: "", isSaving: false });
        useAutofocus({ refName: "reason" });
    }

    get title() {
        return _t("Not today: %s", this.props.card.customer.name);
    }

    get isReady() {
        return this.state.day > this.props.today && this.state.reason.trim() && !this.state.isSaving;
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
