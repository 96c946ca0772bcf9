import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_points_staff", {
    steps: () => [
        {
            content: "open Anna's wallet",
            trigger: ".o_data_row .o_data_cell:contains('Anna Peeters')",
            run: "click",
        },
        { content: "she deserves more", trigger: "button:contains('Adjust points')", run: "click" },
        {
            content: "the dialog knows her",
            trigger: ".modal [name='partner_id']:contains('Anna Peeters')",
        },
        { content: "how many", trigger: ".modal [name='amount'] input", run: "edit 60" },
        {
            content: "what kind of reason",
            trigger: ".modal [name='category_id'] .o_selection_badge:contains('Complaint')",
            run: "click",
        },
        { content: "and why", trigger: ".modal [name='reason'] input", run: "edit The parcel came late" },
        {
            content: "staff are told that they have to ask",
            trigger: ".modal .alert:contains('gets your request')",
        },
        { content: "they ask", trigger: ".modal footer button:contains('Send the request')", run: "click" },
        {
            content: "it is on its way",
            trigger: ".o_notification:contains('on its way')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_points_manager", {
    steps: () => [
        {
            content: "the request waits for an answer",
            trigger: ".o_data_row:contains('The parcel came late'):contains('Requested')",
        },
        {
            content: "open it",
            trigger: ".o_data_row .o_data_cell:contains('The parcel came late')",
            run: "click",
        },
        { content: "approve it", trigger: ".o_form_view button[name='action_approve']", run: "click" },
        {
            content: "it is answered, and there is nothing left to answer",
            trigger:
                ".o_form_view:not(:has(button[name='action_approve'])) [name='closed_by_id']:contains('points_manager_user')",
        },
        { content: "look where the points went", trigger: "button[name='action_open_wallet']", run: "click" },
        { content: "they are in the wallet", trigger: ".o_form_view:contains('The parcel came late')" },
    ],
});
