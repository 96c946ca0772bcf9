import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

import { RetailChart } from "../shared/chart";
import { hasEnoughCustomers, sayComparison, sayTooFew } from "../shared/backtest_words";
import { formatCount, formatShare, joinClauses } from "../shared/formats";
import { toneValue } from "../shared/tones";

import { Component } from "@odoo/owl";

const VALUE_COLOR = 4;
const OTHER_COLOR = 0;
const OBSERVED_COLOR = 7;
const PREDICTED_COLOR = 2;

/** How good value and risk were: what they said some weeks ago beside what customers then did. */
export class BacktestQuality extends Component {
    static template = "retail_crm.BacktestQuality";
    static components = { RetailChart };
    static props = { data: Object, open: Object };

    setup() {
        this.getRankingConfig = this.getRankingConfig.bind(this);
        this.getCalibrationConfig = this.getCalibrationConfig.bind(this);
    }

    openPage() {
        return this.props.open.action("retail_crm.retail_backtest_page_action", {
            additionalContext: { backtest_id: this.backtest.id },
        });
    }

    get backtest() {
        return this.props.data.backtest;
    }

    get hasEnough() {
        return hasEnoughCustomers(this.backtest);
    }

    get tooFewWords() {
        return sayTooFew(this.backtest);
    }

    get intro() {
        return sayComparison(this.backtest);
    }

    get sentences() {
        const { capture_top10: capture, auc, ece, total_error: totalError } = this.backtest;
        const points = _t(
            "Predicted probabilities of staying away were off by %(points)s percentage points on average.",
            { points: Math.round(ece * 100) },
        );
        return [
            _t("The tenth of customers with most value brought %(share)s of the revenue.", {
                share: formatShare(capture),
            }),
            _t(
                "Of a customer who stayed away and one who bought, the risk was higher for the first in %(share)s of cases.",
                {
                    share: formatShare(auc),
                },
            ),
            ...(this.isRanked ? [] : [points]),
            this.sayTotal(totalError),
        ];
    }

    get isRanked() {
        return this.props.data.model_rung === "rank";
    }

    sayTotal(error) {
        const share = formatShare(Math.abs(error));
        if (Math.abs(error) < 0.005) {
            return _t("Expected revenue was what then came.");
        }
        return error < 0
            ? _t("Expected revenue was %(share)s less than what then came.", { share })
            : _t("Expected revenue was %(share)s more than what then came.", { share });
    }

    get rankings() {
        const { gini_value: value, gini_rfm: rfm, gini_monetary: monetary } = this.backtest;
        return [
            { title: _t("Our value"), gini: value, color: VALUE_COLOR },
            { title: _t("Recency, frequency, spend"), gini: rfm, color: OTHER_COLOR },
            { title: _t("Spend alone"), gini: monetary, color: OTHER_COLOR },
        ];
    }

    get rankingLabel() {
        const words = this.rankings.map(({ title, gini }) => `${title} ${formatShare(gini)}`);
        return _t("How well each ranking finds the customers who bring revenue: %s", formatList(words));
    }

    getRankingConfig() {
        return {
            type: "bar",
            data: {
                labels: this.rankings.map(({ title, gini }) => `${title} ${formatShare(gini)}`),
                datasets: [
                    {
                        data: this.rankings.map(({ gini }) => gini * 100),
                        backgroundColor: this.rankings.map(({ color }) => toneValue(color)),
                        borderRadius: 3,
                        barPercentage: 0.7,
                    },
                ],
            },
            options: {
                indexAxis: "y",
                maintainAspectRatio: false,
                scales: {
                    x: { min: 0, max: 100, ticks: { callback: (share) => `${share}%` } },
                    y: { grid: { display: false } },
                },
                plugins: {
                    legend: { display: false },
                    tooltip: { callbacks: { label: ({ raw }) => formatShare(raw / 100) } },
                },
            },
        };
    }

    get calibrationLabel() {
        const words = this.backtest.calibration.map(({ predicted, observed }) =>
            _t("predicted %(predicted)s, stayed away %(observed)s", {
                predicted: formatShare(predicted),
                observed: formatShare(observed),
            }),
        );
        return joinClauses(words);
    }

    getCalibrationConfig() {
        const bins = this.backtest.calibration;
        return {
            data: {
                labels: bins.map(({ predicted }) => formatShare(predicted)),
                datasets: [
                    {
                        type: "line",
                        label: _t("Predicted"),
                        data: bins.map(({ predicted }) => predicted * 100),
                        borderColor: toneValue(PREDICTED_COLOR),
                        backgroundColor: toneValue(PREDICTED_COLOR),
                        pointRadius: 3,
                    },
                    {
                        type: "bar",
                        label: _t("Stayed away"),
                        data: bins.map(({ observed }) => observed * 100),
                        backgroundColor: toneValue(OBSERVED_COLOR),
                        borderRadius: 3,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                scales: {
                    x: {
                        grid: { display: false },
                        title: { display: true, text: _t("Predicted to stay away") },
                    },
                    y: { min: 0, max: 100, ticks: { callback: (share) => `${share}%` } },
                },
                plugins: {
                    legend: { position: "bottom", labels: { usePointStyle: true, boxHeight: 7 } },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, raw }) => `${dataset.label}: ${formatShare(raw / 100)}`,
                            footer: ([{ dataIndex }]) =>
                                _t("%s customers", formatCount(bins[dataIndex].customers)),
                        },
                    },
                },
            },
        };
    }
}
