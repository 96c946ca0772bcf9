import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("retail_crm_finance", {
    steps: () => [
        { content: "purchases as a pivot", trigger: ".o_switch_view.o_pivot", run: "click" },
        { content: "it has figures", trigger: ".o_pivot td.o_pivot_cell_value" },
        {
            content: "go to the customers",
            trigger: "[data-menu-xmlid='retail_crm.retail_profile_menu']",
            run: "click",
        },
        {
            content: "open Bert",
            trigger: ".o_data_row .o_data_cell:contains('Bert Claes')",
            run: "click",
        },
        { content: "his segment", trigger: ".o_retail_customer_segment:contains('Risk')" },
        { content: "nothing is overdue", trigger: ".o_retail_tile_overdue:contains('nothing')" },
    ],
});
