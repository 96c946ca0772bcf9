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
        { content: "her points", trigger: ".o_retail_tile_points:contains('no card')" },
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
