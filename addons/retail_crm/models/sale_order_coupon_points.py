from odoo import api, models
from odoo.exceptions import UserError

from .loyalty_card import BY_FLOW, FLOW


class SaleOrderCouponPoints(models.Model):
    """One row is what an order earns on a card."""

    _inherit = "sale.order.coupon.points"

    # what came by itself on the orders of a customer is counted by card; an index of the field would outlive the addon
    _retail_coupon_idx = models.Index("(coupon_id)")

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create(vals_list)
        entries._check_not_confirmed()
        return entries

    def write(self, vals):
        self._check_not_confirmed()
        return super().write(vals)

    def _check_not_confirmed(self):
        """Whoever could write what a confirmed order earns could give points."""
        by_hand = not self.env.su and self.env.context.get(FLOW) is not BY_FLOW
        if by_hand and any(entry.order_id.state == "sale" for entry in self):
            raise UserError(self.env._("What a confirmed order earns follows its lines: change those."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        """Salespersons may delete entries, for Odoo does so when they cancel an order; and only then."""
        if not self.env.su and any(entry.order_id.state == "sale" for entry in self):
            raise UserError(self.env._("What a confirmed order has earned goes away when it is cancelled."))
