import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_trial_start", {
    steps: () => [
        { content: "what a trial must reach", trigger: "a[name='trial']", run: "click" },
        {
            content: "is set beforehand",
            trigger: ".o_field_widget[name='accept_change_share'] input",
            run: "edit 100",
        },
        { content: "start the trial", trigger: "button[name='action_start_trial']", run: "click" },
        { content: "it waits for its turn", trigger: ".o_retail_progress:contains('Waiting')" },
        { content: "and could be cancelled", trigger: "button[name='action_cancel']" },
    ],
});

registry.category("web_tour.tours").add("retail_crm_trial_report", {
    steps: () => [
        {
            content: "what was set beforehand is judged first",
            trigger: ".o_retail_verdict_met:contains('Customers who change segment in a month')",
        },
        {
            content: "then who would move",
            trigger: ".o_retail_trial_moved:contains('would be in another segment')",
        },
        { content: "the picture of the moves", trigger: ".o_retail_trial_moves .o_retail_band" },
        { content: "sizes over time", trigger: ".o_retail_trial_sizes canvas" },
        {
            content: "stability over time",
            trigger: ".o_retail_trial_stability canvas[aria-label*='at most 100.0% is accepted']",
        },
        { content: "what followed", trigger: ".o_retail_trial_followed canvas" },
        { content: "money is an estimate", trigger: ".o_retail_trial_effects:contains('estimate')" },
        { content: "the back-test", trigger: ".o_retail_trial_backtest:contains('Today\\'s policy')" },
        {
            content: "open those who would rise to strategic",
            trigger: ".o_retail_matrix .o_retail_rise[title*='to Strategic']:first",
            run: "click",
        },
        { content: "with the reason", trigger: ".o_data_row td[name='reason']:contains('On trial')" },
        { content: "open one", trigger: ".o_data_row:first .o_data_cell", run: "click" },
        { content: "who that is", trigger: ".o_retail_customer_card .o_retail_customer_segment" },
        {
            content: "back to the customers",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a:last",
            run: "click",
        },
        {
            content: "and to the trial",
            trigger: ".o_list_view .o_breadcrumb .o_back_button, .o_list_view .breadcrumb-item a:last",
            run: "click",
        },
        { content: "open the policy", trigger: "button[name='action_open_policy']", run: "click" },
        { content: "its trials", trigger: "a[name='trial']", run: "click" },
        {
            content: "are there with their verdict",
            trigger: ".o_field_widget[name='trial_ids'] td[name='verdict'] .badge",
        },
        {
            content: "and lead to the report",
            trigger: ".o_field_widget[name='trial_ids'] button[name='action_open']",
            run: "click",
        },
        { content: "here it is", trigger: ".o_retail_verdicts" },
    ],
});
