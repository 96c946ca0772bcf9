import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay } from "./formats";

// fewer say nothing, whatever the figures are
const ENOUGH_CUSTOMERS = 100;

export function hasEnoughCustomers(backtest) {
    return backtest.customer_count >= ENOUGH_CUSTOMERS;
}

export function sayTooFew(backtest) {
    return _t(
        "Only %(count)s customers could be compared with what they did afterwards; from %(enough)s on this says how good value and risk are.",
        { count: formatCount(backtest.customer_count), enough: ENOUGH_CUSTOMERS },
    );
}

/** What was compared with what. */
export function sayComparison({ as_of: day, window_end: end, customer_count: count }) {
    return _t(
        "%(count)s customers were scored with what was known on %(day)s, and compared with what they did until %(end)s.",
        { count: formatCount(count), day: formatDay(day), end: formatDay(end) },
    );
}
