from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

HOWS = [
    ("qualified", "Qualified"),
    ("requalified", "Qualified again"),
    ("downgraded", "Downgraded"),
    ("invited", "Invited"),
    ("merged", "Merged"),
]
ENDINGS = [
    ("upgraded", "Upgraded"),
    ("requalified", "Qualified again"),
    ("downgraded", "Downgraded"),
    ("left", "Left the tiers"),
    ("invited", "Invited to another"),
    ("withdrawn", "Invitation withdrawn"),
    ("merged", "Merged"),
]


class RetailTierMembership(models.Model):
    """One row is the stay of a wallet in a tier, until it qualifies again, moves or leaves; none is ever deleted.

    ``until`` is the day on which the next one begins, empty while the customer is in the tier. Without ``kept_until``
    the customer stays until somebody withdraws the invitation. ``figure`` is in the unit of the tier, on ``since``.
    """

    _name = "retail.tier.membership"
    _description = "Stay in a tier"
    _order = "since desc, id desc"
    _rec_name = "tier_id"

    wallet_id = fields.Many2one(
        "retail.points.wallet", required=True, readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    tier_id = fields.Many2one("retail.tier", required=True, readonly=True, index=True, ondelete="restrict")
    program_id = fields.Many2one(related="tier_id.program_id")
    from_tier_id = fields.Many2one(
        "retail.tier", string="Came from", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    since = fields.Date(required=True, readonly=True)
    stay_since = fields.Date(
        string="In the tier since",
        required=True,
        readonly=True,
        help="Also when the customer qualified again meanwhile.",
    )
    until = fields.Date(readonly=True, help="Empty: the customer is in the tier now.")
    kept_until = fields.Date(
        string="Kept until", readonly=True, help="Last day. Empty: until the invitation is withdrawn."
    )
    grace_until = fields.Date(
        string="Grace until", readonly=True, help="Last day of grace: the customer may still qualify again."
    )
    how = fields.Selection(HOWS, required=True, readonly=True)
    ending = fields.Selection(ENDINGS, string="Ended by", readonly=True)
    figure = fields.Float(digits=(16, 2), readonly=True, aggregator=None, help="Points or money at the time.")
    invited_by_id = fields.Many2one("res.users", string="Invited by", readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)
    benefit_count = fields.Integer(
        readonly=True,
        required=True,
        default=0,
        aggregator=None,
        help="Every benefit handed over counts itself here before it looks at what is left.",
    )

    _current_uniq = models.UniqueIndex(
        "(wallet_id) WHERE until IS NULL", "The customer is in a tier of this program already."
    )
    _current_tier_idx = models.Index("(tier_id) WHERE until IS NULL")
    _dates_in_order = models.Constraint(
        "CHECK(until >= since AND grace_until >= kept_until)", "A stay in a tier ends after it began."
    )

    def _is_in_grace(self, day):
        """The tier was kept until a day before ``day`` and is not lost yet."""
        return bool(self.kept_until and self.kept_until < day and not self.until)

    def _get_worth(self):
        """To compare two stays: the better tier, then the one that is kept longer, is worth more."""
        return self.tier_id.sequence, self.tier_id.id, self.kept_until or date.max

    # ------------------------------------------------------------------ invitation

    @api.model
    def _invite(self, wallet, tier, last_day, reason):
        """Put ``wallet`` into ``tier`` until ``last_day``, for good when empty (callers check who may).

        :raise UserError: the customer would lose by it, or the day is over
        """
        today = tier.program_id._get_tier_today()
        current = wallet.membership_id
        self._check_invitation(wallet, tier, last_day, today)
        current._close(today, "invited")
        invited = self.create(
            {
                "wallet_id": wallet.id,
                "tier_id": tier.id,
                "from_tier_id": current.tier_id.id,
                "since": today,
                "stay_since": current.stay_since if current.tier_id == tier else today,
                "kept_until": last_day,
                "grace_until": last_day,
                "how": "invited",
                "invited_by_id": self.env.uid,
                "reason": reason,
            }
        )
        wallet.tier_id = tier
        self._evaluate(wallet)
        return invited

    def _check_invitation(self, wallet, tier, last_day, today):
        if not wallet.active or tier.program_id != wallet.program_id or not tier.active:
            raise UserError(self.env._("This tier is not one of the program of the wallet."))
        if last_day and last_day < today:
            raise UserError(self.env._("The invitation would already be over: choose a day from today on."))
        current = wallet.membership_id
        if current and (current.tier_id.sequence, current.tier_id.id) > (tier.sequence, tier.id):
            raise UserError(
                self.env._(
                    "%(customer)s is in %(tier)s already, which is the better tier.",
                    customer=wallet.partner_id.display_name,
                    tier=current.tier_id.name,
                )
            )
        if current.tier_id == tier and (
            not current.kept_until or (last_day and last_day <= current.kept_until)
        ):
            raise UserError(
                self.env._(
                    "%(customer)s keeps %(tier)s longer than that already.",
                    customer=wallet.partner_id.display_name,
                    tier=tier.name,
                )
            )

    def action_withdraw(self):
        """Take invitations back; the customers get the tiers that they qualify for."""
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise UserError(self.env._("Managers withdraw invitations."))
        for membership in self.filtered_domain([("until", "=", False)]):
            if membership.how != "invited":
                raise UserError(self.env._("Only invitations are withdrawn: this tier was earned."))
            membership.check_access("read")
            stay = membership.sudo()
            stay._close(stay.program_id._get_tier_today(), "withdrawn")
            stay.wallet_id.tier_id = False
            stay._evaluate(stay.wallet_id)

    def _close(self, day, ending):
        current = self.filtered(lambda membership: not membership.until)
        current.write({"until": day, "ending": ending})
        # before the next one is created, for a wallet has one
        current.flush_recordset()

    def _evaluate(self, wallets):
        """Let these wallets have at once what the night would give them."""
        for program, group in wallets.grouped("program_id").items():
            self.env["retail.tier.qualification"]._evaluate(program, program._get_tier_today(), group)
