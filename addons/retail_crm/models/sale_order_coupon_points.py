from odoo import api, models
from odoo.exceptions import UserError


class SaleOrderCouponPoints(models.Model):
    _inherit = "sale.order.coupon.points"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        """Salespersons may delete entries, for Odoo does so when they cancel an order; and only then."""
        if not self.env.su and any(entry.order_id.state == "sale" for entry in self):
            raise UserError(self.env._("What a confirmed order has earned goes away when it is cancelled."))
