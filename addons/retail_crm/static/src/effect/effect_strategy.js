import { _t } from "@web/core/l10n/translation";

import { formatCount } from "../shared/formats";
import { toneStyle } from "../shared/tones";
import { EffectInterval, formatEach, formatInterval } from "./effect_interval";

import { Component } from "@odoo/owl";

// room beside the bars for their amounts
const MARGIN = 1.35;

/** What a strategy brought: in words, as a bar, with what one must know to judge it, and by event. */
export class EffectStrategy extends Component {
    static template = "retail_crm.EffectStrategy";
    static components = { EffectInterval };
    static props = { strategy: Object, currencyId: Number, open: Object };

    get strategy() {
        return this.props.strategy;
    }

    get effect() {
        return this.strategy.effect;
    }

    get style() {
        return toneStyle(this.strategy.color);
    }

    get isKnown() {
        return this.effect.verdict !== "unknown";
    }

    get share() {
        return this.strategy.share
            ? _t("%s%% of customers are left alone", formatCount(Math.round(this.strategy.share)))
            : _t("nobody is left alone now");
    }

    /** How far the lines reach to both sides, the same for all bars of the card. */
    get reach() {
        const known = [this.effect, ...this.strategy.parts].filter(({ verdict }) => verdict !== "unknown");
        return Math.max(...known.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]), 0.01) * MARGIN;
    }

    get sides() {
        return [
            {
                name: "treated",
                title: _t("Looked after"),
                count: formatCount(this.effect.treated),
                mean: formatEach(this.effect.treated_mean, this.props.currencyId),
            },
            {
                name: "held_out",
                title: _t("Left alone"),
                count: formatCount(this.effect.held_out),
                mean: formatEach(this.effect.held_out_mean, this.props.currencyId),
            },
        ];
    }

    get comparisons() {
        const say = (effect) => formatInterval(effect, this.props.currencyId);
        const main =
            this.effect.measure === "contribution"
                ? _t("Contribution: %(difference)s each (%(low)s to %(high)s)", say(this.effect))
                : _t("Revenue: %(difference)s each (%(low)s to %(high)s)", say(this.effect));
        const others = [];
        if (this.effect.plain) {
            others.push(
                _t(
                    "Without a look at the time before: %(difference)s (%(low)s to %(high)s)",
                    say(this.effect.plain),
                ),
            );
        }
        if (this.effect.revenue) {
            others.push(_t("Revenue: %(difference)s each (%(low)s to %(high)s)", say(this.effect.revenue)));
        }
        return [main, ...others];
    }

    get parts() {
        return this.strategy.parts.map((part) => ({
            ...part,
            key: `${part.event}/${part.kind}`,
            isKnown: part.verdict !== "unknown",
            sizes: _t("%(treated)s looked after, %(alone)s left alone", {
                treated: formatCount(part.treated),
                alone: formatCount(part.held_out),
            }),
        }));
    }

    openStrategy() {
        return this.props.open.record("retail.strategy", this.strategy.id);
    }
}
