from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .retail_tier_benefit import BY_ORDERS


class RetailTierBenefitUse(models.Model):
    """One row is a benefit handed over to a customer; one that was noted by mistake is archived by a manager."""

    _name = "retail.tier.benefit.use"
    _description = "Benefit handed over"
    _order = "day desc, id desc"
    _rec_name = "benefit_id"

    wallet_id = fields.Many2one(
        "retail.points.wallet", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    benefit_id = fields.Many2one(
        "retail.tier.benefit", required=True, readonly=True, index=True, ondelete="restrict"
    )
    tier_id = fields.Many2one(related="benefit_id.tier_id")
    day = fields.Date(required=True, readonly=True)
    quantity = fields.Integer(string="Times", required=True, readonly=True, default=1)
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null", ondelete="set null")
    user_id = fields.Many2one(
        "res.users",
        string="Handed over by",
        required=True,
        readonly=True,
        ondelete="restrict",
        default=lambda self: self.env.uid,
    )
    note = fields.Char(readonly=True)
    active = fields.Boolean(default=True, readonly=True)

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "At least one is handed over: give a number above nothing."
    )

    @api.model
    def _hand_over(self, wallet, benefit, quantity, order=None, note=None):
        """Note that the customer of ``wallet`` gets ``benefit``.

        Two tills at once: the second one fails with a serialization error and is retried by the server, then it sees
        what the first one gave.

        :raise UserError: the customer is not entitled to it, or not to so many any more
        """
        if quantity <= 0:
            raise UserError(self.env._("At least one is handed over: give a number above nothing."))
        self._check_entitled(wallet, benefit, quantity)
        return self.create(
            {
                "wallet_id": wallet.id,
                "benefit_id": benefit.id,
                "day": benefit.program_id._get_tier_today(),
                "quantity": quantity,
                "order_id": order and order.id,
                "note": note,
            }
        )

    def _check_entitled(self, wallet, benefit, quantity):
        if benefit.kind in BY_ORDERS:
            raise UserError(
                self.env._("%(benefit)s comes by itself on orders of the customer.", benefit=benefit.name)
            )
        self._lock(wallet)
        day = benefit.program_id._get_tier_today()
        entitled = {row["id"]: row for row in benefit._get_benefits(wallet, day)[wallet.id]}.get(benefit.id)
        names = {"customer": wallet.partner_id.display_name, "benefit": benefit.name}
        if not entitled:
            raise UserError(self.env._("%(customer)s is not entitled to %(benefit)s now.", **names))
        if entitled["left"] is not None and quantity > entitled["left"]:
            raise UserError(
                self.env._(
                    "%(customer)s has had %(delivered)s of %(entitled)s times %(benefit)s: %(left)s left.",
                    **names,
                    delivered=entitled["delivered"],
                    entitled=entitled["entitled"],
                    left=entitled["left"],
                )
            )

    def _lock(self, wallet):
        """Count up first and look then, as for points."""
        self.env["retail.tier.membership"].flush_model(["benefit_count"])
        self.env.cr.execute(
            SQL(
                """UPDATE retail_tier_membership SET benefit_count = benefit_count + 1
                    WHERE wallet_id = %s AND until IS NULL""",
                wallet.id,
            )
        )
        self.env["retail.tier.membership"].invalidate_model(["benefit_count"], flush=False)

    def action_undo(self):
        """It was noted by mistake: the customer may have it again."""
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise UserError(self.env._("Managers correct what was noted by mistake: ask one of them."))
        self.check_access("read")
        self.sudo().active = False
