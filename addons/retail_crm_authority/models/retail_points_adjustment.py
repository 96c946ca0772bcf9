from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.retail_crm.models.retail_points_adjustment import REQUEST_DAYS


class RetailPointsAdjustment(models.Model):
    """Points that are given are goodwill: within the authority of who gives them, beside the limit for points."""

    _inherit = "retail.points.adjustment"

    def _decide(self, values):
        company = self.env["res.company"].browse(values["company_id"])
        if self.env.su or values["points"] <= 0:
            return super()._decide(values)
        wallet = self.env["retail.points.wallet"].browse(values["wallet_id"])
        if not self._take_goodwill(wallet, values["points"]):
            today = self.env["retail.run"]._today(company.sudo())
            return {"state": "requested", "deadline": today + timedelta(days=REQUEST_DAYS)}
        decided = super()._decide(values)
        if decided["state"] != "done":
            fund = self.env["retail.authority.fund"]
            month = fund._get_month(company)
            fund._give_back(self.env.uid, company, month, points=values["points"])
        return decided

    @api.model
    def _adjust_at_once(self, wallet, points, reason):
        if points > 0 and not self.env.su and self._get_goodwill_limits(wallet).points < points:
            raise AccessError(self._say_too_much(self._get_company(wallet)))
        return super()._adjust_at_once(wallet, points, reason)

    def _answer(self, state, answer=None):
        """Who approves points grants them."""
        result = super()._answer(state, answer)
        if state == "approved" and self.points > 0 and not self._take_goodwill(self.wallet_id, self.points):
            raise UserError(
                self.env._(
                    "These are more points than you may grant: somebody with more authority answers the request."
                )
            )
        return result

    def _take_goodwill(self, wallet, points):
        """Charge goodwill to the current user (2 queries). Returns whether it is within authority."""
        limits = self._get_goodwill_limits(wallet)
        company = self._get_company(wallet)
        return points <= limits.points and self.env["retail.authority.fund"]._take(
            self.env.user, company, limits, points=points
        )

    def _get_goodwill_limits(self, wallet):
        wallet = wallet.sudo()
        return self.env["retail.authority"]._get_limits(
            self.env.user, self._get_company(wallet), wallet.partner_id
        )
