import { _t } from "@web/core/l10n/translation";

import { RetailChart } from "../shared/chart";
import { formatCount, formatShare, joinClauses } from "../shared/formats";
import { toneValue } from "../shared/tones";

import { Component } from "@odoo/owl";

const OBSERVED_COLOR = 7;
const DIAGONAL_COLOR = 0;
const SMALLEST_RADIUS = 4;
const LARGEST_RADIUS = 22;

/** What was said about staying away, and how many did: bubbles on the diagonal are right. */
export class BacktestCalibration extends Component {
    static template = "retail_crm.BacktestCalibration";
    static components = { RetailChart };
    static props = { backtest: Object };

    setup() {
        this.getConfig = this.getConfig.bind(this);
    }

    get groups() {
        return this.props.backtest.calibration || [];
    }

    sayGroup({ customers, predicted, observed }) {
        return _t("%(count)s customers: %(predicted)s said to stay away, %(observed)s did", {
            count: formatCount(customers),
            predicted: formatShare(predicted),
            observed: formatShare(observed),
        });
    }

    get label() {
        return joinClauses(this.groups.map((group) => this.sayGroup(group)));
    }

    get bubbles() {
        const most = Math.max(...this.groups.map(({ customers }) => customers));
        return this.groups.map(({ customers, predicted, observed }) => ({
            x: predicted * 100,
            y: observed * 100,
            // the area tells the number
            r: Math.max(SMALLEST_RADIUS, LARGEST_RADIUS * Math.sqrt(customers / most)),
        }));
    }

    getConfig() {
        const axis = (text) => ({
            type: "linear",
            min: 0,
            max: 100,
            title: { display: true, text },
            ticks: { callback: (share) => `${share}%`, stepSize: 20 },
        });
        return {
            data: {
                datasets: [
                    {
                        type: "bubble",
                        label: _t("A tenth of the scale"),
                        data: this.bubbles,
                        clip: false,
                        backgroundColor: `${toneValue(OBSERVED_COLOR)}aa`,
                        borderColor: toneValue(OBSERVED_COLOR),
                    },
                    {
                        type: "line",
                        label: _t("Right"),
                        data: [
                            { x: 0, y: 0 },
                            { x: 100, y: 100 },
                        ],
                        borderColor: toneValue(DIAGONAL_COLOR),
                        borderDash: [6, 4],
                        borderWidth: 1.5,
                        pointRadius: 0,
                        pointHitRadius: 0,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                scales: { x: axis(_t("Said to stay away")), y: axis(_t("Stayed away")) },
                plugins: {
                    legend: { display: false },
                    tooltip: {
                        filter: ({ datasetIndex }) => datasetIndex === 0,
                        callbacks: { label: ({ dataIndex }) => this.sayGroup(this.groups[dataIndex]) },
                    },
                },
            },
        };
    }
}
