import { _t } from "@web/core/l10n/translation";

import { formatCount, formatMoney } from "../shared/formats";
import { toneStyle } from "../shared/tones";
import { HEIGHT, layOutFlow, WIDTH } from "./flow_layout";
import { newcomers, NO_SEGMENT } from "./movement_text";

import { Component, useState } from "@odoo/owl";

/** The movements as a picture: a band from each segment of the first day to each of the second, as thick as its customers. */
export class MovementFlow extends Component {
    static template = "retail_crm.MovementFlow";
    static props = { segments: Array, cells: Array, currencyId: Number, openCell: Function };

    setup() {
        this.state = useState({ isStayingShown: true, hovered: null });
        this.viewBox = `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get cells() {
        return this.props.cells.filter((cell) => this.state.isStayingShown || cell.from_id !== cell.to_id);
    }

    get flow() {
        const { cells } = this;
        const has = (side, id) => cells.some((cell) => cell[side] === id);
        const origins = [...this.props.segments, newcomers()].filter(({ id }) => has("from_id", id));
        const targets = this.props.segments.filter(({ id }) => has("to_id", id));
        const { nodes, bands } = layOutFlow(origins, targets, cells);
        return {
            nodes: nodes.map((node) => this.getNode(node)),
            bands: bands.map((band) => this.getBand(band)),
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

    getBand(band) {
        const { segments, currencyId } = this.props;
        const target = segments.find(({ id }) => id === band.to_id);
        const origin = segments.find(({ id }) => id === band.from_id) || newcomers();
        const key = `${band.from_id} ${band.to_id}`;
        return {
            ...band,
            key,
            // whoever is new has the colour of where the way led
            style: toneStyle(band.from_id === NO_SEGMENT ? target.color : origin.color),
            isStaying: band.from_id === band.to_id,
            isDimmed: this.state.hovered !== null && this.state.hovered !== key,
            label: _t("%(origin)s → %(target)s: customers %(count)s, worth %(value)s today", {
                origin: origin.name,
                target: target.name,
                count: formatCount(band.customers),
                value: formatMoney(band.value, currencyId),
            }),
        };
    }

    onKeydown(event, band) {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            this.props.openCell(band.from_id, band.to_id);
        }
    }
}
