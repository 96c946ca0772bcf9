from odoo import api, models

from .stock_move_protection import Protections


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_protected()
        return lines

    def write(self, vals):
        before = {line: line.quantity_product_uom for line in self} if "quantity" in vals else {}
        result = super().write(vals)
        self.filtered(
            lambda line: line in before and line.quantity_product_uom > before[line]
        )._check_protected()
        return result

    def _check_protected(self):
        """What Odoo reserves is within bounds already (see ``_update_reserved_quantity`` of the moves)."""
        if not isinstance(self.env.context.get("retail_protections"), Protections):
            self.filtered(lambda line: line.state != "done").move_id._check_protected()
