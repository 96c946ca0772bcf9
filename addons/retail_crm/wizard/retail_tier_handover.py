from odoo import api, fields, models
from odoo.exceptions import AccessError


class RetailTierHandover(models.TransientModel):
    """Staff hand over a benefit to a customer who is entitled to it."""

    _name = "retail.tier.handover"
    _description = "Handing over of a benefit"

    wallet_id = fields.Many2one("retail.points.wallet", required=True, readonly=True)
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    tier_id = fields.Many2one(related="wallet_id.tier_id")
    benefit_id = fields.Many2one(
        "retail.tier.benefit",
        required=True,
        domain="[('tier_id', '=', tier_id), ('kind', 'not in', ('multiplier', 'pricelist'))]",
    )
    product_id = fields.Many2one(related="benefit_id.product_id")
    quantity = fields.Integer(string="Times", default=1, required=True)
    left_text = fields.Char(string="Left", compute="_compute_left_text")
    order_id = fields.Many2one("sale.order", domain="[('partner_id', 'child_of', partner_id)]")
    note = fields.Char()

    @api.constrains("wallet_id", "order_id")
    def _check_readable(self):
        """Ids come from the client; constraints and related fields are computed as the superuser."""
        self.sudo(False).wallet_id.check_access("read")
        self.sudo(False).order_id.check_access("read")

    @api.depends("benefit_id")
    def _compute_left_text(self):
        for handover in self:
            handover.left_text = handover.benefit_id and handover._say_left()

    def _say_left(self):
        self.wallet_id.check_access("read")
        wallet, day = self.sudo().wallet_id, self.sudo().wallet_id.program_id._get_tier_today()
        rows = {
            row["id"]: row
            for row in self.env["retail.tier.benefit"].sudo()._get_benefits(wallet, day)[wallet.id]
        }
        row = rows.get(self.benefit_id.id)
        if not row or row["left"] is None:
            return self.env._("As often as the customer likes")
        return self.env._("%(left)s of %(entitled)s", left=row["left"], entitled=row["entitled"])

    def action_hand_over(self):
        """Note it; refused beyond what the customer is entitled to."""
        self.ensure_one()
        if not self.env.user.has_group("retail_crm.group_user"):
            raise AccessError(self.env._("Staff of the shop hand over benefits."))
        self._check_readable()
        self.env["retail.tier.benefit.use"].sudo()._hand_over(
            self.wallet_id.sudo(), self.benefit_id.sudo(), self.quantity, self.order_id, self.note
        )
        return {"type": "ir.actions.act_window_close"}
