export const WIDTH = 720;
export const HEIGHT = 380;
const COLUMN_WIDTH = 14;
// room for names and numbers beside the columns
const LABEL_WIDTH = 150;
const GAP = 14;
// a movement of one customer among thousands must still be seen and hit
const LEAST_THICKNESS = 2;
const LABEL_HEIGHT = 34;

const LEFT = LABEL_WIDTH;
const RIGHT = WIDTH - LABEL_WIDTH - COLUMN_WIDTH;

/**
 * Where the columns and bands of the picture lie.
 *
 * Each cell is a band as thick as it has customers, plus what the thinnest needs. On both sides the bands of a segment
 * are stacked in the order of the segments, so that they cross as little as possible.
 *
 * @param {{id: number}[]} origins segments on the left, from top to bottom
 * @param {{id: number}[]} targets segments on the right
 * @param {{from_id: number, to_id: number, customers: number}[]} cells
 * @returns {{nodes: Object[], bands: Object[]}}
 */
export function layOutFlow(origins, targets, cells) {
    const thicknessOf = getThickness(origins, targets, cells);
    const place = (segments, id) => segments.findIndex((segment) => segment.id === id);
    const bands = cells
        .map((cell) => ({ ...cell, thickness: thicknessOf(cell) }))
        .sort(
            (one, two) =>
                place(origins, one.from_id) - place(origins, two.from_id) ||
                place(targets, one.to_id) - place(targets, two.to_id),
        );
    const nodes = [
        ...stack(origins, bands, "from_id", "y0", LEFT),
        ...stack(targets, bands, "to_id", "y1", RIGHT),
    ];
    return { nodes, bands: bands.map((band) => ({ ...band, path: getPath(band) })) };
}

function getThickness(origins, targets, cells) {
    const total = cells.reduce((sum, { customers }) => sum + customers, 0);
    const gaps = (Math.max(origins.length, targets.length) - 1) * GAP;
    const free = HEIGHT - gaps - cells.length * LEAST_THICKNESS;
    return ({ customers }) => LEAST_THICKNESS + (free * customers) / total;
}

/** Columns of one side from top to bottom; each band is told where it begins there. */
function stack(segments, bands, side, place, x) {
    const nodes = [];
    let y = 0;
    for (const segment of segments) {
        const own = bands.filter((band) => band[side] === segment.id);
        const top = y;
        for (const band of own) {
            band[place] = y;
            y += band.thickness;
        }
        nodes.push({
            segment,
            side,
            x,
            y: top,
            width: COLUMN_WIDTH,
            height: y - top,
            customers: own.reduce((sum, { customers }) => sum + customers, 0),
        });
        y += GAP;
    }
    return placeLabels(nodes);
}

/** Names stand beside the middle of their column, moved down where they would overlap. */
function placeLabels(nodes) {
    let free = 0;
    for (const node of nodes) {
        const middle = node.y + node.height / 2 - LABEL_HEIGHT / 2;
        node.labelY = Math.max(middle, free);
        free = node.labelY + LABEL_HEIGHT;
    }
    return nodes;
}

function getPath({ y0, y1, thickness }) {
    const start = LEFT + COLUMN_WIDTH;
    const middle = (start + RIGHT) / 2;
    return [
        `M ${start} ${y0}`,
        `C ${middle} ${y0}, ${middle} ${y1}, ${RIGHT} ${y1}`,
        `L ${RIGHT} ${y1 + thickness}`,
        `C ${middle} ${y1 + thickness}, ${middle} ${y0 + thickness}, ${start} ${y0 + thickness}`,
        "Z",
    ].join(" ");
}
