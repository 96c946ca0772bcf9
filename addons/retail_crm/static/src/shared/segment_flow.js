import { formatCount } from "./formats";
import { HEIGHT, layOutFlow, WIDTH } from "./flow_layout";
import { getOrigins, isFrom, NO_SEGMENT } from "./segment_moves";
import { toneStyle } from "./tones";

import { Component, useState } from "@odoo/owl";

/**
 * Moves between segments as a picture: a band from each segment on the left to each on the right, as thick as its customers.
 *
 * `moves` are `{ from_id, to_id, customers }`, without `from_id` for newcomers; `open(origin, target)` opens the
 * customers of a band and `say(move, origin, target)` says who they are.
 */
export class SegmentFlow extends Component {
    static template = "retail_crm.SegmentFlow";
    static props = { segments: Array, moves: Array, open: Function, say: Function };

    setup() {
        this.state = useState({ isStayingShown: true, hovered: null });
        this.viewBox = `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get moves() {
        return this.props.moves.filter((move) => this.state.isStayingShown || move.from_id !== move.to_id);
    }

    get flow() {
        // newcomers under the id of their column
        const moves = this.moves.map((move) => ({ ...move, from_id: move.from_id || NO_SEGMENT }));
        const has = (side, id) => moves.some((move) => move[side] === id);
        const origins = getOrigins(this.props.segments, moves).filter(({ id }) => has("from_id", id));
        const targets = this.props.segments.filter(({ id }) => has("to_id", id));
        const { nodes, bands } = layOutFlow(origins, targets, moves);
        return {
            nodes: nodes.map((node) => this.getNode(node)),
            bands: bands.map((band) => this.getBand(band, origins, targets)),
        };
    }

    getNode(node) {
        const isLeft = node.side === "from_id";
        return {
            ...node,
            key: `${node.side} ${node.segment.id}`,
            style: toneStyle(node.segment.color),
            count: formatCount(node.customers),
            anchor: isLeft ? "end" : "start",
            labelX: isLeft ? node.x - 10 : node.x + node.width + 10,
        };
    }

    getBand(band, origins, targets) {
        const origin = origins.find((segment) => isFrom(band, segment));
        const target = targets.find(({ id }) => id === band.to_id);
        const key = `${origin.id} ${target.id}`;
        return {
            ...band,
            key,
            origin,
            target,
            // whoever is new has the colour of where the way led
            style: toneStyle(origin.id === NO_SEGMENT ? target.color : origin.color),
            isStaying: origin.id === target.id,
            isDimmed: this.state.hovered !== null && this.state.hovered !== key,
            label: this.props.say(band, origin, target),
        };
    }

    onKeydown(event, { origin, target }) {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            this.props.open(origin, target);
        }
    }
}
