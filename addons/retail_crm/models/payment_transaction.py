from odoo import api, fields, models

PAYMENT_FIELDS = {"state", "amount", "currency_id", "sale_order_ids", "operation"}


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    retail_is_by_hand = fields.Boolean(
        string="Recorded by hand",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="A person wrote this payment. What providers report, the server writes by itself.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Only what the server itself creates is a customer's payment."""
        by_hand = {"retail_is_by_hand": not self.env.su}
        return super().create([{**vals, **by_hand} for vals in vals_list])

    def write(self, vals):
        if not self.env.su:
            vals = {name: value for name, value in vals.items() if name != "retail_is_by_hand"}
            if PAYMENT_FIELDS & vals.keys():
                vals["retail_is_by_hand"] = True
        return super().write(vals)
