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
        """0 to 1: how much of what the customer owes for a posted invoice is paid; nothing owed is all paid.

        What its own credit notes settle is not owed any more.
        """
        self.ensure_one()
        partials = self.line_ids.matched_credit_ids.filtered(
            lambda partial: partial.credit_move_id.move_id.reversed_entry_id == self
        )
        owed = self.amount_total - sum(partials.mapped("debit_amount_currency"))
        return 1 if self.currency_id.is_zero(owed) else 1 - self.amount_residual / owed

    def _get_refunded_share(self):
        """0 to 1: how much of a posted credit note had been paid: what it settles on its invoice, as far as that is."""
        self.ensure_one()
        if not self.amount_total:
            return 1
        partials = self.line_ids.matched_debit_ids.filtered(
            lambda partial: partial.debit_move_id.move_id == self.reversed_entry_id
        )
        settled = sum(partials.mapped("credit_amount_currency")) / self.amount_total
        return 1 - settled * (1 - self.reversed_entry_id._get_paid_share()) if settled else 1
