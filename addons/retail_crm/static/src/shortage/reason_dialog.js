import { Dialog } from "@web/core/dialog/dialog";

import { Component, useState } from "@odoo/owl";

/** Why is somebody served before the turn? Nobody goes on without an answer. */
export class ReasonDialog extends Component {
    static template = "retail_crm.ShortageReasonDialog";
    static components = { Dialog };
    static props = { customer: String, confirm: Function, close: Function };

    setup() {
        this.state = useState({ reason: "" });
    }

    get isGiven() {
        return Boolean(this.state.reason.trim());
    }

    confirm() {
        this.props.confirm(this.state.reason.trim());
        this.props.close();
    }
}
