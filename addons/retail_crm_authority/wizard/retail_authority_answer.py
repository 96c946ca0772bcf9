from odoo import fields, models


class RetailAuthorityAnswer(models.TransientModel):
    """What somebody answers a request with, until it is sent."""

    _name = "retail.authority.answer"
    _description = "Answer to a request for approval"

    request_id = fields.Many2one("retail.authority.request", required=True, ondelete="cascade")
    state = fields.Selection([("approved", "Approve"), ("refused", "Refuse")], required=True)
    answer = fields.Char(string="Words")

    def action_answer(self):
        self.ensure_one()
        self.request_id._answer(self.state, self.answer)
        return {"type": "ir.actions.act_window_close"}
