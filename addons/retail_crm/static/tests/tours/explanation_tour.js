import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_explanation", {
    steps: () => [
        {
            content: "why Bert is a risk",
            trigger: ".o_retail_explanation_rule:contains('looks like staying away')",
        },
        {
            content: "what brings him back",
            trigger: ".o_retail_change_lift:contains('with any purchase, however small')",
        },
        {
            content: "what decides",
            trigger: ".o_retail_fact_inactivity_risk.o_retail_fact_decisive .fa-check",
        },
        { content: "his value over time", trigger: ".o_retail_value_chart canvas[aria-label*='Value']" },
        { content: "his silence", trigger: ".o_retail_rhythm_legend:contains('300 days of silence')" },
        { content: "the other figures", trigger: ".nav-link:contains('All figures')", run: "click" },
        { content: "are there too", trigger: ".o_field_widget[name='expected_revenue']" },
    ],
});
