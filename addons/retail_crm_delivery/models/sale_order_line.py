from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _is_delivery_charge(self):
        """A client may call any line of an own order a delivery: only what the order's carrier charges is one."""
        return super()._is_delivery_charge() and self.product_id == self.order_id.carrier_id.product_id
