from odoo import fields, models
from odoo.exceptions import UserError


class RetailPromiseChange(models.TransientModel):
    """Why promises are withdrawn, or to which time they move, until it is noted."""

    _name = "retail.promise.change"
    _description = "Change of promises"

    promise_ids = fields.Many2many("retail.promise", string="Promises", required=True, readonly=True)
    what = fields.Selection(
        [("withdraw", "Withdraw"), ("move", "Another time")], required=True, default="withdraw"
    )
    due_at = fields.Datetime(string="New time", help="In your time zone.")
    reason = fields.Char(required=True)

    def action_apply(self):
        """Withdraw or move, with the rights of the user; what was promised first stays on record."""
        self.ensure_one()
        if self.what == "withdraw":
            self.promise_ids._withdraw(self.reason)
            return {"type": "ir.actions.act_window_close"}
        if not self.due_at:
            raise UserError(self.env._("Say until when it is promised now."))
        for promise in self.promise_ids:
            successor = promise._move(self.due_at, self.reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": "retail.promise",
            "res_id": successor.id,
            "views": [(False, "form")],
        }
