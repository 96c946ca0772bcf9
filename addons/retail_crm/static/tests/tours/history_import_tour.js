import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const HEADER = "customer_ref,customer_name,date,reference,amount";
const FILE_INPUT = ".modal .o_field_widget[name='data'] input[type='file']";

/** Steps that choose a CSV file with these rows and have it checked. */
function chooseAndCheck(name, ...rows) {
    return [
        {
            content: `choose ${name}`,
            trigger: ".modal .o_field_widget[name='data']",
            run: () =>
                inputFiles(FILE_INPUT, [
                    new File([[HEADER, ...rows].join("\n")], name, { type: "text/csv" }),
                ]),
        },
        {
            content: `wait until ${name} is there`,
            trigger: `.modal .o_field_widget[name='data'] :value("${name}")`,
        },
        { content: `check ${name}`, trigger: ".modal button[name='action_check']", run: "click" },
    ];
}

registry.category("web_tour.tours").add("retail_crm_history_import", {
    steps: () => [
        ...chooseAndCheck("bad.csv", "T1,Ann,2024-05-01,R1,ten", "T2,Bo,2024-05-01,R2,2"),
        {
            content: "the bad row is counted",
            trigger: ".modal .alert-danger:contains('1 of 2 rows cannot be imported')",
        },
        {
            content: "and listed with its reason",
            trigger: ".modal .o_data_row:contains('amount'):contains('\"ten\" is not a number')",
        },
        {
            content: "there is no way to import it",
            trigger: ".modal:not(:has(button[name='action_import']))",
        },
        { content: "go back", trigger: ".modal button[name='action_back']", run: "click" },
        ...chooseAndCheck("good.csv", "T1,Ann,2024-05-01,R1,10", "T2,Bo,2024-05-01,R2,2"),
        {
            content: "what it would do is shown",
            trigger: ".modal .o_field_widget[name='customer_count']:contains('2')",
        },
        { content: "import", trigger: ".modal button[name='action_import']", run: "click" },
        {
            content: "it is done",
            trigger: ".modal .alert-success:contains('2 purchases were imported')",
        },
        { content: "look at them", trigger: ".modal button[name='action_open_purchases']", run: "click" },
        { content: "both are there", trigger: ".o_list_view .o_data_row:contains('T2')" },
    ],
});
