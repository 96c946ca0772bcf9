from odoo import api, fields, models
from odoo.exceptions import UserError


class RetailActionDone(models.TransientModel):
    """What came of some actions, until it is logged."""

    _name = "retail.action.done"
    _description = "Outcome of actions"

    action_ids = fields.Many2many("retail.action", string="Actions", required=True, readonly=True)
    summary = fields.Char(compute="_compute_summary")
    outcome_id = fields.Many2one("retail.action.outcome", required=True)
    asks_next_date = fields.Boolean(related="outcome_id.asks_next_date")
    note = fields.Text()
    next_on = fields.Date(
        string="Next date", help="Makes another action of the same kind, due that day. Empty: none."
    )

    @api.depends("action_ids")
    @api.depends_context("lang")
    def _compute_summary(self):
        for wizard in self:
            actions = wizard.action_ids
            if len(actions) == 1:
                wizard.summary = actions.display_name
            else:
                wizard.summary = self.env._("%s actions", len(actions))

    def action_log(self):
        """Log the outcome with the rights of the user."""
        self.ensure_one()
        if self.next_on and self.next_on < fields.Date.context_today(self):
            raise UserError(self.env._("The next date is over already: choose one from today on."))
        self.action_ids._log_outcome(self.outcome_id, self.note, self.next_on)
        return {"type": "ir.actions.act_window_close"}
