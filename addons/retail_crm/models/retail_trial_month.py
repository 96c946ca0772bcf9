from odoo import fields, models

SIDES = [("active", "Today's policy"), ("draft", "On trial")]


class RetailTrialMonth(models.Model):
    """One row is a segment on one day of a trial, under one of the two policies.

    The first day has no memory, so nobody has changed on it. What followed is that of the policy's horizon after the
    day, empty where that is not over yet. Money in company currency.
    """

    _name = "retail.trial.month"
    _description = "Segment in a trial"
    _order = "trial_id, day, side, segment_id"
    _log_access = False

    trial_id = fields.Many2one("retail.trial", required=True, readonly=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one(related="trial_id.currency_id")
    day = fields.Date(required=True, readonly=True)
    side = fields.Selection(SIDES, string="Policy", required=True, readonly=True)
    segment_id = fields.Many2one("retail.segment", readonly=True, ondelete="cascade")
    customers = fields.Integer(readonly=True)
    value = fields.Monetary(readonly=True)
    known = fields.Integer(
        string="Known before", readonly=True, help="Customers already there a month before."
    )
    changed = fields.Integer(string="Came from another segment", readonly=True)
    flipped = fields.Integer(
        string="Came back", readonly=True, help="Those among them who had left this segment the month before."
    )
    has_followed = fields.Boolean(
        string="Is what followed known", readonly=True, help="The horizon after that day is over."
    )
    next_contribution = fields.Monetary(string="Contribution that followed", readonly=True)
    silent = fields.Integer(
        string="Stayed away", readonly=True, help="Without a purchase in the time that followed."
    )
