import { _t } from "@web/core/l10n/translation";

import { formatDay } from "../shared/formats";

import { Component } from "@odoo/owl";

/** The tier of a wallet with its emblem, how far it is to the next one, and which benefits are left. */
export class TierBadge extends Component {
    static template = "retail_crm.TierBadge";
    static props = { tier: Object };

    get style() {
        return this.props.tier.color ? `--retail-tone: ${this.props.tier.color};` : "";
    }

    get progress() {
        return `width: ${Math.round(100 * Math.min(this.props.tier.progress ?? 0, 1))}%`;
    }

    get until() {
        const { grace_until: grace, kept_until: kept, in_grace: isGrace } = this.props.tier;
        if (isGrace && grace) {
            return _t("in grace until %s", formatDay(grace));
        }
        return kept ? _t("until %s", formatDay(kept)) : "";
    }

    get benefits() {
        return this.props.tier.benefits
            .filter(({ left }) => left === null || left > 0)
            .map(({ id, name, left, entitled }) => ({
                id,
                text:
                    left === null
                        ? name
                        : _t("%(benefit)s: %(left)s of %(entitled)s left", { benefit: name, left, entitled }),
            }));
    }
}
