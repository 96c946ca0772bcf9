import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus } from "@web/core/utils/hooks";

import { formatDay } from "../shared/formats";

import { Component, useState } from "@odoo/owl";

const SUNDAY = 7;
const SATURDAY = 6;

/** Until when an action waits, and why. */
export class SnoozeDialog extends Component {
    static template = "retail_crm.SnoozeDialog";
    static components = { DateTimeInput, Dialog };
    static props = { card: Object, today: String, save: Function, close: Function };

    setup() {
        this.state = useState({ day: this.days[0].day, reason: "", isSaving: false });
        useAutofocus({ refName: "reason" });
    }

    get title() {
        return _t("Not today: %s", this.props.card.customer.name);
    }

    get days() {
        const today = deserializeDate(this.props.today);
        return [
            { title: _t("Next working day"), day: nextWorkingDay(today) },
            { title: _t("In three days"), day: today.plus({ days: 3 }) },
            { title: _t("In a week"), day: today.plus({ weeks: 1 }) },
        ].map(({ title, day }) => ({ title, day: serializeDate(day), words: formatDay(serializeDate(day)) }));
    }

    get day() {
        return this.state.day ? deserializeDate(this.state.day) : false;
    }

    setDay(day) {
        this.state.day = day ? serializeDate(day) : false;
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

function nextWorkingDay(day) {
    const days = day.weekday === SATURDAY ? 2 : day.weekday === SUNDAY - 2 ? 3 : 1;
    return day.plus({ days });
}
