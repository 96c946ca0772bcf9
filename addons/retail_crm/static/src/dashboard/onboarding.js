import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

import { formatCount } from "../shared/formats";

import { Component, useState } from "@odoo/owl";

/** The way from an empty database to segments: choose the data, run, look. Can be put away; comes back on another device. */
export class Onboarding extends Component {
    static template = "retail_crm.Onboarding";
    static props = { data: Object, isRunning: Boolean, openImport: Function, recompute: Function };

    setup() {
        this.state = useState({ isDismissed: Boolean(browser.localStorage.getItem(this.storageKey)) });
    }

    get storageKey() {
        return `retail_crm.onboarding_dismissed.${this.props.data.company_id}`;
    }

    get hasPurchases() {
        return this.props.data.onboarding.purchases > 0;
    }

    get found() {
        const { purchases, limit } = this.props.data.onboarding;
        if (!purchases) {
            return _t("Odoo has no confirmed orders or invoices yet.");
        }
        return purchases < limit
            ? _t(
                  "Odoo already knows %s lines of purchases: orders, invoices and imports.",
                  formatCount(purchases),
              )
            : _t("Odoo already knows more than %s lines of purchases.", formatCount(limit));
    }

    dismiss() {
        browser.localStorage.setItem(this.storageKey, "1");
        this.state.isDismissed = true;
    }
}
