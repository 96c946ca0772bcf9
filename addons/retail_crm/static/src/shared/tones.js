const COLORS = 12;

function variable(color) {
    return typeof color === "number" ? `--retail-color-${color % COLORS}` : `--retail-risk-${color}`;
}

/**
 * Style that gives an element and its children the tone of a colour.
 *
 * @param {number|"low"|"medium"|"high"} color number as segments and strategies carry it, or a level of risk
 */
export function toneStyle(color) {
    return `--retail-tone: var(${variable(color)});`;
}

/** The colour itself, for the canvas of a chart, which knows no variables. */
export function toneValue(color) {
    return getComputedStyle(document.documentElement).getPropertyValue(variable(color)).trim();
}
