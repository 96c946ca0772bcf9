from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_done(self, cancel_backorder=False):
        """Deliveries give points where the program says so; goods that come back take them."""
        moves = super()._action_done(cancel_backorder=cancel_backorder)
        orders = moves.sudo().sale_line_id.order_id
        if orders.coupon_point_ids or orders.order_line.coupon_id:
            orders._book_points()
        return moves
