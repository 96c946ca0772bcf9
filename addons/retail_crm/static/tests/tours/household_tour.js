import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_households_manager", {
    steps: () => [
        { content: "a new household", trigger: ".o_list_button_add", run: "click" },
        { content: "its name", trigger: ".o_field_widget[name='name'] input", run: "edit The Peeters" },
        { content: "its head", trigger: ".o_field_widget[name='head_id'] input", run: "edit Anna Peeters" },
        { content: "choose her", trigger: ".ui-menu-item a:contains('Anna Peeters')", run: "click" },
        { content: "who else", trigger: ".o_field_x2many_list_row_add a", run: "click" },
        { content: "her husband", trigger: ".modal .o_data_row :contains('Bert Peeters')", run: "click" },
        {
            content: "save",
            trigger: "body:not(:has(.modal)) .o_form_button_save",
            run: "click",
        },
        {
            content: "both are members",
            trigger: ".o_form_saved .o_field_widget[name='member_ids']:contains('Anna'):contains('Bert')",
        },
        { content: "their points", trigger: ".nav-link:contains('Points')", run: "click" },
        {
            content: "are in one wallet",
            trigger: ".o_field_widget[name='wallet_ids'] .o_data_row:contains('Club'):contains('40')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_wallet_block_manager", {
    steps: () => [
        { content: "block it", trigger: "button[name='action_block']:contains('Block')", run: "click" },
        { content: "say why", trigger: ".modal [name='reason'] input", run: "edit Card reported stolen" },
        { content: "do it", trigger: ".modal footer button:contains('Block')", run: "click" },
        {
            content: "everybody reads why",
            trigger: "body:not(:has(.modal)) .alert:contains('Card reported stolen')",
        },
        { content: "unblock it", trigger: "button[name='action_block']:contains('Unblock')" },
    ],
});
