import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_act_effect", {
    steps: () => [
        {
            content: "the strategy's effect is said in words",
            trigger:
                ".o_retail_effect[data-verdict='more'] .o_retail_effect_words:contains('more each in 90 days')",
        },
        {
            content: "and drawn as a bar around zero",
            trigger: ".o_retail_effect[data-verdict='more'] .o_retail_interval[data-verdict='more']",
        },
        {
            content: "both sides are told",
            trigger: ".o_retail_effect_sides [data-side='held_out']:contains('1,000 customers')",
        },
        {
            content: "where nobody was left alone nothing is claimed",
            trigger: ".o_retail_effect[data-verdict='unknown']:contains('nobody was left alone')",
        },
        {
            content: "look at the events",
            trigger: ".o_retail_effect[data-verdict='more'] summary",
            run: "click",
        },
        {
            content: "each has its own bar",
            trigger: ".o_retail_effect_parts tr:contains('Slipping') .o_retail_interval_small",
        },
        {
            content: "what would be noticed is shown before one starts",
            trigger: ".o_retail_plan_words:contains('10 %')",
        },
        { content: "choose another share", trigger: "[data-cell='30/6']", run: "click" },
        {
            content: "it says what that means",
            trigger: ".o_retail_plan_words:contains('1,800 of 6,000'):contains('80 %'):contains('Good')",
        },
        { content: "shorter", trigger: "[data-days='30']", run: "click" },
        {
            content: "nothing was counted for 30 days",
            trigger: "[data-days='30'].active",
        },
        { content: "back", trigger: "[data-days='90']", run: "click" },
        {
            content: "what became of the actions",
            trigger: ".o_retail_loop_totals [data-figure='made']:contains('1')",
        },
        {
            content: "open those of a person",
            trigger: "[data-table='people'] .o_retail_link:contains('Dora')",
            run: "click",
        },
        { content: "as a list", trigger: ".o_list_view .o_data_row" },
    ],
});
