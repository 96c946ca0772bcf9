import { _t } from "@web/core/l10n/translation";

import { formatDay, formatMoney } from "../shared/formats";

import { Component, useState } from "@odoo/owl";

const SHOWN_AT_FIRST = 5;

/** The customer's last purchases, document by document; a document opens where the reader may open it. */
export class PurchaseTimeline extends Component {
    static template = "retail_crm.PurchaseTimeline";
    static props = { card: Object, openRecord: Function, openList: Function };

    setup() {
        this.state = useState({ isOpen: false });
    }

    get documents() {
        const { documents, currency_id: currencyId } = this.props.card;
        return documents.slice(0, this.state.isOpen ? documents.length : SHOWN_AT_FIRST).map((document) => ({
            ...document,
            date: formatDay(document.day),
            title: document.reference || document.kind,
            sum: formatMoney(document.amount, currencyId),
            place: [
                document.reference && !document.is_return ? document.kind : "",
                document.channel,
                document.store,
            ]
                .filter(Boolean)
                .join(" · "),
        }));
    }

    get hiddenCount() {
        return this.props.card.documents.length - this.documents.length;
    }

    get moreWords() {
        return _t("%s more", this.hiddenCount);
    }

    open(document) {
        const { res_model: model, res_id: id, domain, title } = document;
        return domain ? this.props.openList(model, domain, title) : this.props.openRecord(model, id, title);
    }
}
