/** Whether somebody waits for this run: its progress is worth looking at again. */
export function isUnderWay(run) {
    return Boolean(run) && ["requested", "computing", "applying"].includes(run.state);
}
