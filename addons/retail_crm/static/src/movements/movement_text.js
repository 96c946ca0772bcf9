import { _t } from "@web/core/l10n/translation";

export const NO_SEGMENT = 0;
export const ANY_SEGMENT = "*";

/** A movement as the server searches for it; a segment is its id, NO_SEGMENT or ANY_SEGMENT. */
export function movementText({ since, until }, fromId, toId) {
    return `${since}:${fromId}>${until}:${toId}`;
}

/** Whoever had no segment on the first day, as if that were one. */
export function newcomers() {
    return { id: NO_SEGMENT, name: _t("New customers"), color: 0 };
}
