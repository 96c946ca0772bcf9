import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatList } from "@web/core/l10n/utils";

import { RetailChart } from "../shared/chart";
import { formatCount, formatMoney } from "../shared/formats";
import { toneValue } from "../shared/tones";

import { Component } from "@odoo/owl";

const BOUGHT_COLOR = 4;
const RETURNED_COLOR = 1;

/** What the customer bought and gave back in each of the last twelve months. */
export class PurchaseMonths extends Component {
    static template = "retail_crm.PurchaseMonths";
    static components = { RetailChart };
    static props = { card: Object };

    setup() {
        this.getConfig = this.getConfig.bind(this);
    }

    get months() {
        return this.props.card.months.map((month) => ({
            ...month,
            title: deserializeDate(month.month).toLocaleString({ month: "short", year: "2-digit" }),
        }));
    }

    money(amount) {
        return formatMoney(amount, this.props.card.currency_id);
    }

    get label() {
        return _t(
            "Purchases of the last twelve months: %s",
            formatList(this.months.map((month) => this.say(month))),
        );
    }

    say({ title, bought, returned }) {
        return `${title} ${this.money(bought + returned)}`;
    }

    get isEmpty() {
        return this.props.card.months.every(({ bought, returned }) => !bought && !returned);
    }

    getConfig() {
        const { months } = this;
        return {
            type: "bar",
            data: {
                labels: months.map(({ title }) => title),
                datasets: [
                    {
                        label: _t("Bought"),
                        data: months.map(({ bought }) => bought),
                        backgroundColor: toneValue(BOUGHT_COLOR),
                        borderRadius: 3,
                    },
                    {
                        label: _t("Returned"),
                        data: months.map(({ returned }) => returned),
                        backgroundColor: toneValue(RETURNED_COLOR),
                        borderRadius: 3,
                    },
                ],
            },
            options: {
                maintainAspectRatio: false,
                scales: {
                    x: {
                        stacked: true,
                        grid: { display: false },
                        ticks: { maxRotation: 0, autoSkipPadding: 8 },
                    },
                    y: { stacked: true, ticks: { maxTicksLimit: 4 } },
                },
                plugins: {
                    legend: { display: false },
                    tooltip: {
                        callbacks: {
                            label: ({ dataset, raw }) => `${dataset.label}: ${this.money(raw)}`,
                            footer: ([{ dataIndex }]) =>
                                _t("%s purchase days", formatCount(months[dataIndex].purchase_days)),
                        },
                    },
                },
            },
        };
    }
}
