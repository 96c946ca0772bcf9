from datetime import timedelta

from odoo import api, fields, models

from ..models.retail_appeal import ANSWERS

# what a pin that answers an appeal lasts unless the manager says otherwise
PIN_DAYS = 90


class RetailAppealAnswer(models.TransientModel):
    """A manager's answer to an appeal, until it is sent."""

    _name = "retail.appeal.answer"
    _description = "Answer to an appeal"

    appeal_id = fields.Many2one("retail.appeal", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(related="appeal_id.partner_id", string="Customer")
    user_id = fields.Many2one(related="appeal_id.user_id", string="Made by")
    reason = fields.Text(related="appeal_id.reason", string="What is wrong")
    appealed_segment_id = fields.Many2one(related="appeal_id.segment_id", string="Segment then")
    wanted_segment_id = fields.Many2one(related="appeal_id.wanted_segment_id", string="Should be")
    outcome = fields.Selection(selection="_get_outcomes", required=True)
    answer = fields.Text(required=True)
    correction = fields.Char(string="What was corrected")
    segment_id = fields.Many2one(
        "retail.segment", string="Pin to", compute="_compute_segment_id", store=True, readonly=False
    )
    date_end = fields.Date(
        string="Until",
        default=lambda self: fields.Date.context_today(self) + timedelta(days=PIN_DAYS),
        help="Last day of the pin. Empty: until somebody removes it.",
    )

    @api.model
    def _get_outcomes(self):
        outcomes = self.env["retail.appeal"]._fields["outcome"]._description_selection(self.env)
        return [(outcome, words) for outcome, words in outcomes if outcome in ANSWERS]

    @api.depends("appeal_id")
    def _compute_segment_id(self):
        for wizard in self:
            wizard.segment_id = wizard.appeal_id.wanted_segment_id

    def action_answer(self):
        """Send the answer; the appeal is closed with it."""
        self.ensure_one()
        self.appeal_id._answer(
            self.outcome, self.answer, self.correction, segment=self.segment_id, date_end=self.date_end
        )
        return {"type": "ir.actions.act_window_close"}
