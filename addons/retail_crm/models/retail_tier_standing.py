from odoo import fields, models


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
        "loyalty.program", string="Program", required=True, readonly=True, index=True, ondelete="cascade"
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
    next_share = fields.Float(
        string="Reached of the next",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Share of the threshold of the next tier.",
    )

    _wallet_uniq = models.Constraint("UNIQUE(wallet_id)", "A wallet stands in its program once.")
    _next_idx = models.Index("(next_share)")

    def _compute_is_in_grace(self):
        for standing in self:
            standing.is_in_grace = standing.membership_id._is_in_grace(standing.program_id._get_tier_today())

    def _search_is_in_grace(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return [("membership_id.kept_until", "<", today)]
