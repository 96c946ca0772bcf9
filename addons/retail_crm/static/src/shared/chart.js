import { loadBundle } from "@web/core/assets";

import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

/**
 * A chart of Odoo's own chart library. What it shows must also be said in words: `label` is what a screen reader says.
 *
 * `getConfig()` returns the configuration for the library; it is called when `data` changes.
 */
export class RetailChart extends Component {
    static template = "retail_crm.Chart";
    static props = {
        data: true,
        getConfig: Function,
        label: String,
        className: { type: String, optional: true },
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new Chart(this.canvas.el, this.props.getConfig());
                return () => chart.destroy();
            },
            () => [this.props.data],
        );
    }
}
