import { _t } from "@web/core/l10n/translation";

import { formatCount, formatShare } from "../shared/formats";

import { Component } from "@odoo/owl";

const ACTIONS = "retail_crm.retail_action_action";

/** What became of the actions: of each strategy, of each person, and with which outcome. */
export class EffectLoop extends Component {
    static template = "retail_crm.EffectLoop";
    static props = { loop: Object, since: String, open: Object };

    get states() {
        return [
            { name: "done", title: _t("Done") },
            { name: "cancelled", title: _t("Cancelled") },
            { name: "lapsed", title: _t("No longer due") },
            { name: "still_open", title: _t("Open") },
            { name: "never_closed", title: _t("Never closed") },
            { name: "held_out", title: _t("Left alone") },
        ];
    }

    get tables() {
        const { strategies, people } = this.props.loop;
        return [
            {
                name: "strategies",
                title: _t("By strategy"),
                rows: this.getRows(strategies, _t("Without a strategy"), (id) => [["strategy_id", "=", id]]),
            },
            {
                name: "people",
                title: _t("By person"),
                rows: this.getRows(people, _t("Nobody"), getDomainOfPerson),
            },
        ];
    }

    getRows(groups, nobody, getDomain) {
        const most = Math.max(...groups.map(({ made }) => made), 1);
        return groups.map((group) => ({
            ...group,
            domain: getDomain(group.id || false),
            key: group.id || 0,
            title: group.name || nobody,
            madeWords: formatCount(group.made),
            doneWords: formatCount(group.done),
            successWords: group.done ? formatShare(group.successes / group.done) : "",
            neverClosedWords: formatCount(group.never_closed),
            width: `width: ${(group.made / most) * 100}%`,
            parts: this.getParts(group),
        }));
    }

    getParts(group) {
        const counts = { ...group, still_open: group.open - group.never_closed };
        return this.states
            .filter(({ name }) => counts[name])
            .map(({ name, title }) => ({
                name,
                style: `flex-grow: ${counts[name]}`,
                label: `${title}: ${formatCount(counts[name])}`,
            }));
    }

    get totals() {
        const { total } = this.props.loop;
        return [
            { name: "made", title: _t("Made"), words: formatCount(total.made) },
            { name: "done", title: _t("Done"), words: formatCount(total.done) },
            { name: "lapsed", title: _t("No longer due"), words: formatCount(total.lapsed) },
            {
                name: "never_closed",
                title: _t("Never closed"),
                words: formatCount(total.never_closed),
                isBad: total.never_closed > 0,
            },
        ];
    }

    get outcomes() {
        const { outcomes } = this.props.loop;
        const most = Math.max(...outcomes.map(({ count }) => count), 1);
        return outcomes.map((outcome) => ({
            ...outcome,
            key: outcome.id || 0,
            title: outcome.name || _t("Without an outcome"),
            words: formatCount(outcome.count),
            style: `width: ${(outcome.count / most) * 100}%`,
        }));
    }

    openActions(name, domain) {
        return this.props.open.filtered(ACTIONS, name, [["decided_on", ">=", this.props.since], ...domain]);
    }

    openRow({ title, domain }) {
        return this.openActions(title, domain);
    }

    openOutcome({ title, id }) {
        return this.openActions(title, [
            ["state", "=", "done"],
            ["outcome_id", "=", id || false],
        ]);
    }
}

/** Whoever ended an action stands for it, else its owner; nobody's work was to leave a customer alone. */
function getDomainOfPerson(id) {
    const ended = ["done", "cancelled"];
    return [
        ["state", "!=", "held_out"],
        "|",
        "&",
        ["state", "in", ended],
        ["done_by_id", "=", id],
        "&",
        ["state", "not in", ended],
        ["user_id", "=", id],
    ];
}
