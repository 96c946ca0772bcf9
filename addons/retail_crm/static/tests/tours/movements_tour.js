import { registry } from "@web/core/registry";

const backToThePage = [
    { content: "go back", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a", run: "click" },
    { content: "the page is there again", trigger: ".o_retail_flow" },
];

registry.category("web_tour.tours").add("retail_crm_movements_manager", {
    steps: () => [
        { content: "the picture has bands", trigger: ".o_retail_band" },
        { content: "last month is chosen", trigger: ".o_retail_filters .active:contains('Last month')" },
        {
            content: "who rose from transactional to strategic",
            trigger: ".o_retail_rise[title*='Transactional → Strategic']",
            run: "click",
        },
        {
            content: "is Anna alone",
            trigger: ".o_list_view:not(:contains('Customer 1')) .o_data_row:contains('Anna Peeters')",
        },
        ...backToThePage,
        {
            content: "the same band of the picture",
            trigger: ".o_retail_band[aria-label*='Transactional → Strategic']",
            run: "click",
        },
        { content: "opens the same", trigger: ".o_data_row:contains('Anna Peeters')" },
        ...backToThePage,
        {
            content: "look back a year",
            trigger: ".o_retail_filters button:contains('Last year')",
            run: "click",
        },
        { content: "then all twelve are new", trigger: ".o_retail_new:contains('12')", run: "click" },
        { content: "Bert too", trigger: ".o_data_row:contains('Bert Claes')" },
        ...backToThePage,
        {
            content: "the year is still chosen",
            trigger: ".o_retail_filters .active:contains('Last year')",
        },
        {
            content: "only who moved",
            trigger: ".o_retail_flow .form-check-input",
            run: "click",
        },
        {
            content: "value instead of customers",
            trigger: ".o_retail_segment_trend button:contains('Value')",
            run: "click",
        },
        { content: "the lines are drawn", trigger: ".o_retail_segment_trend canvas[aria-label*='Value']" },
        { content: "open a cohort", trigger: ".o_retail_cohort_table .o_retail_link:first", run: "click" },
        { content: "she is one of the first", trigger: ".o_data_row:contains('Anna Peeters')" },
        ...backToThePage,
        { content: "who is near the next segment", trigger: ".o_retail_upgrades", run: "click" },
        {
            content: "with what is missing",
            trigger: ".o_data_row td[name='missing_value']:contains('$')",
        },
        {
            content: "plan something with the first",
            trigger: ".o_data_row:first button[name='action_schedule_next_step']",
            run: "click",
        },
        {
            content: "what",
            trigger: ".modal .o_field_widget[name='summary'] input",
            run: "edit Invite for a coffee",
        },
        { content: "save", trigger: ".modal button[name='action_schedule_activities']", run: "click" },
        {
            content: "the next step stands in the list",
            trigger: ".o_data_row td[name='next_step']:contains('Invite for a coffee')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_movements_staff", {
    steps: () => [
        { content: "eleven stayed or rose", trigger: ".o_retail_matrix" },
        {
            content: "look for Sally's customers",
            trigger: ".o_retail_filter_record[data-name='user_id'] input",
            run: "edit Sally",
        },
        {
            content: "choose her",
            trigger: ".o-autocomplete--dropdown-item:contains('Sally Seller')",
            run: "click",
        },
        {
            content: "only Anna is left",
            trigger: ".o_retail_who_moved:has(.o_retail_stayed:disabled) .o_retail_rose:contains('1')",
            run: "click",
        },
        {
            content: "she is opened",
            trigger: ".o_data_row .o_data_cell:contains('Anna Peeters')",
            run: "click",
        },
        {
            content: "with her card",
            trigger: ".o_retail_customer_card .o_retail_customer_segment:contains('Strategic')",
        },
        {
            content: "the list of who slips is in the menu",
            trigger: "[data-menu-xmlid='retail_crm.retail_movements_menu']",
            run: "click",
        },
        {
            content: "open it",
            trigger: "[data-menu-xmlid='retail_crm.retail_slipping_customers_menu']",
            run: "click",
        },
        {
            content: "it has a column for the reason",
            trigger: ".o_list_view th[data-name='slipping_reason']",
        },
        {
            content: "who may not change customers plans nothing with them",
            trigger: ".o_list_view:not(:has(button[name='action_schedule_next_step']))",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_movements_empty", {
    steps: () => [
        {
            content: "what will be here",
            trigger: ".o_retail_empty:contains('No customer has a segment yet')",
        },
    ],
});
