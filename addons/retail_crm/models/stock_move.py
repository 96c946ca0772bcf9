from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_new_picking_values(self):
        """A transfer starts with the priority that the strategy of its customer asks for."""
        values = super()._get_new_picking_values()
        self._get_retail_customers().retail_strategy_id._apply("stock_priority", values)
        return values

    def _get_retail_customers(self):
        """Customers whom these moves serve: of the orders behind them, or of deliveries without one.

        Empty for receipts: the partner is a supplier there, or brings something back. In superuser mode, because
        warehouse staff see neither orders nor profiles.
        """
        moves = self.sudo().filtered(lambda move: move.picking_type_id.code != "incoming")
        deliveries = moves.filtered(lambda move: move.picking_type_id.code == "outgoing")
        customers = moves.sale_line_id.order_id.partner_id or deliveries.partner_id
        return customers.with_company(self.company_id[:1] or self.env.company)
