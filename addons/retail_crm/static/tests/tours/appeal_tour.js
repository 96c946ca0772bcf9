import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_appeal_staff", {
    steps: () => [
        {
            content: "open Anna",
            trigger: ".o_data_row .o_data_cell:contains('Anna Peeters')",
            run: "click",
        },
        { content: "her segment is wrong", trigger: ".o_retail_customer_appeal", run: "click" },
        { content: "the dialog knows her", trigger: ".modal [name='partner_id']:contains('Anna Peeters')" },
        {
            content: "what would be right",
            trigger: ".modal [name='wanted_segment_id'] input",
            run: "edit Strategic",
        },
        { content: "choose it", trigger: ".ui-menu-item a:contains('Strategic')", run: "click" },
        {
            content: "and why",
            trigger: ".modal [name='reason'] textarea",
            run: "edit Her sister buys for her",
        },
        {
            content: "send it",
            trigger: ".modal footer button:contains('Send to the managers')",
            run: "click",
        },
        {
            content: "the card shows that it is open, and asks for no second one",
            trigger:
                ".o_retail_customer_card:not(:has(.o_retail_customer_appeal)) .o_retail_customer_open_appeal:contains('Her sister buys for her')",
            run: "click",
        },
        {
            content: "staff see the appeal, and cannot answer it",
            trigger: ".o_form_view:not(:has(button[name='action_answer'])) button[name='action_withdraw']",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_appeal_manager", {
    steps: () => [
        {
            content: "the open appeal comes first",
            trigger: ".o_data_row:first-child:contains('Her sister buys for her') button:contains('Answer')",
            run: "click",
        },
        {
            content: "it is accepted with a pin",
            trigger: ".modal .o_radio_item:contains('Accepted: pinned') input",
            run: "click",
        },
        {
            content: "to the segment that was asked for",
            trigger: ".modal [name='segment_id'] input:value('Strategic')",
        },
        {
            content: "an answer in words",
            trigger: ".modal [name='answer'] textarea",
            run: "edit You are right",
        },
        { content: "send it", trigger: ".modal button[name='action_answer']", run: "click" },
        {
            content: "it is answered",
            trigger: ".o_list_view:not(:has(.modal)) .o_data_row:contains('Accepted: pinned')",
        },
    ],
});
