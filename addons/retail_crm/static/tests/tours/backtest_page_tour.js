import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_backtest_page", {
    steps: () => [
        { content: "the newest back-test holds", trigger: ".o_retail_verdict:contains('The figures hold')" },
        {
            content: "its figures stand beside their bars",
            trigger: ".o_retail_backtest_figure[data-figure='auc']:contains('85%'):contains('at least 70%')",
        },
        { content: "what was said and what came is drawn", trigger: ".o_retail_calibration_chart canvas" },
        { content: "and how it went over time", trigger: "[data-chart='ranking'] canvas" },
        {
            content: "pick the one in the middle",
            trigger: "#o_retail_backtest_choice",
            run() {
                this.anchor.selectedIndex = 2;
                this.anchor.dispatchEvent(new Event("change"));
            },
        },
        { content: "it warns", trigger: ".o_retail_verdict:contains('One figure is worse')" },
        {
            content: "and says what to make of it",
            trigger: ".o_retail_backtest_warning:contains('only weakly'):contains('own rhythm')",
        },
        {
            content: "the broken figure is marked",
            trigger: ".o_retail_broken[data-figure='auc']:contains('60%')",
        },
        { content: "all figures are a click away", trigger: ".o_retail_all_backtests", run: "click" },
        { content: "as a list", trigger: ".o_list_view .o_data_row" },
    ],
});
