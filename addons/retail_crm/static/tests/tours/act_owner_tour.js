import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_owner_assign", {
    steps: () => [
        { content: "start an assignment", trigger: ".o_list_button_add", run: "click" },
        {
            content: "customers nobody looks after",
            trigger: ".o_field_widget[name='scope'] label:contains('nobody looks after')",
            run: "click",
        },
        { content: "work it out", trigger: "button[name='action_propose']", run: "click" },
        {
            content: "Ann gets six and the bar shows it",
            trigger: ".o_data_row:contains('Ann'):contains('6 of 20') .o_retail_workload_fill",
        },
        { content: "Ben gets three", trigger: ".o_data_row:contains('Ben'):contains('3 of 10')" },
        { content: "look who goes where", trigger: "button[name='action_open_changes']", run: "click" },
        { content: "by person", trigger: ".o_group_name:contains('Ann (6)')" },
        { content: "back", trigger: ".breadcrumb-item a:contains('Assignment of')", run: "click" },
        { content: "apply it", trigger: "button[name='action_apply']", run: "click" },
        { content: "sure", trigger: ".modal-footer .btn-primary", run: "click" },
        {
            content: "it is applied",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Applied')",
        },
        {
            content: "nine changed hands",
            trigger: ".o_field_widget[name='applied_count']:contains('9')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_owner_hand_over", {
    steps: () => [
        { content: "my customers", trigger: ".o_group_header:contains('Ann')", run: "click" },
        {
            content: "choose her",
            trigger: ".o_data_row:contains('Carla') .o_list_record_selector input",
            run: "click",
        },
        { content: "actions", trigger: ".o_cp_action_menus button:contains('Actions')", run: "click" },
        { content: "hand over", trigger: ".o-dropdown-item:contains('Hand over')", run: "click" },
        {
            content: "to Ben",
            trigger: ".modal .o_field_widget[name='to_id'] input",
            run: "edit Ben",
        },
        {
            content: "that one",
            trigger: ".o-autocomplete--dropdown-item a:contains('Ben')",
            run: "click",
        },
        {
            content: "what he should know",
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit Likes tea",
        },
        { content: "do it", trigger: ".modal button[name='action_hand_over']", run: "click" },
        { content: "done", trigger: "body:not(:has(.modal))" },
        {
            content: "she is Ben's now",
            trigger: ".o_group_header:contains('Ben (1)')",
        },
    ],
});
