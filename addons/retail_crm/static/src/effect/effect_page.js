import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { useOpenRecords } from "../dashboard/open_records";
import { formatDay } from "../shared/formats";
import { EffectLoop } from "./effect_loop";
import { EffectPlan } from "./effect_plan";
import { EffectStrategy } from "./effect_strategy";

import { Component, onWillStart, useState } from "@odoo/owl";

const MONTHS = 12;
const DAYS = 90;

/** What came of it: what each strategy brought against customers left alone, what could be seen, and of the actions. */
export class EffectPage extends Component {
    static template = "retail_crm.EffectPage";
    static components = { EffectLoop, EffectPlan, EffectStrategy, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.open = useOpenRecords(() => this.data.company_id);
        this.state = useState({
            data: null,
            choice: this.props.state?.choice ?? { months: MONTHS, window_days: DAYS },
        });
        // whoever comes back from a list finds the page as it was
        useSetupAction({ getLocalState: () => ({ choice: { ...this.state.choice } }) });
        onWillStart(() => this.load());
    }

    get data() {
        return this.state.data;
    }

    async load() {
        this.state.data = await this.keepLast.add(
            this.orm.call("retail.effect.page", "get_data", [], { ...this.state.choice }),
        );
    }

    choose(choice) {
        Object.assign(this.state.choice, choice);
        return this.load();
    }

    get periods() {
        return this.data.periods.map((months) => ({
            months,
            title: _t("%s months", months),
            isChosen: months === this.data.months,
        }));
    }

    get windows() {
        return this.data.windows.map((days) => ({
            days,
            title: _t("%s days", days),
            isChosen: days === this.data.window_days,
        }));
    }

    get explanation() {
        const facts = { since: formatDay(this.data.since), days: this.data.window_days };
        return this.data.measure === "contribution"
            ? _t(
                  "Customers drawn since %(since)s, and what they contributed (revenue minus cost of goods) in the %(days)s days that followed.",
                  facts,
              )
            : _t(
                  "Customers drawn since %(since)s, and for how much they bought in the %(days)s days that followed.",
                  facts,
              );
    }

    get counted() {
        return this.data.as_of
            ? _t("Counted on %s, once a week.", formatDay(this.data.as_of))
            : _t("Nothing has been counted yet; the first figures come with the nightly run.");
    }

    /** Those of which something can be said come first. */
    get strategies() {
        const isKnown = ({ effect }) => effect.verdict !== "unknown";
        return [
            ...this.data.strategies.filter(isKnown),
            ...this.data.strategies.filter((one) => !isKnown(one)),
        ];
    }

    get plans() {
        return this.data.strategies.filter(({ plan }) => plan);
    }
}

registry.category("actions").add("retail_crm.effect_page", EffectPage);
