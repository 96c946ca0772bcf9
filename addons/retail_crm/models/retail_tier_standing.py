from odoo import api, fields, models
from odoo.exceptions import AccessError


class RetailTierStanding(models.Model):
    """One row is where a wallet stood in the tiers of its program when they were computed last.

    ``figures`` is ``{tier id: figure}``. The tier itself is that of the membership; rows are made anew at any time.
    """

    _name = "retail.tier.standing"
    _description = "Standing in the tiers"
    _order = "next_share desc NULLS LAST, id"
    _rec_name = "partner_id"
    _log_access = False

    wallet_id = fields.Many2one("retail.points.wallet", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    program_id = fields.Many2one(
        "loyalty.program", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id")
    currency_id = fields.Many2one(related="next_tier_id.currency_id")
    membership_id = fields.Many2one(
        "retail.tier.membership", readonly=True, index="btree_not_null", ondelete="set null"
    )
    tier_id = fields.Many2one(related="wallet_id.tier_id", string="Tier")
    tier_color = fields.Char(related="wallet_id.tier_id.color")
    since = fields.Date(related="membership_id.stay_since")
    kept_until = fields.Date(related="membership_id.kept_until")
    grace_until = fields.Date(related="membership_id.grace_until")
    how = fields.Selection(related="membership_id.how")
    is_in_grace = fields.Boolean(
        string="In grace",
        compute="_compute_is_in_grace",
        search="_search_is_in_grace",
        help="The time for which the tier is kept is over; without qualifying again the customer loses it soon.",
    )
    reached_tier_id = fields.Many2one(
        "retail.tier", string="Reached", readonly=True, ondelete="set null", help="By the figures alone."
    )
    figures = fields.Json(readonly=True)
    next_tier_id = fields.Many2one(
        "retail.tier", string="Next tier", readonly=True, index="btree_not_null", ondelete="set null"
    )
    next_qualification = fields.Selection(related="next_tier_id.qualification")
    missing = fields.Float(
        digits=(16, 2), readonly=True, aggregator=None, help="Points or money up to the next tier."
    )
    missing_text = fields.Char(string="What is missing", compute="_compute_missing_text")
    next_share = fields.Float(
        string="Reached of the next",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Share of the threshold of the next tier.",
    )

    _wallet_uniq = models.Constraint("UNIQUE(wallet_id)", "A wallet stands in its program once.")
    _next_idx = models.Index("(next_share)")

    @api.depends_context("lang")
    @api.depends("missing", "next_tier_id")
    def _compute_missing_text(self):
        for standing in self:
            following = standing.next_tier_id
            standing.missing_text = following._say_amount(standing.missing) if following else False

    def _compute_is_in_grace(self):
        for standing in self:
            standing.is_in_grace = standing.membership_id._is_in_grace(standing.program_id._get_tier_today())

    def _search_is_in_grace(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return [("membership_id.kept_until", "<", today)]

    def action_open_wallet(self):
        self.ensure_one()
        return self.wallet_id.get_formview_action()

    @api.model
    def action_compute_now(self, _ids=None):
        """Let the scheduled action look at the tiers now, so that nobody waits for the night."""
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Managers start the computation of tiers: ask one of them."))
        self.env.ref("retail_crm.ir_cron_retail_tier").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The tiers are computed in the background. Look again in a minute."),
            },
        }
