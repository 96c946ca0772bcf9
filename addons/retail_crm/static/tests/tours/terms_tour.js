import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_terms_staff", {
    steps: () => [
        {
            content: "the order says which rule gave its terms",
            trigger:
                ".o_retail_order_terms:contains('Alliance, customers for a year or longer'):contains('free delivery')",
        },
        { content: "nothing is wrong yet", trigger: ".o_form_view:not(:has(.o_retail_ceiling_problem))" },
        { content: "give a discount", trigger: ".o_data_row .o_data_cell[name='discount']", run: "click" },
        {
            content: "more than is allowed",
            trigger: ".o_selected_row [name='discount'] input",
            run: "edit 50 && press Tab",
        },
        {
            content: "the line says so at once",
            trigger: ".o_data_cell[name='retail_ceiling_warning']:contains('over 12 %')",
        },
        { content: "and so does the order", trigger: ".o_retail_ceiling_problem:contains('50 % discount')" },
        {
            content: "the margin is gone, too, and by what",
            trigger: ".o_retail_margin_step[data-cause='discount']:contains('50.00')",
        },
        { content: "confirm nevertheless", trigger: "button[name='action_confirm']:visible", run: "click" },
        { content: "a manager must", trigger: ".modal:contains('Without a manager')" },
        { content: "so be it", trigger: ".modal footer button.btn-primary", run: "click" },
        { content: "it is still a quotation", trigger: ".o_arrow_button_current:contains('Quotation')" },
        { content: "undo the discount", trigger: ".o_data_row .o_data_cell[name='discount']", run: "click" },
        {
            content: "to what is allowed",
            trigger: ".o_selected_row [name='discount'] input",
            run: "edit 10 && press Tab",
        },
        { content: "nothing is wrong", trigger: ".o_form_view:not(:has(.o_retail_ceiling_problem))" },
        { content: "confirm", trigger: "button[name='action_confirm']:visible", run: "click" },
        { content: "done", trigger: ".o_arrow_button_current:contains('Sales Order')" },
    ],
});

registry.category("web_tour.tours").add("retail_crm_terms_manager", {
    steps: () => [
        {
            content: "the rules, in words",
            trigger:
                ".o_data_row:contains('Alliance, customers for a year or longer'):contains('up to 12 %')",
        },
        {
            content: "open it",
            trigger: ".o_data_row .o_data_cell:contains('customers for a year')",
            run: "click",
        },
        {
            content: "allow more",
            trigger: ".o_form_view [name='discount_ceiling'] input",
            run: "edit 20 && press Tab",
        },
        { content: "limit returns", trigger: "[name='has_return_window'] input", run: "click" },
        { content: "within days", trigger: "[name='return_days'] input", run: "edit 60 && press Tab" },
        {
            content: "the sentence follows",
            trigger: "[name='gives_text']:contains('returns within 60 days')",
        },
        { content: "save", trigger: ".o_form_button_save", run: "click" },
        { content: "saved", trigger: ".o_form_saved, .o_form_readonly" },
    ],
});
