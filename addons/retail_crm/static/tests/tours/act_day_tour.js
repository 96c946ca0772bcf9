import { registry } from "@web/core/registry";

const card = (name) => `.o_retail_action_card:contains('${name}')`;
const choose = (label) => ({
    content: `it came to ${label}`,
    trigger: `.modal .o_retail_outcomes button:contains('${label}')`,
    run: "click",
});

registry.category("web_tour.tours").add("retail_crm_my_day_staff", {
    steps: () => [
        {
            content: "open the app's menu of actions",
            trigger: "[data-menu-xmlid='retail_crm.menu_retail_actions']",
            run: "click",
        },
        {
            content: "open my day",
            trigger: "[data-menu-xmlid='retail_crm.retail_my_day_menu']",
            run: "click",
        },
        {
            content: "what is overdue comes first",
            trigger: `${card("Ask about the order")}:first:contains('2 days late')`,
        },
        {
            content: "with what is at stake, in which currency",
            trigger: `${card("Ask about the order")} .o_retail_fact_stake:contains('$')`,
        },
        {
            content: "and a number to call",
            trigger: `${card("Ask about the order")} a.o_retail_do_call[href='tel:+32470550101']`,
        },
        {
            content: "who stands in sees whose it is",
            trigger: `${card("Call about wine")}:contains('for Emil')`,
        },
        {
            content: "the playbook says how",
            trigger: `${card("Ask about the order")} .o_retail_action_playbook button`,
            run: "click",
        },
        { content: "in steps", trigger: `${card("Ask about the order")} .o_retail_action_playbook li` },
        {
            content: "she has called",
            trigger: `${card("Ask about the order")} a.o_retail_do_call`,
            run() {
                // there is no telephone here that could answer
                this.anchor.addEventListener("click", (ev) => ev.preventDefault(), { once: true });
                this.anchor.click();
            },
        },
        {
            content: "then she says what came of it",
            trigger: `${card("Ask about the order")} .o_retail_do_finish.btn-primary`,
            run: "click",
        },
        choose("Not reached"),
        { content: "when to go on is missing", trigger: ".modal .o_retail_save:disabled" },
        choose("Reached"),
        { content: "a note", trigger: ".modal textarea", run: "edit Wants green tea" },
        { content: "done", trigger: ".modal .o_retail_save:enabled", run: "click" },
        { content: "the card leaves", trigger: `.o_retail_queue:not(:has(${card("Ask about the order")}))` },
        { content: "and counts", trigger: ".o_retail_day_done_today:contains('1')" },
        { content: "by mistake", trigger: ".o_notification button:contains('Undo')", run: "click" },
        { content: "it is there again", trigger: card("Ask about the order") },
        { content: "nothing is done", trigger: ".o_retail_day_done_today:contains('0')" },
        {
            content: "with the keyboard",
            trigger: card("Ask about the order"),
            run() {
                this.anchor.focus();
                this.anchor.dispatchEvent(
                    new window.KeyboardEvent("keydown", { key: "Enter", bubbles: true }),
                );
            },
        },
        choose("Reached"),
        { content: "done after all", trigger: ".modal .o_retail_save:enabled", run: "click" },
        { content: "counted again", trigger: ".o_retail_day_done_today:contains('1')" },
        {
            content: "another has to wait",
            trigger: `${card("Call about wine")} .o_retail_do_snooze`,
            run: "click",
        },
        {
            content: "for a week",
            trigger: ".modal .o_retail_outcomes button:contains('In a week')",
            run: "click",
        },
        { content: "because", trigger: ".modal input#o_retail_snooze_reason", run: "edit On holiday" },
        { content: "put off", trigger: ".modal .o_retail_save:enabled", run: "click" },
        {
            content: "it says so",
            trigger: `${card("Call about wine")} .o_retail_action_note:contains('On holiday')`,
        },
        {
            content: "a third is for a colleague",
            trigger: `${card("Send the catalogue")} .o_retail_do_hand_over`,
            run: "click",
        },
        { content: "look for Mia", trigger: ".modal .o-autocomplete--input", run: "edit Mia" },
        { content: "it is her", trigger: ".o-autocomplete--dropdown-item:contains('Mia')", run: "click" },
        { content: "what she should know", trigger: ".modal textarea", run: "edit Prefers paper" },
        { content: "hand over", trigger: ".modal .o_retail_save:enabled", run: "click" },
        { content: "it is gone", trigger: `.o_retail_queue:not(:has(${card("Send the catalogue")}))` },
        {
            content: "a quotation for her",
            trigger: `${card("Call about wine")} .o_retail_do_quote`,
            run: "click",
        },
        {
            content: "the customer is filled in",
            trigger: ".o_form_view .o_field_widget[name='partner_id'] input:value('Bert Claes')",
        },
        { content: "leave it", trigger: ".o_form_button_cancel", run: "click" },
    ],
});

