from odoo import api, models

from .loyalty_card import BY_FLOW, FLOW


class SaleOrderLine(models.Model):
    """Rewards added to, changed on or removed from an order, confirmed or not."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super(SaleOrderLine, self.with_context(**{FLOW: BY_FLOW})).create(vals_list)
        lines = lines.with_env(self.env)
        lines._book_points()
        return lines

    def write(self, vals):
        if not vals.keys() & {"points_cost", "coupon_id"}:
            return super().write(vals)
        result = super(SaleOrderLine, self.with_context(**{FLOW: BY_FLOW})).write(vals)
        self._book_points()
        return result

    def unlink(self):
        orders = self._get_points_orders()
        result = super(SaleOrderLine, self.with_context(**{FLOW: BY_FLOW})).unlink()
        if not self._is_in_flow():
            orders._points_changed()
        return result

    def _book_points(self):
        """Quotations book nothing; inside a flow of the order, the flow books once at its end."""
        if not self._is_in_flow():
            self._get_points_orders().filtered(lambda order: order.state == "sale")._book_points()

    def _is_in_flow(self):
        return self.env.context.get(FLOW) is BY_FLOW

    def _get_points_orders(self):
        """Orders whose points these lines may change."""
        return self.filtered("coupon_id").order_id
