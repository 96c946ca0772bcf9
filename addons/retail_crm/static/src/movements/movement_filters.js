import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { RecordSelector } from "@web/core/record_selectors/record_selector";

import { Component } from "@odoo/owl";

/** Between which two days, and of which customers: those of a store, an owner, a strategy as they are today. */
export class MovementFilters extends Component {
    static template = "retail_crm.MovementFilters";
    static components = { DateTimeInput, RecordSelector };
    static props = { choice: Object, asOf: String, companyId: Number, update: Function };

    get periods() {
        return [
            { months: 1, title: _t("Last month") },
            { months: 3, title: _t("Last quarter") },
            { months: 12, title: _t("Last year") },
        ].map((period) => ({ ...period, ...periodUntil(this.props.asOf, period.months) }));
    }

    isChosen({ since, until }) {
        return this.props.choice.since === since && this.props.choice.until === until;
    }

    get selectors() {
        const ofCompany = [["company_id", "=", this.props.companyId]];
        return [
            { name: "store_id", model: "retail.store", domain: ofCompany, title: _t("All stores") },
            {
                name: "user_id",
                model: "res.users",
                domain: [["share", "=", false]],
                title: _t("All owners"),
            },
            { name: "strategy_id", model: "retail.strategy", domain: ofCompany, title: _t("All strategies") },
        ];
    }

    getDay(name) {
        return deserializeDate(this.props.choice[name]);
    }

    setDay(name, day) {
        if (day) {
            this.props.update({ [name]: serializeDate(day) });
        }
    }
}

/** The months up to a day as the server writes days. */
export function periodUntil(day, months) {
    return { since: serializeDate(deserializeDate(day).minus({ months })), until: day };
}
