from odoo import fields, models


class RetailPointsRefusal(models.TransientModel):
    """Why a request for points is refused, until it is sent."""

    _name = "retail.points.refusal"
    _description = "Refusal of a request for points"

    adjustment_id = fields.Many2one("retail.points.adjustment", required=True, ondelete="cascade")
    answer = fields.Char(string="Why not", required=True)

    def action_refuse(self):
        self.ensure_one()
        self.adjustment_id._answer("refused", self.answer)
        return {"type": "ir.actions.act_window_close"}
