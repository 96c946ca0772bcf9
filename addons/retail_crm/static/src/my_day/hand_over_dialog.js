import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { RecordSelector } from "@web/core/record_selectors/record_selector";

import { Component, useState } from "@odoo/owl";

/** Which colleague goes on with an action, and what they should know. */
export class HandOverDialog extends Component {
    static template = "retail_crm.HandOverDialog";
    static components = { Dialog, RecordSelector };
    static props = { card: Object, domain: Array, save: Function, close: Function };

    setup() {
        this.state = useState({ userId: false, note: "", isSaving: false });
    }

    get title() {
        return _t("Hand over: %s", this.props.card.customer.name);
    }

    get placeholder() {
        return _t("Choose a colleague");
    }

    get isReady() {
        return this.state.userId && !this.state.isSaving;
    }

    async save() {
        this.state.isSaving = true;
        try {
            await this.props.save({ ...this.state });
            this.props.close();
        } finally {
            this.state.isSaving = false;
        }
    }
}
