from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _get_new_picking_values(self):
        """A transfer starts with the priority that the strategy of its customer asks for."""
        values = super()._get_new_picking_values()
        customers = self.sale_line_id.order_id.partner_id or self.partner_id
        company = self.company_id[:1] or self.env.company
        strategies = customers.sudo().with_company(company).retail_strategy_id
        strategies._apply("stock_priority", values)
        return values
