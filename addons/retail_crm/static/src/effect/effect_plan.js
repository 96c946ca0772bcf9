import { _t } from "@web/core/l10n/translation";

import { formatEach } from "./effect_interval";

import { Component, useState } from "@odoo/owl";

const SHARE = 10;
const MONTHS = 6;

/** How large an effect must be to be noticed, by share left alone and months: to look at before one starts. */
export class EffectPlan extends Component {
    static template = "retail_crm.EffectPlan";
    static props = { strategies: Array, currencyId: Number };

    setup() {
        this.state = useState({ strategyId: null, share: null, months: MONTHS });
    }

    get strategy() {
        const { strategies } = this.props;
        return strategies.find(({ id }) => id === this.state.strategyId) || strategies[0];
    }

    get plan() {
        return this.strategy.plan;
    }

    /** What was picked, else the share that the strategy has. */
    get share() {
        const { shares, share } = this.plan;
        return this.state.share ?? (shares.includes(share) ? share : SHARE);
    }

    get months() {
        return this.plan.months.map((months) => ({
            months,
            title: months === 1 ? _t("1 month") : _t("%s months", months),
        }));
    }

    get rows() {
        return this.plan.shares.map((share) => ({
            share,
            title: _t("%s%% left alone", share),
            cells: this.plan.cells
                .filter((cell) => cell.share === share)
                .map((cell) => ({
                    ...cell,
                    isChosen: cell === this.chosen,
                    amount:
                        cell.smallest === null
                            ? _t("too few")
                            : formatEach(cell.smallest, this.props.currencyId),
                })),
        }));
    }

    get chosen() {
        return this.plan.cells.find(
            ({ share, months }) => share === this.share && months === this.state.months,
        );
    }

    get levels() {
        return [
            { name: "good", title: _t("even a small effect shows") },
            { name: "fair", title: _t("a clear effect shows") },
            { name: "poor", title: _t("only a very large effect shows") },
            { name: "none", title: _t("nothing shows") },
        ];
    }

    pickStrategy({ target }) {
        Object.assign(this.state, { strategyId: Number(target.value), share: null });
    }

    pick({ share, months }) {
        Object.assign(this.state, { share, months });
    }
}
