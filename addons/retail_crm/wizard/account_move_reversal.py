from odoo import api, models


class AccountMoveReversal(models.TransientModel):
    """Crediting is taking back; correcting an invoice, with a new one in its place, is not."""

    _name = "account.move.reversal"
    _inherit = ["account.move.reversal", "retail.return.check"]

    @api.depends("move_ids")
    def _compute_retail_return_warning(self):
        return super()._compute_retail_return_warning()

    def reverse_moves(self, is_modify=False):
        if not is_modify:
            self._check_return_window()
        return super().reverse_moves(is_modify=is_modify)

    def _get_returned(self):
        invoices = self.move_ids._origin.filtered(lambda move: move.move_type == "out_invoice")
        return dict.fromkeys(invoices.line_ids.sale_line_ids.order_id)
