from odoo import fields, models


class RetailPointsBlock(models.TransientModel):
    """Asks why a wallet is blocked, or unblocked."""

    _name = "retail.points.block"
    _description = "Block a points wallet"

    wallet_id = fields.Many2one("retail.points.wallet", required=True, readonly=True, ondelete="cascade")
    is_blocked = fields.Boolean(related="wallet_id.is_blocked")
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        self.wallet_id._block(not self.is_blocked, self.reason)
