import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";

import { formatDay } from "../shared/formats";

/** 3 -> "3", 2.5 -> "2.50" */
export function formatQuantity(quantity) {
    return formatFloat(quantity, { digits: [16, Number.isInteger(quantity) ? 0 : 2] });
}

/** What there is, for how many, and when more comes. */
export function sayStock({ quantity, unit, rows, receipt }) {
    const words = { quantity: formatQuantity(quantity), unit, deliveries: rows.length };
    const stock = _t("%(quantity)s %(unit)s for %(deliveries)s deliveries.", words);
    const more = receipt
        ? _t("More comes on %(day)s: %(quantity)s %(unit)s.", {
              day: formatDay(receipt.day),
              quantity: formatQuantity(receipt.quantity),
              unit,
          })
        : _t("No more is on order.");
    return [stock, more].join(" ");
}

export function sayProtection({ remaining, classes, until }, unit) {
    return _t("%(quantity)s %(unit)s are protected for customers of %(classes)s until %(day)s.", {
        quantity: formatQuantity(remaining),
        unit,
        classes,
        day: formatDay(until),
    });
}
