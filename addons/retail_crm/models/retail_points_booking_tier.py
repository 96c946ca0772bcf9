from odoo import models


class RetailPointsBooking(models.AbstractModel):
    """When wallets are merged, the better of their tiers stays."""

    _inherit = "retail.points.booking"

    def _close_wallet(self, source, target):
        result = super()._close_wallet(source, target)
        self._merge_tiers(source, target)
        return result

    def _merge_tiers(self, source, target):
        """Stays are not re-pointed: the source's ends, and the target gets one like it when it is the better one."""
        mine, theirs = target.membership_id, source.membership_id
        self.env["retail.tier.standing"].search([("wallet_id", "=", source.id)]).unlink()
        if not theirs:
            return
        today = theirs.program_id._get_tier_today()
        theirs._close(today, "merged")
        source.tier_id = False
        if not mine or mine._get_worth() < theirs._get_worth():
            mine._close(today, "merged")
            # an invitation stays one, or nobody could withdraw it
            how = theirs.how if theirs.how == "invited" else "merged"
            theirs.copy({"wallet_id": target.id, "since": today, "how": how, "until": False, "ending": False})
            target.tier_id = theirs.tier_id
        target.invalidate_recordset(["membership_id"])
