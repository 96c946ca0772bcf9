import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay, formatFineShare, formatShare } from "../shared/formats";
import { getSides } from "./sides";

import { Component } from "@odoo/owl";

/** How well each policy's figures foretold what customers then did; the better one of each pair stands out. */
export class TrialBacktest extends Component {
    static template = "retail_crm.TrialBacktest";
    static props = { report: Object };

    get isKnown() {
        const { active, draft } = this.props.report.backtest;
        return Boolean(active && draft);
    }

    get columns() {
        return getSides();
    }

    get intro() {
        const { as_of: day, horizon_weeks: weeks, customer_count: count } = this.props.report.backtest.draft;
        return _t(
            "Both were given only what was known on %(day)s, and compared with what %(count)s customers did in the %(weeks)s weeks after it.",
            { day: formatDay(day), count: formatCount(count), weeks: formatCount(weeks) },
        );
    }

    get rows() {
        return this.getMeasures().map((measure) => ({ ...measure, cells: this.getCells(measure) }));
    }

    /** Each with what it means for a shop manager, and by how much it misses the best (0 is best). */
    getMeasures() {
        const missing = (figure) => 1 - figure;
        return [
            {
                name: "capture_top10",
                title: _t("Revenue that the tenth of customers with most value brought"),
                format: formatShare,
                miss: missing,
            },
            {
                name: "gini_value",
                title: _t(
                    "How far sorting by value comes on the way from chance (0%) to knowing the future (100%)",
                ),
                format: formatShare,
                miss: missing,
            },
            {
                name: "gini_rfm",
                title: _t("… and points for recency, frequency and spend"),
                format: formatShare,
            },
            { name: "gini_monetary", title: _t("… and spend alone"), format: formatShare },
            {
                name: "auc",
                title: _t(
                    "Of one who stayed away and one who came back, the risk named the right one (a coin: 50%)",
                ),
                format: formatShare,
                miss: missing,
            },
            ...(this.isRanked ? [] : [this.getOdds()]),
            {
                name: "total_error",
                title: _t("Expected revenue of all customers together, against what then came"),
                format: (error) => (error > 0 ? "+" : "") + formatFineShare(error),
                miss: Math.abs,
            },
        ];
    }

    getOdds() {
        return {
            name: "ece",
            title: _t("Probabilities of staying away were off by, on average"),
            format: (error) => _t("%s points", formatFineShare(error).replace("%", "")),
            miss: Math.abs,
        };
    }

    /** With little history, risk is a rank and no probability. */
    get isRanked() {
        return Object.values(this.props.report.backtest).some((figures) => figures.model_rung === "rank");
    }

    getCells({ name, format, miss }) {
        const figures = getSides().map((side) => ({
            side: side.name,
            figure: this.props.report.backtest[side.name][name],
        }));
        const words = figures.map(({ figure }) => format(figure));
        return figures.map(({ side, figure }, position) => ({
            side,
            words: words[position],
            // what looks the same is the same
            isBetter:
                Boolean(miss) &&
                words[0] !== words[1] &&
                miss(figure) === Math.min(...figures.map((cell) => miss(cell.figure))),
        }));
    }
}
