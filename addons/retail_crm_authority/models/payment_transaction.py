from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """A down payment does not confirm what waits for approval: the order stays a quotation that is partly paid."""
        waiting = self.filtered(
            lambda transaction: any(
                order.state in ("draft", "sent")
                and not order._is_confirmed_by_itself()
                and order._waits_for_authority()
                for order in transaction.sale_order_ids
            )
        )
        return super(PaymentTransaction, self - waiting)._check_amount_and_confirm_order()
