import { registry } from "@web/core/registry";

const openAnna = {
    content: "open Anna's wallet",
    trigger: ".o_data_row .o_data_cell:contains('Anna Peeters')",
    run: "click",
};

registry.category("web_tour.tours").add("retail_crm_tiers_staff", {
    steps: () => [
        {
            content: "Anna is near Gold",
            trigger:
                ".o_data_row:contains('Anna Peeters'):contains('Silver'):contains('Gold'):contains('50')",
        },
        openAnna,
        {
            content: "staff invite nobody",
            trigger:
                ".o_form_view:not(:has(button[name='action_invite_to_tier'])) button[name='action_hand_over_benefit']",
            run: "click",
        },
        {
            content: "what she may have",
            trigger: ".modal [name='benefit_id'] input",
            run: "edit Box of tea",
        },
        { content: "choose it", trigger: ".ui-menu-item a:contains('Box of tea')", run: "click" },
        { content: "two are left", trigger: ".modal [name='left_text']:contains('2 of 2')" },
        { content: "give one", trigger: ".modal footer button:contains('Hand it over')", run: "click" },
        {
            content: "it is noted",
            trigger: "body:not(:has(.modal)) .nav-link:contains('Benefits')",
            run: "click",
        },
        {
            content: "under her name",
            trigger: ".o_field_widget[name='benefit_use_ids'] :contains('Box of tea')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_tiers_manager", {
    steps: () => [
        openAnna,
        { content: "invite her", trigger: "button[name='action_invite_to_tier']", run: "click" },
        { content: "to Gold", trigger: ".modal [name='tier_id'] input", run: "edit Gold" },
        { content: "choose it", trigger: ".ui-menu-item a:contains('Gold')", run: "click" },
        { content: "why", trigger: ".modal [name='reason'] input", run: "edit Plays the organ" },
        { content: "send it", trigger: ".modal footer button:contains('Invite')", run: "click" },
        {
            content: "the history",
            trigger: "body:not(:has(.modal)) .nav-link:contains('Tiers')",
            run: "click",
        },
        {
            content: "says who is in Gold, and why",
            trigger:
                ".o_data_row:contains('Gold'):contains('Plays the organ') button[name='action_withdraw']",
            run: "click",
        },
        { content: "take it back", trigger: ".modal footer .btn-primary", run: "click" },
        {
            content: "she has what she earned",
            trigger: ".o_data_row:first:contains('Silver'):contains('Qualified')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_tiers_finance", {
    steps: () => [
        { content: "what was entitled to", trigger: ".o_pivot th:contains('Entitled')" },
        { content: "and what is left costs", trigger: ".o_pivot td:contains('8.00')" },
    ],
});
