from odoo import api, fields, models


class RetailPointsWallet(models.Model):
    """The tier of a wallet."""

    _inherit = "retail.points.wallet"

    tier_id = fields.Many2one(
        "retail.tier",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="That of the current membership, kept here so that orders need not look for it.",
    )
    membership_ids = fields.One2many(
        "retail.tier.membership", "wallet_id", string="Stays in tiers", readonly=True
    )
    membership_id = fields.Many2one(
        "retail.tier.membership", string="Current stay", compute="_compute_membership_id"
    )

    benefit_use_ids = fields.One2many(
        "retail.tier.benefit.use", "wallet_id", string="Benefits handed over", readonly=True
    )
    has_tiers = fields.Boolean(compute="_compute_has_tiers", help="The program has tiers.")

    @api.depends("program_id.retail_tier_ids")
    def _compute_has_tiers(self):
        for wallet in self:
            wallet.has_tiers = bool(wallet.program_id.sudo().retail_tier_ids)

    def _compute_membership_id(self):
        current = self.env["retail.tier.membership"].search(
            [("wallet_id", "in", self.ids), ("until", "=", False)]
        )
        by_wallet = {membership.wallet_id: membership for membership in current}
        for wallet in self:
            wallet.membership_id = by_wallet.get(wallet)

    def action_invite_to_tier(self):
        """Open the invitation of this customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invite to a tier"),
            "res_model": "retail.tier.invitation",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_wallet_id": self.id},
        }

    def action_hand_over_benefit(self):
        """Open what this customer is entitled to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand over a benefit"),
            "res_model": "retail.tier.handover",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_wallet_id": self.id},
        }

    # ------------------------------------------------------------------ what customers and staff are shown

    def _get_tier_summary(self):
        """Where these wallets stand in the tiers of their programs, by figures of this moment.

        ``{wallet id: {...}}`` of wallets whose program has tiers; others are left out. Read with the rights of the
        superuser: whoever shows it has checked that the reader may see the wallet. Texts are in the reader's language.
        Some 6 queries for each program, whatever the number of wallets.

        - ``tier``, ``tier_id``, ``color`` (#RRGGBB), ``emblem`` (name of a Font Awesome icon without ``fa-``): of the
          current tier; None without one
        - ``since`` (first day of the uninterrupted stay), ``kept_until`` and ``grace_until`` (last days, None for
          good), ``in_grace``: True when the tier is kept in grace only; ``how``: selection value of the membership
        - ``multiplier``: of points, 1 without a tier; ``pricelist``: name or None
        - ``next_tier``, ``next_tier_id``, ``next_color``, ``next_emblem``: the next one that figures lead to; None on
          top
        - ``figure_kind``: "points" or "spend" of the next tier, or of the current one on top; None otherwise
        - ``figure``: points, or money in the company's currency, so far; ``threshold``: of the tier that
          ``figure_kind`` is about; ``progress``: figure / threshold, 0 to 1; ``window_start``: first day counted
        - ``missing``: threshold of the next tier - figure, None on top; ``missing_text``: the same in words
        - ``keep_missing``: what is missing today to keep the current tier for another time, 0 when reached, None
          where no figure decides
        - ``benefits``: ``[{id, name, kind, entitled, delivered, orders, left, period_end}]`` of the current tier;
          entitled, left and period_end (last day) are None for benefits that are not counted, delivered for those that
          come by themselves, orders (on which they came) for the others
        """
        summary = {}
        for program, wallets in self.sudo().grouped("program_id").items():
            if program.retail_tier_ids:
                summary |= wallets._get_tier_summary_of(program)
        return summary

    def _get_tier_summary_of(self, program):
        today = program._get_tier_today()
        self.env.flush_all()
        figures = {
            wallet: found or {}
            for wallet, found, _reached in self.env.execute_query(
                self.env["retail.tier.figures"]._sql_figures(program, today, self)
            )
        }
        benefits = self.env["retail.tier.benefit"]._get_benefits(self, today)
        return {
            wallet.id: {
                **wallet._get_current_tier_values(today),
                **wallet._get_next_tier_values(figures.get(wallet.id, {}), today),
                "benefits": benefits[wallet.id],
            }
            for wallet in self
        }

    def _get_current_tier_values(self, today):
        stay, tier = self.membership_id, self.tier_id
        return {
            "tier_id": tier.id or None,
            "tier": tier.name or None,
            "color": tier.color or None,
            "emblem": tier.emblem or None,
            "since": stay.stay_since or None,
            "kept_until": stay.kept_until or None,
            "grace_until": stay.grace_until or None,
            "in_grace": stay._is_in_grace(today),
            "how": stay.how or None,
            "multiplier": tier.points_multiplier if tier else 1,
            "pricelist": tier.pricelist_id.name or None,
        }

    def _get_next_tier_values(self, figures, today):
        current, following = self.tier_id, self._get_next_tier(figures)
        shown = following or (current if str(current.id) in figures else self.env["retail.tier"])
        measured = shown if shown.qualification in ("points", "spend") else self.env["retail.tier"]
        figure = figures.get(str(measured.id), 0)
        missing = round(following.threshold - figure, 2) if following else None
        return {
            "next_tier_id": following.id or None,
            "next_tier": following.name or None,
            "next_color": following.color or None,
            "next_emblem": following.emblem or None,
            "figure_kind": measured.qualification or None,
            "figure": figure,
            "threshold": measured.threshold,
            "progress": min(figure / measured.threshold, 1) if measured.threshold else 1,
            "window_start": measured._get_window_start(today) if measured else None,
            "missing": missing,
            "missing_text": self._say_missing(following, missing),
            "keep_missing": self._get_missing_to_keep(current, figures),
        }

    def _get_next_tier(self, figures):
        """The lowest measured tier above the current one that is not reached yet."""
        tiers = self.program_id.retail_tier_ids.sorted(lambda tier: (tier.sequence, tier.id))
        current = self.tier_id
        above = tiers.filtered(
            lambda tier: (
                tier.active
                and tier.qualification in ("points", "spend")
                and (not current or (tier.sequence, tier.id) > (current.sequence, current.id))
                and tier.threshold > figures.get(str(tier.id), 0)
            )
        )
        return above[:1]

    def _get_missing_to_keep(self, tier, figures):
        if tier.qualification not in ("points", "spend") or str(tier.id) not in figures:
            return None
        return max(round(tier.threshold - figures[str(tier.id)], 2), 0)

    def _say_missing(self, following, missing):
        """What is missing up to the next tier, in words; empty on top."""
        if not following:
            return ""
        return self.env._(
            "%(amount)s to %(tier)s", amount=following._say_amount(missing), tier=following.name
        )
