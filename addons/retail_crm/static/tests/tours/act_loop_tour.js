import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_act_loop_staff", {
    steps: () => [
        {
            content: "Anna has something open",
            trigger: ".oe_stat_button[name='action_open_retail_actions']:contains('Open actions')",
            run: "click",
        },
        {
            content: "open it",
            trigger: ".o_data_row .o_data_cell:contains('Stay in touch')",
            run: "click",
        },
        { content: "why it is there", trigger: ".o_form_view [name='event']:contains('Contact overdue')" },
        {
            content: "log what came of it",
            trigger: ".o_form_view button[name='action_log_outcome']",
            run: "click",
        },
        {
            content: "nobody picked up the phone",
            trigger: ".modal .o_radio_item:contains('Not reached') input",
            run: "click",
        },
        {
            content: "what the next one should know",
            trigger: ".modal [name='note'] textarea",
            run: "edit Call in the evening",
        },
        {
            content: "try again",
            trigger: ".modal [name='next_on'] button, .modal [name='next_on'] input",
            run: "click",
        },
        {
            content: "in some weeks",
            trigger: ".o_datetime_picker .o_next",
            run: "click",
        },
        {
            content: "on the first day that is offered of that month",
            trigger: ".o_datetime_picker .o_date_item_cell:not(.o_out_of_range):contains('15')",
            run: "click",
        },
        { content: "log it", trigger: ".modal button[name='action_log']", run: "click" },
        {
            content: "the loop is done",
            trigger: ".o_form_view:not(:has(.modal)) .o_arrow_button_current:contains('Done')",
        },
    ],
});
