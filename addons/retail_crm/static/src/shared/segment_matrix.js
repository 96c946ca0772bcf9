import { formatCount } from "./formats";
import { getOrigins, isFrom, NO_SEGMENT } from "./segment_moves";
import { toneStyle } from "./tones";

import { Component } from "@odoo/owl";

/**
 * From which segment on the left customers come to which above; rises and falls differ in sign and colour.
 *
 * `segments` are ordered, the best first. `moves` are `{ from_id, to_id, customers }`, without `from_id` for newcomers;
 * those who stay may be among them. `open(origin, target)` opens the customers of a cell, null standing for all
 * segments; `say(move, origin, target)` says who they are. With `hasTotals`, rows and columns add up; without, a last
 * row says how many came less how many went.
 */
export class SegmentMatrix extends Component {
    static template = "retail_crm.SegmentMatrix";
    static props = {
        segments: Array,
        moves: Array,
        originTitle: String,
        open: Function,
        say: Function,
        hasTotals: { type: Boolean, optional: true },
    };

    get columns() {
        return this.props.segments.map((segment) => ({
            segment,
            style: toneStyle(segment.color),
            total: formatCount(this.sum((move) => move.to_id === segment.id)),
            balance: this.getBalance(segment),
        }));
    }

    get rows() {
        return getOrigins(this.props.segments, this.props.moves).map((origin, position) => ({
            origin,
            style: toneStyle(origin.color),
            total: formatCount(this.sum((move) => isFrom(move, origin))),
            cells: this.props.segments.map((target, targetPosition) => ({
                target,
                isSame: origin.id === target.id,
                isRise: origin.id !== NO_SEGMENT && targetPosition < position,
                isFall: origin.id !== NO_SEGMENT && targetPosition > position,
                ...this.getCell(origin, target),
            })),
        }));
    }

    getCell(origin, target) {
        const move = this.props.moves.find(
            (candidate) => isFrom(candidate, origin) && candidate.to_id === target.id,
        );
        return move
            ? {
                  customers: move.customers,
                  count: formatCount(move.customers),
                  label: this.props.say(move, origin, target),
              }
            : { customers: 0 };
    }

    /** Who came less who went; whoever bought for the first time came. */
    getBalance(segment) {
        const balance =
            this.sum((move) => move.to_id === segment.id) - this.sum((move) => isFrom(move, segment));
        return balance > 0 ? `+${formatCount(balance)}` : formatCount(balance);
    }

    sum(isCounted) {
        return this.props.moves.filter(isCounted).reduce((sum, { customers }) => sum + customers, 0);
    }
}
