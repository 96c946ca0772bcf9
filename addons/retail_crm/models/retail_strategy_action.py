from odoo import api, fields, models


class RetailStrategy(models.Model):
    """What a strategy does when something happens, and how many customers it leaves alone to learn what that brings."""

    _inherit = "retail.strategy"

    action_rule_ids = fields.One2many("retail.action.rule", "strategy_id", string="Actions", copy=True)
    holdout_share = fields.Float(
        string="Hold-out (%)",
        # a new company decides for itself whether it leaves anybody alone
        copy=False,
        help="Share of customers, drawn at random once and for good, for whom nothing is done, so that one can see "
        "what the actions bring. 0: nobody is left out, and the effect cannot be measured.",
    )
    open_action_count = fields.Integer(string="Open actions", compute="_compute_action_counts")
    unclosed_action_count = fields.Integer(
        string="Never closed",
        compute="_compute_action_counts",
        help="Actions whose time is over and that nobody has finished.",
    )

    _holdout_share_in_range = models.Constraint(
        "CHECK(holdout_share BETWEEN 0 AND 100)", "The hold-out share lies between 0 and 100 percent."
    )

    def _compute_action_counts(self):
        """2 queries for any number of strategies."""
        Action = self.env["retail.action"]
        for name, domain in (
            ("open_action_count", [("state", "=", "open")]),
            ("unclosed_action_count", [("is_never_closed", "=", True)]),
        ):
            groups = Action._read_group(
                [("strategy_id", "in", self.ids), *domain], ["strategy_id"], ["__count"]
            )
            counts = dict(groups)
            for strategy in self:
                strategy[name] = counts.get(strategy, 0)

    @api.model
    def _create_missing_action_rules(self):
        """Give strategies without any rule those of the standard strategy for their segment."""
        standard = self._get_standard()
        rules = self.env["retail.action.rule"].with_context(active_test=False)
        with_rules = [strategy.id for (strategy,) in rules._read_group([], ["strategy_id"])]
        for strategy in self.search([("id", "not in", with_rules)]):
            model = standard.filtered(lambda one, own=strategy: one.segment_id == own.segment_id)
            for rule in model.action_rule_ids:
                rule.copy({"strategy_id": strategy.id})
