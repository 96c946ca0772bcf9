import { formatCurrency } from "@web/core/currency";
import { deserializeDate, toLocaleDateString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";

/** 1,234.56 in the company's currency; without decimals from a thousand on, where they only disturb. */
export function formatMoney(amount, currencyId) {
    return formatCurrency(amount, currencyId, Math.abs(amount) >= 1000 ? { digits: [16, 0] } : {});
}

/** 12,345.67 -> "12k", 1,500 -> "1.5k" with the symbol, for places that are narrow. */
export function formatShortMoney(amount, currencyId) {
    const size = Math.abs(amount);
    const decimals = size >= 1000 && size < 10000 && Math.round(size / 100) % 10 ? 1 : 0;
    return formatCurrency(amount, currencyId, { humanReadable: true, digits: [16, decimals] });
}

export function formatCount(number) {
    return formatFloat(number, { digits: [16, 0] });
}

/** 0.123 -> "12%"; a share that is there but rounds to nothing shows as "<1%". */
export function formatShare(share) {
    return share > 0 && share < 0.005 ? "<1%" : `${Math.round(share * 100)}%`;
}

/** 0.0123 -> "1.2%", where whole percents say too little. */
export function formatFineShare(share) {
    return `${formatFloat(share * 100, { digits: [16, 1] })}%`;
}

/** 1,234.56 -> "+$ 1,235", -1,234.56 -> "−$ 1,235": what is gained or lost, as roughly as an estimate is. */
export function formatGain(amount, currencyId) {
    const rounded = Math.round(amount);
    const sign = rounded > 0 ? "+" : rounded < 0 ? "−" : "";
    return `${sign}${formatCurrency(Math.abs(rounded), currencyId, { digits: [16, 0] })}`;
}

/** "2024-05-01" as the server gives it -> "May 1, 2024" in the reader's language. */
export function formatDay(day) {
    return day ? toLocaleDateString(deserializeDate(day)) : "";
}

/** ["pays late", "bought once"] -> "pays late; bought once", with the reader's punctuation. */
export function joinClauses(clauses) {
    // a mark alone is no term that could be translated, therefore the pattern around it
    return clauses.length
        ? clauses.reduce((words, clause) => _t("%(words)s; %(clause)s", { words, clause }))
        : "";
}
