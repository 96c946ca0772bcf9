import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { hasEnoughCustomers, sayComparison, sayTooFew } from "../shared/backtest_words";
import { formatDay } from "../shared/formats";
import { BacktestCalibration } from "./backtest_calibration";
import { BacktestFigures } from "./backtest_figures";
import { BacktestHistory } from "./backtest_history";

import { Component, onWillStart, useState } from "@odoo/owl";

/** How far value and risk can be trusted: one back-test in words and pictures, and all of them over time. */
export class BacktestPage extends Component {
    static template = "retail_crm.BacktestPage";
    static components = { BacktestCalibration, BacktestFigures, BacktestHistory, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ data: null, chosenId: this.props.action.context.backtest_id });
        onWillStart(async () => {
            this.state.data = await this.orm.call("retail.backtest.page", "get_data", []);
        });
    }

    get backtests() {
        return this.state.data.backtests;
    }

    /** The one that was picked, or the newest. */
    get chosen() {
        return this.backtests.find(({ id }) => id === this.state.chosenId) || this.backtests[0];
    }

    /** Those that can be compared with the chosen one, oldest first: a longer horizon is another question. */
    get comparable() {
        const { horizon_weeks: weeks } = this.chosen;
        return this.backtests.filter((backtest) => backtest.horizon_weeks === weeks).reverse();
    }

    get others() {
        const number = this.backtests.length - this.comparable.length;
        return number
            ? _t(
                  "Back-tests that looked further or less far ahead (%(number)s) are left out of these lines.",
                  {
                      number,
                  },
              )
            : "";
    }

    get hasEnough() {
        return hasEnoughCustomers(this.chosen);
    }

    get intro() {
        return this.hasEnough ? sayComparison(this.chosen) : sayTooFew(this.chosen);
    }

    get isRanked() {
        return this.chosen.model_rung === "rank";
    }

    get isRough() {
        return this.chosen.model_rung === "rough";
    }

    get verdict() {
        const broken = this.chosen.warnings.length;
        if (!broken) {
            return _t("The figures hold: every one of them is as good as it should be.");
        }
        return broken === 1
            ? _t("One figure is worse than it should be.")
            : _t("%(number)s figures are worse than they should be.", { number: broken });
    }

    getTitle(backtest) {
        const words = _t("%(day)s to %(end)s, %(weeks)s weeks", {
            day: formatDay(backtest.as_of),
            end: formatDay(backtest.window_end),
            weeks: backtest.horizon_weeks,
        });
        return backtest.warnings.length && hasEnoughCustomers(backtest) ? `⚠ ${words}` : words;
    }

    pick(id) {
        this.state.chosenId = id;
    }

    onPick({ target }) {
        this.pick(Number(target.value));
    }

    /** When the first back-test comes, while there is none. */
    get firstWords() {
        const { first_purchase_date: start, horizon_weeks: weeks, day } = this.state.data.first;
        if (!start) {
            return _t(
                "No customer has a segment yet. The first back-test comes when the segments have been computed and the purchases reach back far enough.",
            );
        }
        const facts = { start: formatDay(start), weeks, day: formatDay(day) };
        return luxon.DateTime.fromISO(day) <= luxon.DateTime.now()
            ? _t(
                  "The purchases begin on %(start)s and the figures look %(weeks)s weeks ahead: that is enough. The first back-test comes with the next nightly run.",
                  facts,
              )
            : _t(
                  "The purchases begin on %(start)s and the figures look %(weeks)s weeks ahead, so the first back-test can be made on %(day)s. An import of older purchases brings it sooner.",
                  facts,
              );
    }

    openList() {
        return this.action.doAction("retail_crm.retail_backtest_action");
    }
}

registry.category("actions").add("retail_crm.backtest_page", BacktestPage);
