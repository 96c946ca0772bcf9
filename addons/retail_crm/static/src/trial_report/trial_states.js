/** Whether somebody waits for this trial: its progress is worth looking at again. */
export function isUnderWay(state) {
    return ["requested", "running"].includes(state);
}
