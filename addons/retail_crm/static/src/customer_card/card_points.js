import { _t } from "@web/core/l10n/translation";

import { TierBadge } from "../points/tier_badge";
import { formatDay, joinClauses } from "../shared/formats";
import { formatPoints } from "../shared/points";

import { Component } from "@odoo/owl";

/** What the customer has in each program: points, what waits or is owed, what expires next, the tier. */
export class CardPoints extends Component {
    static template = "retail_crm.CardPoints";
    static components = { TierBadge };
    static props = { points: Array, openRecord: Function };

    setup() {
        this.formatPoints = formatPoints;
    }

    getNotes({ pending, debt, next_expiry: expiry, next_release: release }) {
        return joinClauses(
            [
                debt ? _t("%s owed: the next points earned repay it", formatPoints(debt)) : "",
                pending
                    ? release
                        ? _t("%(points)s pending, the next until %(day)s", {
                              points: formatPoints(pending),
                              day: formatDay(release.day),
                          })
                        : _t("%s pending", formatPoints(pending))
                    : "",
                expiry
                    ? _t("%(points)s expire after %(day)s", {
                          points: formatPoints(expiry.points),
                          day: formatDay(expiry.day),
                      })
                    : "",
            ].filter(Boolean),
        );
    }

    openWallet({ wallet_id: id }) {
        return this.props.openRecord("retail.points.wallet", id, _t("Points"));
    }
}
