import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_policy_manager", {
    steps: () => [
        {
            content: "the rules in use cannot be edited",
            trigger: ".o_field_widget[name='half_life_weeks'].o_readonly_modifier",
        },
        { content: "edit a new version", trigger: "button[name='action_new_version']", run: "click" },
        {
            content: "it changes nothing yet",
            trigger: ".o_field_widget[name='difference']:contains('Same rules as the active policy')",
        },
        {
            content: "older purchases shall count less",
            trigger: ".o_field_widget[name='half_life_weeks'] input",
            run: "edit 13",
        },
        { content: "save", trigger: ".o_form_button_save", run: "click" },
        {
            content: "what that means is said",
            trigger:
                ".o_field_widget[name='difference']:contains('13 weeks'):contains('Older purchases count less')",
        },
        {
            content: "a manager does not approve",
            trigger: ".o_form_view:not(:has(button[name='action_approve']))",
        },
        { content: "try it", trigger: "button[name='action_start_trial']", run: "click" },
        { content: "the trial waits for its turn", trigger: ".o_form_view:contains('Waiting')" },
        {
            content: "back to the policy",
            trigger: ".o_breadcrumb a:contains('version 2'), .breadcrumb-item a:contains('version 2')",
            run: "click",
        },
        {
            content: "it is on trial, with its rules frozen",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Trial')",
        },
        {
            content: "the half-life too",
            trigger: ".o_field_widget[name='half_life_weeks'].o_readonly_modifier",
        },
    ],
});
