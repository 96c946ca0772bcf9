import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_manager", {
    steps: () => [
        {
            content: "all customers are in segments",
            trigger: ".o_retail_segment_card:contains('Transactional')",
        },
        { content: "the charts are drawn", trigger: ".o_retail_shares_chart canvas" },
        { content: "the map has the customers", trigger: ".o_retail_map_cell:contains('1')" },
        {
            content: "whoever slips away is named with the reason",
            trigger: ".o_retail_slipping tbody:contains('Bert Claes'):contains('bought every 14 days')",
        },
        {
            content: "open the strategic customers",
            trigger: ".o_retail_segment_card:contains('Strategic')",
            run: "click",
        },
        { content: "only they are there", trigger: ".o_list_view:not(:contains('Bert Claes'))" },
        {
            content: "open Anna",
            trigger: ".o_data_row .o_data_cell:contains('Anna Peeters')",
            run: "click",
        },
        {
            content: "the card says who she is",
            trigger: ".o_retail_customer_card .o_retail_customer_segment:contains('Strategic')",
        },
        {
            content: "and why",
            trigger: ".o_retail_customer_reason:contains('buys every 14 days')",
        },
        { content: "the value has a trend", trigger: ".o_retail_sparkline canvas" },
        {
            content: "open the strategy",
            trigger: ".o_retail_customer_strategy:contains('Alliance')",
            run: "click",
        },
        { content: "the playbook is there", trigger: ".o_retail_customer_playbook li:contains('deputy')" },
        {
            content: "open her last purchase",
            trigger: ".o_retail_timeline li:first-child .o_retail_link",
            run: "click",
        },
        {
            content: "it is the imported one",
            trigger: ".o_form_view .o_field_widget[name='amount']:contains('400')",
        },
        {
            content: "back to the dashboard",
            trigger: "[data-menu-xmlid='retail_crm.retail_dashboard_menu']",
            run: "click",
        },
        { content: "recompute", trigger: ".o_retail_recompute:enabled", run: "click" },
        { content: "the wish is noted and waits", trigger: ".o_retail_progress:contains('Waiting')" },
        { content: "one is enough", trigger: ".o_retail_recompute:disabled" },
    ],
});
