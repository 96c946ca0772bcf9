import { registry } from "@web/core/registry";
import { inputFiles } from "@web/../tests/utils";

const HEADER = "customer_ref,customer_name,points,reference";
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

registry.category("web_tour.tours").add("retail_crm_points_import", {
    steps: () => [
        ...chooseAndCheck("bad.csv", "T1,Ann,-5,R1", "T2,Bo,2,R2"),
        {
            content: "the bad row is listed with its reason",
            trigger: ".modal .o_data_row:contains('points'):contains('above zero')",
        },
        { content: "go back", trigger: ".modal button[name='action_back']", run: "click" },
        ...chooseAndCheck("good.csv", "T1,Ann,250,R1", "T2,Bo,12.5,R2"),
        {
            content: "what it would bring to the program is shown",
            trigger: ".modal .o_data_row:contains('Club'):contains('262.5')",
        },
        { content: "import", trigger: ".modal button[name='action_import']", run: "click" },
        { content: "it is done", trigger: ".modal .alert-success:contains('The points are in the wallets')" },
        { content: "look at them", trigger: ".modal button[name='action_open_points']", run: "click" },
        { content: "both are there", trigger: ".o_list_view .o_data_row:contains('T2')" },
    ],
});
