export const ANY_SEGMENT = "*";

/** A movement as the server searches for it; a segment is its id, NO_SEGMENT or ANY_SEGMENT. */
export function movementText({ since, until }, fromId, toId) {
    return `${since}:${fromId}>${until}:${toId}`;
}
