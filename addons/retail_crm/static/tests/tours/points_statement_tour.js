import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_points_statement", {
    steps: () => [
        {
            content: "what Anna has, on her card",
            trigger: ".o_retail_card_wallet:contains('Club'):contains('120')",
        },
        {
            content: "what expires is said as well",
            trigger: ".o_retail_card_wallet .o_retail_tile_note:contains('20 expire after')",
        },
        { content: "open the wallet", trigger: ".o_retail_card_wallet", run: "click" },
        { content: "what can be spent", trigger: ".o_retail_points_available:contains('120')" },
        { content: "what waits", trigger: ".o_retail_points_pending:contains('15')" },
        { content: "what expires next", trigger: ".o_retail_points_expiry:contains('20')" },
        {
            content: "the whole statement",
            trigger: ".o_retail_statement .btn-group button:contains('All')",
            run: "click",
        },
        {
            content: "it begins with nothing",
            trigger: ".o_retail_statement_lines .o_retail_opening:contains('At the beginning')",
        },
        {
            content: "what was earned",
            trigger: ".o_retail_statement_lines tr[data-kind='earn']:contains('+65')",
        },
        {
            content: "and what is left, with what waits",
            trigger: ".o_retail_statement_lines .o_retail_closing:contains('135')",
        },
        {
            content: "open the order behind a movement",
            trigger: ".o_retail_statement_events tr[data-kind='earn'] .o_retail_link",
            run: "click",
        },
        { content: "it is the order", trigger: ".o_form_view .o_field_widget[name='order_line']" },
        {
            content: "go back",
            trigger: ".breadcrumb .o_back_button, .o_breadcrumb .o_back_button",
            run: "click",
        },
        { content: "look at the lots", trigger: ".o_notebook a[name='lots']", run: "click" },
        { content: "what expires when", trigger: ".o_retail_expiries li:contains('20')" },
        { content: "lot by lot", trigger: "div[name='lot_ids'] .o_data_row td[name='remaining']" },
    ],
});

registry.category("web_tour.tours").add("retail_crm_points_expiring", {
    steps: () => [
        { content: "by month", trigger: ".o_group_header" },
        {
            content: "whom to call, and no money",
            trigger:
                ".o_list_view:not(:has(th[data-name='value'])) .o_data_row .o_data_cell:contains('Anna Peeters')",
            run: "click",
        },
        { content: "her wallet", trigger: ".o_retail_points_available:contains('120')" },
    ],
});

registry.category("web_tour.tours").add("retail_crm_points_roll_forward", {
    steps: () => [
        { content: "it ties out", trigger: ".o_retail_check_verdict.o_retail_right" },
        { content: "half a year is there", trigger: ".o_retail_roll_forward thead th:eq(5)" },
        { content: "in money", trigger: ".o_retail_in_money", run: "click" },
        {
            content: "what is owed",
            trigger: ".o_retail_roll_forward .o_retail_closing td:last:contains('$')",
        },
        {
            content: "the month before, day by day",
            trigger: ".o_retail_filters button:contains('Previous month')",
            run: "click",
        },
        {
            content: "more columns than months",
            trigger: ".o_retail_roll_forward thead th:eq(27)",
        },
        {
            content: "this month",
            trigger: ".o_retail_filters button:contains('This month')",
            run: "click",
        },
        {
            content: "and in points again",
            trigger: ".o_retail_filters .btn-group[aria-label='Points or money'] button:contains('Points')",
            run: "click",
        },
        {
            content: "open what was earned",
            trigger: ".o_retail_roll_forward tr[data-kind='earn'] .o_retail_link",
            run: "click",
        },
        {
            content: "its movements",
            trigger: ".o_list_view .o_data_row:contains('Anna Peeters') [name='kind']:contains('Earned')",
        },
        {
            content: "go back",
            trigger: ".breadcrumb .o_back_button, .o_breadcrumb .o_back_button",
            run: "click",
        },
        {
            content: "the days are still there",
            trigger: ".o_retail_filters .active:contains('This month')",
        },
        { content: "as a list", trigger: ".o_retail_by_day", run: "click" },
        { content: "day by day", trigger: ".o_list_view .o_data_row td[name='day']" },
        {
            content: "with what it is worth",
            trigger: ".o_list_view .o_data_row td[name='value']:contains('$')",
        },
    ],
});
