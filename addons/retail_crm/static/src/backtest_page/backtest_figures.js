import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";

import { formatShare } from "../shared/formats";
import { toneStyle } from "../shared/tones";

import { Component } from "@odoo/owl";

/** 0.0734 -> "7.3": points of a percentage, where a figure and its bar lie close together. */
function formatPoints(share) {
    return formatFloat(share * 100, { digits: [16, 1], trailingZeros: false });
}

/** The figures of one back-test, each with the bar that it must not break and what it is. */
export class BacktestFigures extends Component {
    static template = "retail_crm.BacktestFigures";
    static props = { backtest: Object, bars: Object };

    get figures() {
        const { backtest, bars } = this.props;
        const isRanked = backtest.model_rung === "rank";
        return [
            {
                name: "gini_value",
                title: _t("Sorting by value"),
                shown: `${formatPoints(backtest.gini_value)}%`,
                bar: _t("at least %s", `${formatPoints(backtest.gini_rfm + bars.gini_lead)}%`),
                meaning: _t(
                    "of the way from chance to knowing the future; recency, frequency and spend come %(rfm)s, spend alone %(spend)s",
                    {
                        rfm: formatShare(backtest.gini_rfm),
                        spend: formatShare(backtest.gini_monetary),
                    },
                ),
            },
            {
                name: "capture_top10",
                title: _t("Best tenth brought"),
                shown: formatShare(backtest.capture_top10),
                meaning: _t("of the revenue that followed came from the tenth with most value"),
            },
            {
                name: "auc",
                title: _t("Right on risk"),
                shown: formatShare(backtest.auc),
                bar: _t("at least %s", formatShare(bars.auc)),
                meaning: _t("of pairs, one who stayed away and one who came; a coin is right in 50%"),
            },
            {
                name: "ece",
                title: _t("Percentages off by"),
                shown: isRanked ? "–" : _t("%s points", formatPoints(backtest.ece)),
                bar: isRanked ? "" : _t("at most %s points", formatPoints(bars.ece)),
                meaning: isRanked
                    ? _t("no percentages were given: too little history")
                    : _t("between what was said and how many stayed away"),
            },
            {
                name: "total_error",
                title: _t("Total off by"),
                shown: `${backtest.total_error > 0.005 ? "+" : ""}${Math.round(backtest.total_error * 100)}%`,
                bar: _t("at most %s either way", formatShare(bars.total_error)),
                meaning:
                    backtest.total_error > 0
                        ? _t("more revenue was expected than came")
                        : _t("less revenue was expected than came"),
            },
        ].map((figure) => ({ ...figure, ...this.judge(figure) }));
    }

    judge({ name, bar }) {
        const isBroken = this.props.backtest.warnings.some(({ figure }) => figure === name);
        return { isBroken, isJudged: Boolean(bar), style: toneStyle(isBroken ? "medium" : "low") };
    }
}
