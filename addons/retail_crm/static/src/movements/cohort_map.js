import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay, formatMoney, formatShare } from "../shared/formats";

import { Component } from "@odoo/owl";

// more would leave the text unreadable
const STRONGEST_SHADE = 75;

/** Of the customers who bought first in a month (rows), which share bought again so many months later (columns). */
export class CohortMap extends Component {
    static template = "retail_crm.CohortMap";
    static props = { cohorts: Object, currencyId: Number, open: Object };

    get note() {
        return _t(
            "Counted on %s, once a week anew. The last month of each row is not over yet.",
            formatDay(this.asOf),
        );
    }

    get asOf() {
        return this.props.cohorts.as_of;
    }

    get offsets() {
        return this.props.cohorts.rows[0].cells.map((_cell, offset) => offset);
    }

    get rows() {
        const greatest = this.getGreatestShare();
        return this.props.cohorts.rows.map(({ month, cells }) => {
            const title = this.sayMonth(month, 0);
            const size = cells[0].customers;
            return {
                month,
                title,
                size: formatCount(size),
                cells: this.offsets.map((offset) =>
                    offset < cells.length
                        ? this.getCell(month, offset, cells[offset], size, greatest)
                        : { offset },
                ),
            };
        });
    }

    /** Of those who came back: everybody bought in the first month, which would leave the others pale. */
    getGreatestShare() {
        const shares = this.props.cohorts.rows.flatMap(({ cells }) =>
            cells.slice(1).map(({ customers }) => customers / cells[0].customers),
        );
        return Math.max(...shares, 0.01);
    }

    getCell(month, offset, { customers, contribution }, size, greatest) {
        const share = customers / size;
        const shade = offset ? (share / greatest) * STRONGEST_SHADE : STRONGEST_SHADE;
        const words = {
            month: this.sayMonth(month, offset),
            customers: formatCount(customers),
            size: formatCount(size),
        };
        return {
            offset,
            share: formatShare(share),
            style: `--retail-shade: ${Math.round(shade)}%`,
            label:
                contribution === null
                    ? _t("%(month)s: %(customers)s of %(size)s bought", words)
                    : _t("%(month)s: %(customers)s of %(size)s bought, contribution %(contribution)s", {
                          ...words,
                          contribution: formatMoney(contribution, this.props.currencyId),
                      }),
        };
    }

    sayMonth(month, offset) {
        return deserializeDate(month)
            .plus({ months: offset })
            .toLocaleString({ month: "short", year: "numeric" });
    }

    openCohort({ month, title }) {
        const following = serializeDate(deserializeDate(month).plus({ months: 1 }));
        return this.props.open.customers(_t("First purchase in %s", title), [
            ["first_purchase_date", ">=", month],
            ["first_purchase_date", "<", following],
        ]);
    }
}
