import { _t } from "@web/core/l10n/translation";

export const NO_SEGMENT = 0;

/** Whoever had no segment before, as if that were one. */
export function newcomers() {
    return { id: NO_SEGMENT, name: _t("New customers"), color: 0 };
}

/** The segments from which `moves` come, `{ from_id, to_id, customers }` each; `from_id` is empty for newcomers. */
export function getOrigins(segments, moves) {
    return moves.some((move) => !move.from_id) ? [...segments, newcomers()] : segments;
}

export function isFrom(move, origin) {
    return (move.from_id || NO_SEGMENT) === origin.id;
}
