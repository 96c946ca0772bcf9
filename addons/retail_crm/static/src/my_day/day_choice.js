import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { formatDay } from "../shared/formats";

import { Component } from "@odoo/owl";

const FRIDAY = 5;
const SUNDAY = 7;

/** The days that one mostly means, a click each, and the calendar for others. */
export class DayChoice extends Component {
    static template = "retail_crm.DayChoice";
    static components = { DateTimeInput };
    static props = { today: String, day: [String, { value: false }], choose: Function, id: String };

    get choices() {
        return getDays(this.props.today);
    }

    get value() {
        return this.props.day ? deserializeDate(this.props.day) : false;
    }

    get placeholder() {
        return _t("Another day");
    }

    setDay(day) {
        this.props.choose(day ? serializeDate(day) : false);
    }
}

/** Days from the one that the server calls today: next working day first. */
export function getDays(today) {
    const start = deserializeDate(today);
    const toMonday = start.weekday >= FRIDAY ? SUNDAY + 1 - start.weekday : 1;
    return [
        { title: _t("Next working day"), moment: start.plus({ days: toMonday }) },
        { title: _t("In three days"), moment: start.plus({ days: 3 }) },
        { title: _t("In a week"), moment: start.plus({ weeks: 1 }) },
        { title: _t("In a month"), moment: start.plus({ months: 1 }) },
    ].map(({ title, moment }) => {
        const day = serializeDate(moment);
        return { title, day, words: formatDay(day) };
    });
}
