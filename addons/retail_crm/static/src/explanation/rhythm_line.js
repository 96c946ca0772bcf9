import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay, formatMoney } from "../shared/formats";

import { Component } from "@odoo/owl";

// longer ago than this before the last purchase, a rhythm is history
const YEARS_SHOWN = 2;
// share of the past that is shown of the days to come, at most
const FUTURE_SHARE = 0.5;
const TICKS = 5;
// from so many days on, the marks below the line say months
const DAYS_IN_MONTHS = 200;

/** The purchases as dots on a line of time, returns below it, the silence since, and the day on which it would drop. */
export class RhythmLine extends Component {
    static template = "retail_crm.RhythmLine";
    static props = { explanation: Object };

    get span() {
        const { as_of: asOf, history, counterfactual } = this.props.explanation;
        const end = deserializeDate(asOf);
        const days = history.purchases
            .map(({ day }) => deserializeDate(day))
            .sort((one, other) => one - other);
        const last = days.at(-1) || end;
        const oldest = last.minus({ years: YEARS_SHOWN });
        const first = days.find((day) => day >= oldest) || last;
        // one purchase today would leave no line at all
        const start = end.diff(first, "days").days < 30 ? end.minus({ days: 30 }) : first;
        const drop = counterfactual.drop && deserializeDate(counterfactual.drop.day);
        const isDropShown = Boolean(drop) && drop - end <= FUTURE_SHARE * (end - start);
        return { start, end, last, drop: isDropShown ? drop : null, until: isDropShown ? drop : end };
    }

    getPosition(day, { start, until }) {
        return `${((100 * (day - start)) / (until - start)).toFixed(2)}%`;
    }

    /** Everything that stands on the line, with its place. */
    get line() {
        const { span } = this;
        const at = (day) => this.getPosition(day, span);
        return {
            purchases: this.getDots("purchases", span),
            returns: this.getDots("returns", span),
            silence: `inset-inline-start: ${at(span.last)}; width: calc(${at(span.end)} - ${at(span.last)});`,
            today: `inset-inline-start: ${at(span.end)};`,
            drop: span.drop && `inset-inline-start: ${at(span.drop)};`,
            ticks: this.getTicks(span),
        };
    }

    getDots(name, span) {
        const { history, currency } = this.props.explanation;
        return history[name]
            .map(({ day, amount }) => ({ day, date: deserializeDate(day), amount }))
            .filter(({ date }) => date >= span.start)
            .map(({ day, date, amount }) => ({
                key: `${name} ${day}`,
                style: `inset-inline-start: ${this.getPosition(date, span)};`,
                title: `${formatDay(day)}: ${formatMoney(amount, currency.id)}`,
            }));
    }

    getTicks({ start, until }) {
        const days = until.diff(start, "days").days;
        const format = days < DAYS_IN_MONTHS ? { day: "numeric" } : { year: "numeric" };
        return Array.from({ length: TICKS }, (_tick, index) => ({
            key: index,
            words: start
                .plus({ days: (days * index) / (TICKS - 1) })
                .toLocaleString({ month: "short", ...format }),
        }));
    }

    get dropTitle() {
        const { drop } = this.props.explanation.counterfactual;
        return _t("%(segment)s from %(day)s on if nothing is bought", {
            segment: drop.segment.name,
            day: formatDay(drop.day),
        });
    }

    get silenceWords() {
        const { span } = this;
        return _t("%s days of silence", formatCount(span.end.diff(span.last, "days").days));
    }

    get label() {
        const { purchases, returns } = this.props.explanation.history;
        return _t("%(purchases)s days with purchases and %(returns)s with returns, then %(silence)s", {
            purchases: formatCount(purchases.length),
            returns: formatCount(returns.length),
            silence: this.silenceWords,
        });
    }
}
