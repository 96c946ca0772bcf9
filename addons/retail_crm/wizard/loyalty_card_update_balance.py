from odoo import models


class LoyaltyCardUpdateBalance(models.TransientModel):
    """Odoo's dialog for a new balance; what is said there becomes the reason of the adjustment."""

    _inherit = "loyalty.card.update.balance"

    def action_update_card_point(self):
        """Where the user has to ask, the difference becomes a request; a balance asked for twice is asked for once."""
        self.ensure_one()
        card = self.card_id.with_context(retail_points_reason=self.description)
        wallet = card.sudo().retail_wallet_id.sudo(False)
        if not wallet:
            return super().action_update_card_point()
        change = wallet._to_points(self.new_balance) - wallet._to_points(card.points)
        adjustments = self.env["retail.points.adjustment"]
        if self.new_balance < 0 or not change or adjustments._may_at_once(wallet, abs(change)):
            return super(LoyaltyCardUpdateBalance, self.with_env(card.env)).action_update_card_point()
        key = f"{self._name}:{self.id}"
        request = adjustments.search([("request_key", "=", key)]) or adjustments.create(
            {
                "wallet_id": wallet.id,
                "points": float(change),
                "reason": self.description,
                "request_key": key,
            }
        )
        return request._notify_in_browser()
