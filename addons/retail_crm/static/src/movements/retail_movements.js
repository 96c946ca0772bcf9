import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { useOpenRecords } from "../dashboard/open_records";
import { formatCount, formatDay, formatMoney } from "../shared/formats";
import { SegmentFlow } from "../shared/segment_flow";
import { SegmentMatrix } from "../shared/segment_matrix";
import { NO_SEGMENT } from "../shared/segment_moves";
import { CohortMap } from "./cohort_map";
import { MovementFilters, periodUntil } from "./movement_filters";
import { ANY_SEGMENT, movementText } from "./movement_text";
import { SegmentTrend } from "./segment_trend";

import { Component, onWillStart, useState } from "@odoo/owl";

const FILTERS = ["store_id", "user_id", "strategy_id"];

/** Who moved between two days, who is about to, how the segments develop and who came back; every figure opens its customers. */
export class RetailMovements extends Component {
    static template = "retail_crm.Movements";
    static components = { CohortMap, Layout, MovementFilters, SegmentFlow, SegmentMatrix, SegmentTrend };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.open = useOpenRecords(() => this.data.company_id);
        this.keepLast = new KeepLast();
        this.state = useState({ movements: null, choice: this.props.state?.choice });
        // whoever comes back from a list finds the page as it was
        useSetupAction({ getLocalState: () => ({ choice: { ...this.state.choice } }) });
        onWillStart(() => this.load());
    }

    async load() {
        this.data = await this.orm.call("retail.movements", "get_data", []);
        if (this.data.as_of) {
            this.state.choice ??= {
                ...periodUntil(this.data.as_of, 1),
                ...Object.fromEntries(FILTERS.map((name) => [name, false])),
            };
            await this.loadMovements();
        }
    }

    async loadMovements() {
        const { since, until, ...filters } = this.choice;
        this.state.movements = this.isOrdered
            ? await this.keepLast.add(
                  this.orm.call("retail.movements", "get_movements", [since, until, filters]),
              )
            : null;
    }

    update(changes) {
        Object.assign(this.state.choice, changes);
        return this.loadMovements();
    }

    get choice() {
        return this.state.choice;
    }

    get isOrdered() {
        return this.choice.since < this.choice.until;
    }

    get movements() {
        return this.state.movements;
    }

    get intro() {
        return _t("From the segment at the end of %(since)s to that at the end of %(until)s.", {
            since: formatDay(this.choice.since),
            until: formatDay(this.choice.until),
        });
    }

    /** How many rose, fell, came and stayed, each with the movements that it counts. */
    get summary() {
        const place = Object.fromEntries(this.data.segments.map(({ id }, position) => [id, position]));
        const isMove = ({ from_id: from, to_id: to }) => from !== NO_SEGMENT && from !== to;
        return [
            {
                name: "rose",
                title: _t("rose"),
                listTitle: _t("Customers who rose"),
                isCounted: (cell) => isMove(cell) && place[cell.to_id] < place[cell.from_id],
            },
            {
                name: "fell",
                title: _t("fell"),
                listTitle: _t("Customers who fell"),
                isCounted: (cell) => isMove(cell) && place[cell.to_id] > place[cell.from_id],
            },
            {
                name: "new",
                title: _t("are new"),
                listTitle: _t("New customers"),
                isCounted: (cell) => cell.from_id === NO_SEGMENT,
            },
            {
                name: "stayed",
                title: _t("stayed"),
                listTitle: _t("Customers who stayed"),
                isCounted: (cell) => cell.from_id === cell.to_id,
            },
        ].map((kind) => {
            const cells = this.movements.cells.filter(kind.isCounted);
            return {
                ...kind,
                cells,
                count: formatCount(cells.reduce((sum, cell) => sum + cell.customers, 0)),
            };
        });
    }

    get prospects() {
        const worth = ({ value }) => _t("worth %s", formatMoney(value, this.data.currency_id));
        return [
            {
                name: "upgrades",
                title: _t("Upgrade candidates"),
                note: _t("At least 80% of the value from which the next segment begins"),
                action: "retail_crm.retail_profile_action_upgrade",
                domain: [["is_near_upgrade", "=", true]],
            },
            {
                name: "slipping",
                title: _t("Slipping customers"),
                note: _t("Likely to stay away, or hardly above the value at which their segment ends"),
                action: "retail_crm.retail_profile_action_slipping",
                domain: [["is_slipping", "=", true]],
            },
        ].map((prospect) => ({
            ...prospect,
            count: formatCount(this.movements[prospect.name].customers),
            worth: worth(this.movements[prospect.name]),
        }));
    }

    get narrowing() {
        return FILTERS.filter((name) => this.choice[name]).map((name) => [name, "=", this.choice[name]]);
    }

    get originTitle() {
        return _t("From");
    }

    sayMoves({ customers, value }, origin, target) {
        return _t("%(origin)s → %(target)s: customers %(count)s, worth %(value)s today", {
            origin: origin.name,
            target: target.name,
            count: formatCount(customers),
            value: formatMoney(value, this.data.currency_id),
        });
    }

    /** Without an origin or target: of all segments. */
    openMoves(origin, target) {
        const name = _t("%(origin)s → %(target)s", {
            origin: origin?.name ?? _t("All"),
            target: target?.name ?? _t("All"),
        });
        const cell = { from_id: origin?.id ?? ANY_SEGMENT, to_id: target?.id ?? ANY_SEGMENT };
        return this.openMovements(name, [cell]);
    }

    openMovements(name, cells) {
        const texts = cells.map((cell) => movementText(this.choice, cell.from_id, cell.to_id));
        return this.open.customers(name, [["movement", "in", texts], ...this.narrowing]);
    }

    openProspects({ action, title, domain }) {
        return this.open.filtered(action, title, [...domain, ...this.narrowing]);
    }
}

registry.category("actions").add("retail_crm.movements", RetailMovements);
