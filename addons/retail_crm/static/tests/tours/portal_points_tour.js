import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_portal_points", {
    steps: () => [
        {
            content: "the points at the side of the page",
            trigger: ".d-lg-flex .o_loyalty_card:contains('1,320 Points'):contains('Silver')",
            run: "click",
        },
        { content: "the tier", trigger: ".o_retail_points_dialog [name='tier']:contains('Silver')" },
        {
            content: "the way to the next one",
            trigger: ".o_retail_points_dialog [name='next_tier']:contains('to Gold')",
        },
        { content: "what comes", trigger: ".o_retail_points_dialog [name='pending']:contains('75 Points')" },
        {
            content: "what goes",
            trigger: ".o_retail_points_dialog [name='expiring']:contains('1,200 Points')",
        },
        { content: "what happened last", trigger: ".modal [name='events']:contains('+120 Points')" },
        {
            content: "see everything",
            trigger: ".modal [name='events'] a:contains('See everything about my points')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "what can be used",
            trigger: ".o_retail_points [name='available']:contains('1,320 Points')",
        },
        { content: "the tier, again", trigger: ".o_retail_tier[name='tier']:contains('Silver')" },
        {
            content: "what it brings",
            trigger: ".o_retail_tier [name='benefits']:contains('1.5 times the points')",
        },
        {
            content: "the purchase whose points are on their way leads to the order",
            trigger: ".o_retail_points_event:contains('can be used from') a[href^='/my/orders/']",
        },
    ],
});
