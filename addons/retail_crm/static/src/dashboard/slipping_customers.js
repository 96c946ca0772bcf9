import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay, formatMoney } from "../shared/formats";

import { Component } from "@odoo/owl";

/** Customers who are likely to stay away, those of most value by name. */
export class SlippingCustomers extends Component {
    static template = "retail_crm.SlippingCustomers";
    static props = { data: Object, open: Object };

    get summary() {
        const { slipping, currency_id: currencyId } = this.props.data;
        return _t("%(count)s in all, worth %(value)s", {
            count: formatCount(slipping.customers),
            value: formatMoney(slipping.value, currencyId),
        });
    }

    get customers() {
        const { slipping, currency_id: currencyId } = this.props.data;
        return slipping.top.map((customer) => ({
            ...customer,
            worth: formatMoney(customer.value, currencyId),
            lastPurchase: formatDay(customer.last_purchase_date),
        }));
    }

    openAll() {
        return this.props.open.customers(_t("Slipping away"), [["reason_code", "=", "inactivity"]]);
    }
}
