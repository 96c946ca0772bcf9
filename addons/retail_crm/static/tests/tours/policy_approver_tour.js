import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_policy_approver", {
    steps: () => [
        {
            content: "open the policy on trial",
            trigger: ".o_data_row:contains('Trial') .o_data_cell[name='name']",
            run: "click",
        },
        { content: "decide", trigger: "button[name='action_approve']:contains('Approve')", run: "click" },
        {
            content: "the trial's verdicts are there",
            trigger:
                ".modal .o_field_widget[name='verdicts']:contains('Customers who change segment in a month')",
        },
        {
            content: "and what changes",
            trigger: ".modal .o_field_widget[name='difference']:contains('26 weeks'):contains('13 weeks')",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name='reason'] textarea",
            run: "edit Agreed in the meeting of managers",
        },
        { content: "approve", trigger: ".modal footer button[name='action_confirm']:visible", run: "click" },
        {
            content: "from now on it decides",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Active')",
        },
        {
            content: "the history knows why",
            trigger: ".o-mail-Chatter:contains('Agreed in the meeting of managers')",
        },
        {
            content: "who approved it is shown",
            trigger: ".o_field_widget[name='approved_by_id']:contains('policy_approver_user')",
        },
    ],
});
