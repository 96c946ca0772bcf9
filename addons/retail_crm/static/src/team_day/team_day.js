import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { useOpenRecords } from "../dashboard/open_records";
import { formatCount, formatDay, formatMoney } from "../shared/formats";

import { Component, onWillStart, useState } from "@odoo/owl";

const ACTIONS = "retail_crm.retail_action_action";

/** Who has how much to do, what is late, who is away; every figure opens the actions, where one gives them to others. */
export class RetailTeamDay extends Component {
    static template = "retail_crm.TeamDay";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.open = useOpenRecords(() => this.data.company_id);
        this.state = useState({ data: null });
        onWillStart(() => this.load());
    }

    get data() {
        return this.state.data;
    }

    async load() {
        this.state.data = await this.orm.call("retail.team.day", "get_data", []);
    }

    async setOrder(order) {
        await this.orm.call("retail.team.day", "set_order", [order]);
        this.data.order = order;
    }

    get orders() {
        return this.data.orders.map(([order, title]) => ({
            order,
            title,
            isChosen: order === this.data.order,
        }));
    }

    get totals() {
        const sum = (name) => this.data.people.reduce((total, person) => total + person[name], 0);
        const overdue = sum("overdue");
        return [
            { name: "open", title: _t("Open"), words: formatCount(sum("open")) },
            { name: "overdue", title: _t("Overdue"), words: formatCount(overdue), isBad: overdue > 0 },
            {
                name: "value",
                title: _t("At stake"),
                words: formatMoney(sum("value"), this.data.currency_id),
            },
            { name: "done", title: _t("Done in 7 days"), words: formatCount(sum("done")), isGood: true },
        ];
    }

    get people() {
        const most = Math.max(...this.data.people.map(({ open }) => open), 1);
        return this.data.people.map((person) => ({
            ...person,
            key: person.user_id || "nobody",
            title: person.user_id ? person.name : _t("Nobody yet"),
            remark: this.getRemark(person),
            openWords: formatCount(person.open),
            overdueWords: formatCount(person.overdue),
            todayWords: formatCount(person.due_today),
            doneWords: formatCount(person.done),
            worth: formatMoney(person.value, this.data.currency_id),
            lateStyle: `width: ${(person.overdue / most) * 100}%`,
            restStyle: `width: ${((person.open - person.overdue) / most) * 100}%`,
        }));
    }

    getRemark(person) {
        if (!person.user_id) {
            return _t("Open the actions, select them and hand them over");
        }
        if (person.is_gone) {
            return _t("Works here no longer: hand over what is open");
        }
        if (!person.is_absent) {
            return "";
        }
        const until = person.absent_until
            ? _t("Away until %s", formatDay(person.absent_until))
            : _t("Away until further notice");
        return person.stands_in
            ? _t("%(until)s, %(deputy)s stands in", { until, deputy: person.stands_in })
            : _t("%s, nobody stands in", until);
    }

    get isCalm() {
        return !this.data.people.length;
    }

    openOpen(person) {
        return this.openActions(_t("Open: %s", person.title), person, [["state", "=", "open"]]);
    }

    openOverdue(person) {
        return this.openActions(_t("Overdue: %s", person.title), person, [
            ["state", "=", "open"],
            ["due_on", "<", this.data.today],
        ]);
    }

    openDone(person) {
        return this.open.filtered(ACTIONS, _t("Done in 7 days: %s", person.title), [
            ["state", "=", "done"],
            ["done_by_id", "=", person.user_id],
            ["done_on", ">=", this.data.done_since],
        ]);
    }

    openActions(name, person, domain) {
        return this.open.filtered(ACTIONS, name, [["user_id", "=", person.user_id], ...domain]);
    }
}

registry.category("actions").add("retail_crm.team_day", RetailTeamDay);
