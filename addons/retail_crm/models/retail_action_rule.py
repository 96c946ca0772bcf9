from odoo import api, fields, models


class RetailActionRule(models.Model):
    """One row is what a strategy does when something happens to one of its customers: which action, by when.

    A strategy has one rule for an event, because every event becomes one action. Days are calendar days.
    """

    _name = "retail.action.rule"
    _description = "Action rule"
    _order = "strategy_id, sequence, id"

    strategy_id = fields.Many2one("retail.strategy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="strategy_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    event = fields.Selection("_get_events", string="When", required=True)
    kind = fields.Selection(
        selection=lambda self: self.env["retail.action"]._fields["kind"]._description_selection(self.env),
        string="Kind of action",
        required=True,
        default="call",
    )
    name = fields.Char(
        string="What to do", required=True, translate=True, help="Staff read it as the title of the action."
    )
    due_days = fields.Integer(
        string="Due within (days)",
        aggregator=None,
        default=3,
        help="Days from the decision to the day the action is due.",
    )
    window_days = fields.Integer(
        string="Measured for (days)",
        aggregator=None,
        default=60,
        help="What the customer buys in so many days after the event counts as what came of it.",
    )
    threshold_days = fields.Integer(
        string="After / before (days)",
        aggregator=None,
        help="Too long in the segment: days since the customer came in. Points expire: days before the last day.",
    )
    daily_limit = fields.Integer(
        string="At most a day",
        aggregator=None,
        help="Most actions that this rule makes in one day, customers of most value first. 0: no limit.",
    )
    role = fields.Selection(
        selection=lambda self: (
            self.env["retail.strategy"]._fields["responsible_role"]._description_selection(self.env)
        ),
        help="Who does it. Empty: the role that the strategy names.",
    )
    active = fields.Boolean(default=True)

    _strategy_event_uniq = models.Constraint(
        "UNIQUE(strategy_id, event)",
        "The strategy already has a rule for this event, perhaps an archived one: edit that one.",
    )
    _days_in_range = models.Constraint(
        "CHECK(due_days >= 0 AND threshold_days >= 0 AND daily_limit >= 0 AND window_days BETWEEN 1 AND 730)",
        "Days cannot be negative, and an action is measured for 1 to 730 days.",
    )

    @api.model
    def _get_events(self):
        """What happens by itself; by hand staff make actions without a rule."""
        events = self.env["retail.action"]._fields["event"]._description_selection(self.env)
        return [(event, words) for event, words in events if event != "manual"]

    @api.depends("strategy_id", "name")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = f"{rule.strategy_id.name}: {rule.name}"
