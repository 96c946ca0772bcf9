from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """Part payments as well: Odoo's hook tells only of invoices that are paid completely."""
        partials = super().create(vals_list)
        partials._get_points_invoices()._book_points_of_orders()
        return partials

    def unlink(self):
        """A payment that is undone takes the points with it."""
        invoices = self._get_points_invoices()
        result = super().unlink()
        invoices.exists()._book_points_of_orders()
        return result

    def _get_points_invoices(self):
        return (self.debit_move_id | self.credit_move_id).move_id.filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )
