import { _t } from "@web/core/l10n/translation";

import { formatCount, formatMoney } from "../shared/formats";
import { toneStyle } from "../shared/tones";
import { ANY_SEGMENT, newcomers, NO_SEGMENT } from "./movement_text";

import { Component } from "@odoo/owl";

/** From which segment (rows) to which (columns) how many customers moved; each number opens them. */
export class MovementMatrix extends Component {
    static template = "retail_crm.MovementMatrix";
    static props = { segments: Array, cells: Array, currencyId: Number, openCell: Function };

    setup() {
        this.anySegment = ANY_SEGMENT;
    }

    get columns() {
        return this.props.segments.map((segment) => ({
            ...segment,
            style: toneStyle(segment.color),
            total: formatCount(this.sum((cell) => cell.to_id === segment.id)),
        }));
    }

    get rows() {
        const { segments, cells } = this.props;
        const hasNewcomers = cells.some((cell) => cell.from_id === NO_SEGMENT);
        const origins = hasNewcomers ? [...segments, newcomers()] : segments;
        return origins.map((origin, position) => ({
            origin,
            style: origin.id === NO_SEGMENT ? "--retail-tone: transparent" : toneStyle(origin.color),
            total: formatCount(this.sum((cell) => cell.from_id === origin.id)),
            cells: segments.map((target, targetPosition) => ({
                target,
                isSame: origin.id === target.id,
                isRise: origin.id !== NO_SEGMENT && targetPosition < position,
                isFall: origin.id !== NO_SEGMENT && targetPosition > position,
                ...this.getCell(origin, target),
            })),
        }));
    }

    getCell(origin, target) {
        const cell = this.props.cells.find(
            (candidate) => candidate.from_id === origin.id && candidate.to_id === target.id,
        );
        if (!cell) {
            return { customers: 0 };
        }
        return {
            customers: cell.customers,
            count: formatCount(cell.customers),
            label: _t("%(origin)s → %(target)s: customers %(count)s, worth %(value)s today", {
                origin: origin.name,
                target: target.name,
                count: formatCount(cell.customers),
                value: formatMoney(cell.value, this.props.currencyId),
            }),
        };
    }

    sum(isCounted) {
        return this.props.cells.filter(isCounted).reduce((sum, { customers }) => sum + customers, 0);
    }
}
