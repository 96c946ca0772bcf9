import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_staff", {
    steps: () => [
        { content: "everybody is there", trigger: ".o_data_row:contains('Bert Claes')" },
        {
            content: "type a piece of the phone number",
            trigger: ".o_searchview_input",
            run: "edit 550101",
        },
        { content: "look for it", trigger: ".o_searchview_input", run: "press Enter" },
        { content: "Anna is found, alone", trigger: ".o_list_view:not(:contains('Bert Claes'))" },
        {
            content: "open Anna",
            trigger: ".o_data_row .o_data_cell:contains('Anna Peeters')",
            run: "click",
        },
        { content: "her segment", trigger: ".o_retail_customer_segment:contains('Strategic')" },
        { content: "what to do for her", trigger: ".o_retail_customer_strategy:contains('Alliance')" },
        {
            content: "she collects no points",
            trigger: ".o_retail_customer_card:not(:has(.o_retail_card_wallet))",
        },
        {
            content: "what would change it, in a line",
            trigger: ".o_retail_customer_changes:contains('if nothing is bought until')",
        },
        { content: "ask why", trigger: ".o_retail_customer_reason", run: "click" },
        {
            content: "the rule",
            trigger: ".o_retail_explanation_rule:contains('Strategic: among the best 10% by value')",
        },
        {
            content: "no way up is left",
            trigger: ".o_retail_change_lift.o_retail_change_none:contains('already in the highest segment')",
        },
        {
            content: "the way down",
            trigger: ".o_retail_change_drop:contains('if nothing is bought until')",
        },
        {
            content: "the place decides",
            trigger: ".o_retail_fact_percentile.o_retail_fact_decisive:contains('rank 1 of 12')",
        },
        {
            content: "staff see revenue by month",
            trigger: ".o_retail_explanation .o_retail_months_chart canvas",
        },
        { content: "and the rhythm", trigger: ".o_retail_rhythm_line .o_retail_rhythm_purchase" },
        {
            content: "open the purchases behind the contribution",
            trigger: ".o_retail_fact_contribution .o_retail_link",
            run: "click",
        },
        { content: "they are there", trigger: ".o_list_view .o_data_row:contains('400')" },
        {
            content: "look at the dashboard",
            trigger: "[data-menu-xmlid='retail_crm.retail_dashboard_menu']",
            run: "click",
        },
        {
            content: "staff see the figures and cannot recompute them",
            trigger: ".o_retail_dashboard_action:not(:has(.o_retail_recompute)) .o_retail_segment_card",
        },
        {
            content: "nor how good they were",
            trigger: ".o_retail_dashboard:not(:has(.o_retail_backtest))",
        },
    ],
});
