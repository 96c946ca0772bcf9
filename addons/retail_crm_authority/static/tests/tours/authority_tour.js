import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_authority_asks", {
    steps: () => [
        {
            content: "the order says what is above the limit",
            trigger: ".o_retail_authority:contains('More than you may grant'):contains('the limit is 10')",
        },
        {
            content: "ask",
            trigger: ".o_retail_authority button:contains('Ask for approval')",
            run: "click",
        },
        {
            content: "the dialog says it again",
            trigger: ".modal .alert:contains('the limit is 10')",
        },
        {
            content: "say why",
            trigger: ".modal [name='reason'] input",
            run: "edit She buys every month",
        },
        { content: "send it", trigger: ".modal footer button:contains('Send the request')", run: "click" },
        {
            content: "it is on its way",
            trigger: ".o_notification:contains('should answer by')",
        },
        {
            content: "the order waits",
            trigger: ".o_retail_authority:contains('Waits for approval')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_authority_answers", {
    steps: () => [
        {
            content: "a request waits",
            trigger: ".o_data_row:contains('She buys every month')",
        },
        {
            content: "look at it",
            trigger: ".o_data_row .o_data_cell:contains('She buys every month')",
            run: "click",
        },
        {
            content: "what was asked for",
            trigger: ".o_form_view [name='content']:contains('Green tea')",
        },
        { content: "approve", trigger: ".o_form_view button[name='action_approve']", run: "click" },
        {
            content: "with some words",
            trigger: ".modal [name='answer'] input",
            run: "edit Once, for her",
        },
        { content: "send them", trigger: ".modal footer button:contains('Approve')", run: "click" },
        {
            content: "it is answered",
            trigger:
                ".o_form_view:not(:has(button[name='action_approve'])) [name='answer']:contains('Once, for her')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_authority_confirms", {
    steps: () => [
        {
            content: "the answer is on the order",
            trigger: ".o_retail_authority:contains('Approved'):contains('Once, for her')",
        },
        { content: "confirm it", trigger: "button[name='action_confirm']:enabled", run: "click" },
        {
            content: "it is an order",
            trigger: ".o_statusbar_status button[data-value='sale'].o_arrow_button_current",
        },
    ],
});
