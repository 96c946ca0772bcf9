import { _t } from "@web/core/l10n/translation";

const TODAY_COLOR = 0;
const TRIAL_COLOR = 8;

/** The two policies that a trial compares, in the order in which they stand side by side. */
export function getSides() {
    return [
        { name: "active", title: _t("Today's policy"), color: TODAY_COLOR },
        { name: "draft", title: _t("On trial"), color: TRIAL_COLOR },
    ];
}
