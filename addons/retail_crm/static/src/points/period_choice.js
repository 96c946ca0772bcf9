import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { Component } from "@odoo/owl";

/** From which day to which: one of the usual times, or days of one's own. */
export class PeriodChoice extends Component {
    static template = "retail_crm.PeriodChoice";
    static components = { DateTimeInput };
    static props = {
        periods: Array,
        since: { type: [String, Boolean] },
        until: { type: [String, Boolean] },
        update: Function,
        slots: { type: Object, optional: true },
    };

    isChosen({ since, until }) {
        return this.props.since === since && this.props.until === until;
    }

    getDay(name) {
        return this.props[name] ? deserializeDate(this.props[name]) : false;
    }

    setDay(name, day) {
        this.props.update({
            since: this.props.since,
            until: this.props.until,
            [name]: day ? serializeDate(day) : false,
        });
    }
}

/** The usual times up to a day as the server writes days; the last one is everything. */
export function getPeriods(today) {
    const day = deserializeDate(today);
    const lastMonth = day.minus({ months: 1 });
    const period = (title, unit, of) => ({
        title,
        since: serializeDate(of.startOf(unit)),
        until: serializeDate(of.endOf(unit)),
    });
    return [
        period(_t("This month"), "month", day),
        period(_t("Previous month"), "month", lastMonth),
        period(_t("This year"), "year", day),
        { title: _t("All"), since: false, until: false },
    ];
}
