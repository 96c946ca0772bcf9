from odoo import api, models


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
        if "retail_protections" not in self.env.context:
            self.filtered(lambda line: line.state != "done").move_id._check_protected()
