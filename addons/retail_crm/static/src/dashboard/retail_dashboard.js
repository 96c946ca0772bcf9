import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { BacktestQuality } from "./backtest_quality";
import { Onboarding } from "./onboarding";
import { useOpenRecords } from "./open_records";
import { isUnderWay } from "./run_states";
import { RunStatus } from "./run_status";
import { SegmentCards } from "./segment_cards";
import { SegmentMovements } from "./segment_movements";
import { SegmentShares } from "./segment_shares";
import { SlippingCustomers } from "./slipping_customers";
import { ValueRiskMap } from "./value_risk_map";

import { Component, onWillStart, onWillUnmount, useState } from "@odoo/owl";

const POLL_MILLISECONDS = 2000;

/** Who the customers are, who moves, who slips away, and how good the figures are; every figure opens its records. */
export class RetailDashboard extends Component {
    static template = "retail_crm.Dashboard";
    static components = {
        BacktestQuality,
        Layout,
        Onboarding,
        RunStatus,
        SegmentCards,
        SegmentMovements,
        SegmentShares,
        SlippingCustomers,
        ValueRiskMap,
    };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.open = useOpenRecords(() => this.data.company_id);
        this.state = useState({ data: null, isAsking: false });
        onWillStart(() => this.load());
        onWillUnmount(() => browser.clearTimeout(this.pollTimer));
    }

    get data() {
        return this.state.data;
    }

    get isRunning() {
        return this.state.isAsking || isUnderWay(this.data.run);
    }

    async load() {
        this.state.data = await this.orm.call("retail.dashboard", "get_data", []);
        this.pollWhileRunning();
    }

    pollWhileRunning() {
        browser.clearTimeout(this.pollTimer);
        if (isUnderWay(this.data.run)) {
            this.pollTimer = browser.setTimeout(() => this.poll(), POLL_MILLISECONDS);
        }
    }

    async poll() {
        const run = await this.orm.silent.call("retail.dashboard", "get_run", []);
        if (!isUnderWay(run)) {
            return this.load();
        }
        this.data.run = run;
        this.pollWhileRunning();
    }

    async recompute() {
        this.state.isAsking = true;
        try {
            const notification = await this.orm.call("retail.run", "action_recompute", []);
            await this.action.doAction(notification);
            await this.load();
        } finally {
            this.state.isAsking = false;
        }
    }

    async applyHorizon() {
        const { policy_id: policyId } = this.data.horizon;
        await this.orm.call("retail.policy", "action_apply_proposed_horizon", [[policyId]]);
        await this.recompute();
    }

    openImport() {
        return this.open.action("retail_crm.retail_history_import_action", { onClose: () => this.load() });
    }
}

registry.category("actions").add("retail_crm.dashboard", RetailDashboard);
