from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._book_points_of_orders()
        return posted

    def write(self, vals):
        """A credit note that is set back to draft or cancelled returns nothing any more."""
        result = super().write(vals)
        if vals.get("state") in ("draft", "cancel"):
            self._book_points_of_orders()
        return result

    def _book_points_of_orders(self):
        """Credit notes take points back, payments give them where the program says so."""
        documents = self.filtered(lambda move: move.move_type in ("out_invoice", "out_refund"))
        orders = documents.sudo().invoice_line_ids.sale_line_ids.order_id
        if orders.coupon_point_ids or orders.order_line.coupon_id:
            orders._book_points()

    def _get_paid_share(self):
        """0 to 1: how much of a posted invoice is paid; one without an amount is paid by being posted."""
        self.ensure_one()
        if not self.amount_total:
            return 1
        return 1 - self.amount_residual / self.amount_total
