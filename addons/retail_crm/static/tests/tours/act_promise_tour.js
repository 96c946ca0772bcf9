import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_promise_staff", {
    steps: () => [
        {
            content: "promise Anna something",
            trigger: ".o_form_view button[name='action_retail_promise']",
            run: "click",
        },
        {
            content: "a gift",
            trigger: ".modal .o_radio_item:contains('Gift') input",
            run: "click",
        },
        {
            content: "the words are there already; say them better",
            trigger: ".modal [name='text'] input",
            run: "edit A tin of green tea",
        },
        {
            content: "that was it",
            trigger: ".modal .o_form_button_save:contains('Promise'), .modal footer .btn-primary",
            run: "click",
        },
        {
            content: "the customer shows it",
            trigger:
                ".o_form_view:not(:has(.modal)) button[name='action_open_retail_promises']:contains('Open promises')",
            run: "click",
        },
        {
            content: "open it",
            trigger: ".o_data_row .o_data_cell:contains('A tin of green tea')",
            run: "click",
        },
        { content: "by whom", trigger: ".o_form_view [name='made_by_id']:contains('Dora')" },
        {
            content: "done",
            trigger: ".o_form_view button[name='action_keep']:contains('Kept')",
            run: "click",
        },
        {
            content: "it is kept",
            trigger: ".o_form_view .o_arrow_button_current:contains('Kept')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_promise_manager", {
    steps: () => [
        { content: "who keeps promises", trigger: ".o_pivot th:contains('Share broken')" },
        { content: "by segment then", trigger: ".o_pivot th:contains('Key')" },
        { content: "half of Dora's are broken", trigger: ".o_pivot td:contains('50.0')" },
        { content: "as a picture", trigger: "button.o_switch_view.o_graph", run: "click" },
        { content: "it is drawn", trigger: ".o_graph_canvas_container canvas" },
    ],
});