registry.category("web_tour.tours").add("retail_crm_team_manager", {
    steps: () => [
        { content: "Dora has most to do", trigger: ".o_retail_team_table tr:contains('Dora'):contains('1')" },
        {
            content: "Emil is away",
            trigger: ".o_retail_team_table tr:contains('Emil') .o_retail_team_remark:contains('stands in')",
        },
        {
            content: "what is worth most comes first, for everybody",
            trigger: "button[data-order='value']",
            run: "click",
        },
        { content: "it is chosen", trigger: "button[data-order='value'].active" },
        {
            content: "what belongs to nobody",
            trigger: ".o_retail_nobody .o_retail_team_person",
            run: "click",
        },
        { content: "select it", trigger: ".o_list_view .o_list_record_selector input", run: "click" },
        {
            content: "what to do with it",
            trigger:
                ".o_control_panel .o_cp_action_menus button.dropdown-toggle:contains('Actions'), .o_control_panel .o_cp_action_menus .dropdown-toggle",
            run: "click",
        },
        {
            content: "hand over",
            trigger: ".o-dropdown--menu .o_menu_item:contains('Hand over')",
            run: "click",
        },
        { content: "to", trigger: ".modal .o_field_widget[name='user_ids'] input", run: "edit Dora" },
        { content: "Dora", trigger: ".o-autocomplete--dropdown-item:contains('Dora')", run: "click" },
        { content: "she is chosen", trigger: ".modal .o_field_widget[name='user_ids'] .o_tag" },
        { content: "do it", trigger: ".modal button[name='action_hand_over']", run: "click" },
        {
            content: "back",
            trigger:
                "body:not(:has(.modal)) .o_breadcrumb .o_back_button, body:not(:has(.modal)) .breadcrumb-item a",
            run: "click",
        },
        {
            content: "nobody has anything any more",
            trigger: ".o_retail_team_table:not(:has(.o_retail_nobody))",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_batch_manager", {
    steps: () => [
        {
            content: "all customers of the list",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "what to do with them",
            trigger: ".o_control_panel .o_cp_action_menus .dropdown-toggle",
            run: "click",
        },
        { content: "plan", trigger: ".o-dropdown--menu .o_menu_item:contains('Plan actions')", run: "click" },
        {
            content: "what",
            trigger: ".modal .o_field_widget[name='name'] input",
            run: "edit Invite to the tasting",
        },
        { content: "one a day", trigger: ".modal .o_field_widget[name='per_day'] input", run: "edit 1" },
        { content: "who", trigger: ".modal .o_field_widget[name='user_ids'] input", run: "edit Dora" },
        { content: "Dora", trigger: ".o-autocomplete--dropdown-item:contains('Dora')", run: "click" },
        {
            content: "the preview says how many for whom",
            trigger: ".modal .o_retail_batch_table tr:contains('Dora') td.fw-bold:contains('2')",
        },
        {
            content: "and who is left out",
            trigger: ".modal .o_retail_batch_left_out:contains('open action')",
        },
        { content: "plan them", trigger: ".modal button[name='action_create']", run: "click" },
        { content: "they are shown by person", trigger: ".o_list_view .o_group_header:contains('Dora')" },
    ],
});

registry.category("web_tour.tours").add("retail_crm_my_day_empty", {
    steps: () => [
        {
            content: "nothing to do is no fault",
            trigger: ".o_retail_nothing_waits:contains('Nothing waits for you')",
        },
    ],
});
