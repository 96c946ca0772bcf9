import { _t } from "@web/core/l10n/translation";

import { formatCount, formatDay } from "../shared/formats";
import { toneStyle } from "../shared/tones";

import { Component } from "@odoo/owl";

/** Who moved from which segment to which in the last month; rises and falls differ in sign and colour. */
export class SegmentMovements extends Component {
    static template = "retail_crm.SegmentMovements";
    static props = { data: Object, open: Object };

    get since() {
        return _t(
            "Since %s, from the segment on the left to the one above",
            formatDay(this.props.data.movements.since),
        );
    }

    get segments() {
        return this.props.data.segments.map((segment) => ({ ...segment, style: toneStyle(segment.color) }));
    }

    get rows() {
        const newcomers = { id: false, name: _t("New customers"), style: "--retail-tone: transparent" };
        const hasNewcomers = this.props.data.movements.moves.some((moves) => !moves.from_id);
        const origins = hasNewcomers ? [...this.segments, newcomers] : this.segments;
        return origins.map((origin, position) => ({
            origin,
            cells: this.segments.map((target, targetPosition) => ({
                target,
                isSame: origin.id === target.id,
                isRise: origin.id !== false && targetPosition < position,
                isFall: origin.id !== false && targetPosition > position,
                ...this.getMoves(origin, target),
            })),
        }));
    }

    /** Who came less who went, per segment; whoever bought for the first time came. */
    get balances() {
        const { moves } = this.props.data.movements;
        const total = (name, id) =>
            moves.filter((move) => move[name] === id).reduce((sum, move) => sum + move.customers, 0);
        return this.segments.map(({ id }) => {
            const balance = total("to_id", id) - total("from_id", id);
            return { id, words: balance > 0 ? `+${formatCount(balance)}` : formatCount(balance) };
        });
    }

    getMoves(origin, target) {
        const moves = this.props.data.movements.moves.find(
            (candidate) => candidate.from_id === origin.id && candidate.to_id === target.id,
        );
        return { customers: moves?.customers ?? 0, count: formatCount(moves?.customers ?? 0) };
    }

    getLabel(origin, cell) {
        return _t("%(count)s customers moved from %(origin)s to %(target)s", {
            count: cell.count,
            origin: origin.name,
            target: cell.target.name,
        });
    }

    openMoves(origin, target) {
        return this.props.open.movements(`${origin.name} → ${target.name}`, [
            ["from_segment_id", "=", origin.id],
            ["to_segment_id", "=", target.id],
            ["day", ">", this.props.data.movements.since],
        ]);
    }
}
