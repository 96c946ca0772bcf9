import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_first_steps", {
    steps: () => [
        { content: "nothing to compute yet", trigger: ".o_retail_first_run:disabled" },
        { content: "import", trigger: ".o_retail_import", run: "click" },
        { content: "the wizard opens", trigger: ".modal .o_field_widget[name='data']" },
        { content: "not now", trigger: ".modal .btn-close", run: "click" },
        { content: "put the steps away", trigger: ".o_retail_onboarding .btn-close", run: "click" },
        {
            content: "the page says what is missing",
            trigger: ".o_retail_empty:contains('No customer has a segment yet')",
        },
    ],
});
