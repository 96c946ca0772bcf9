import { registry } from "@web/core/registry";

const ALLIANCE = ".o_retail_queue_table tr:contains('Anna Alliance')";
const NEW = ".o_retail_queue_table tr:contains('Nora New')";

registry.category("web_tour.tours").add("retail_crm_shortage_warehouse", {
    steps: () => [
        {
            content: "there is too little of it, and others hold what comes first",
            trigger: ".o_retail_shortage_products tr:contains('Kettle'):contains('others hold')",
        },
        { content: "the class is shown", trigger: `${ALLIANCE}:contains('Alliance')` },
        {
            content: "and nothing of money",
            trigger: ".o_retail_comparison:not(:contains('Contribution'))",
        },
        { content: "who waits is told why", trigger: `${NEW} .o_retail_why:contains('comes first')` },
        { content: "do it", trigger: ".o_retail_apply", run: "click" },
        {
            content: "now stock is where the strategies want it",
            trigger: ".o_retail_queue_verdict:contains('nothing to change')",
        },
        {
            content: "nobody holds what comes first",
            trigger: ".o_retail_shortages:not(:contains('others hold'))",
        },
        { content: "open her delivery", trigger: `${ALLIANCE} .o_retail_link`, run: "click" },
        {
            content: "it says why it was served first",
            trigger: ".o_form_view div[name='retail_service_note']:contains('Served before others')",
        },
    ],
});

registry.category("web_tour.tours").add("retail_crm_shortage_manager", {
    steps: () => [
        { content: "a manager sees money", trigger: ".o_retail_compared_contribution" },
        { content: "serve the other one first", trigger: `${NEW} .o_retail_serve_first`, run: "click" },
        { content: "nothing goes without a reason", trigger: ".modal-footer .btn-primary:disabled" },
        { content: "say why", trigger: ".modal .o_retail_reason", run: "edit Wedding on Saturday" },
        { content: "look", trigger: ".modal-footer .btn-primary:not(:disabled)", run: "click" },
        { content: "she would be served now", trigger: `${NEW} .o_retail_why:contains('Wedding')` },
        { content: "and the other would wait", trigger: `${ALLIANCE} .o_retail_why:contains('Waits')` },
        {
            content: "think again",
            trigger: ".o_retail_queue_verdict button:contains('Back to the strategies')",
            run: "click",
        },
        {
            content: "the strategies' proposal is back",
            trigger: `${NEW} .o_retail_why:contains('comes first')`,
        },
        { content: "yet, she was promised it", trigger: `${NEW} .o_retail_serve_first`, run: "click" },
        { content: "say why again", trigger: ".modal .o_retail_reason", run: "edit Wedding on Saturday" },
        { content: "look again", trigger: ".modal-footer .btn-primary:not(:disabled)", run: "click" },
        { content: "she comes first", trigger: `${NEW} .o_retail_why:contains('Wedding')` },
        { content: "do it", trigger: ".o_retail_apply:not(:disabled)", run: "click" },
        { content: "it is done", trigger: ".o_notification:contains('Done')" },
        {
            content: "open the stock menu",
            trigger: ".o_menu_sections button:contains('Stock')",
            run: "click",
        },
        {
            content: "see who decided what",
            trigger: ".dropdown-item:contains('Decisions about stock')",
            run: "click",
        },
        {
            content: "the reason is kept",
            trigger: ".o_list_view .o_data_row:contains('Nora New'):contains('Wedding on Saturday')",
        },
        { content: "back to the menu", trigger: ".o_menu_sections button:contains('Stock')", run: "click" },
        { content: "what is protected", trigger: ".dropdown-item:contains('Protected')", run: "click" },
        { content: "protect some", trigger: ".o_list_button_add", run: "click" },
        { content: "of the kettle", trigger: ".o_field_widget[name='product_id'] input", run: "edit Kettle" },
        { content: "this one", trigger: ".ui-menu-item a:contains('Kettle')", run: "click" },
        {
            content: "for alliance customers, as proposed",
            trigger: "[name='strategy_ids'] .o_tag:contains('Alliance')",
        },
        { content: "save", trigger: ".o_form_button_save", run: "click" },
        { content: "it can be released", trigger: "button[name='action_release']", run: "click" },
        { content: "really", trigger: ".modal-footer .btn-primary", run: "click" },
        { content: "it is free", trigger: ".o_arrow_button_current:contains('Released')" },
        { content: "the menu again", trigger: ".o_menu_sections button:contains('Stock')", run: "click" },
        { content: "deliveries", trigger: ".dropdown-item:contains('Delivery performance')", run: "click" },
        { content: "a table of segments", trigger: ".o_pivot_view th:contains('On time in full')" },
        { content: "the menu once more", trigger: ".o_menu_sections button:contains('Stock')", run: "click" },
        { content: "demand", trigger: ".dropdown-item:contains('Demand')", run: "click" },
        { content: "by product", trigger: ".o_pivot_view th:contains('Kettle')" },
    ],
});

registry.category("web_tour.tours").add("retail_crm_shortage_empty", {
    steps: () => [{ content: "nobody waits", trigger: ".o_retail_empty:contains('Nobody waits for stock')" }],
});
