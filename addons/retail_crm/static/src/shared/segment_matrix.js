import { _t } from "@web/core/l10n/translation";

import { formatCount } from "./formats";
import { toneStyle } from "./tones";

import { Component } from "@odoo/owl";

/**
 * From which segment on the left customers come to which above; rises and falls differ in sign and colour.
 *
 * `segments` are ordered, the best first. `moves` are `{ from_id, to_id, customers }`, without `from_id` for who had no
 * segment before; those who stay may be among them. `open(origin, target)` opens the customers of a cell and
 * `say(count, origin, target)` says who they are.
 */
export class SegmentMatrix extends Component {
    static template = "retail_crm.SegmentMatrix";
    static props = {
        segments: Array,
        moves: Array,
        originTitle: String,
        open: Function,
        say: Function,
    };

    get segments() {
        return this.props.segments.map((segment) => ({ ...segment, style: toneStyle(segment.color) }));
    }

    get rows() {
        const newcomers = { id: false, name: _t("New customers"), style: "--retail-tone: transparent" };
        const hasNewcomers = this.props.moves.some((move) => !move.from_id);
        const origins = hasNewcomers ? [...this.segments, newcomers] : this.segments;
        return origins.map((origin, position) => ({
            origin,
            cells: this.segments.map((target, targetPosition) => ({
                target,
                isSame: origin.id === target.id,
                isRise: origin.id !== false && targetPosition < position,
                isFall: origin.id !== false && targetPosition > position,
                ...this.getCell(origin, target),
            })),
        }));
    }

    getCell(origin, target) {
        const move = this.props.moves.find(
            ({ from_id: fromId, to_id: toId }) => (fromId || false) === origin.id && toId === target.id,
        );
        const customers = move?.customers ?? 0;
        const count = formatCount(customers);
        return { customers, count, label: this.props.say(count, origin, target) };
    }

    /** Who came less who went, per segment; whoever bought for the first time came. */
    get balances() {
        const total = (name, id) =>
            this.props.moves
                .filter((move) => move[name] === id)
                .reduce((sum, move) => sum + move.customers, 0);
        return this.segments.map(({ id }) => {
            const balance = total("to_id", id) - total("from_id", id);
            return { id, words: balance > 0 ? `+${formatCount(balance)}` : formatCount(balance) };
        });
    }
}
