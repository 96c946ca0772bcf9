from odoo import api, fields, models

from .retail_profile import ROLES_READING_PROFILES


class SaleOrder(models.Model):
    """What the tier of the customer does to an order."""

    _inherit = "sale.order"

    retail_tier_id = fields.Many2one(
        "retail.tier",
        string="Tier",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=ROLES_READING_PROFILES,
        help="Of the customer when the order was confirmed.",
    )
    retail_tier_multipliers = fields.Json(
        string="Multipliers of tiers",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="By the id of the program: what the tier multiplied points by when the order was confirmed. Multiplied"
        " with the multiplier of the strategy.",
    )

    def _prepare_confirmation_values(self):
        values = super()._prepare_confirmation_values()
        if len(self) == 1:
            values |= self.sudo()._get_tier_values()
        return values

    def _keep_multipliers(self):
        for order in self.sudo():
            order.write(order._get_tier_values())
        return super()._keep_multipliers()

    def _get_tier_values(self):
        """What a confirmed order keeps: the customer's tiers in its programs, the one shown is that multiplying most.

        Asks no query: cards and wallets are read for the points anyway, and tiers have their effects cached.
        """
        tiers = self.coupon_point_ids.coupon_id.retail_wallet_id.tier_id
        known = self.env["retail.tier"]._get_effects()
        effects = {tier: known[tier.id] for tier in tiers if tier.id in known}
        best = tiers.sorted(lambda tier: effects.get(tier, (None, 1))[1], reverse=True)[:1]
        return {
            "retail_tier_id": best.id,
            "retail_tier_multipliers": {
                str(program): multiplier for program, multiplier, _pricelist in effects.values()
            },
        }

    def _get_points_factor(self, program):
        """Strategy times tier; a confirmed order keeps the tier that it was confirmed with."""
        multiplier = self.sudo()._get_tier_multiplier(program)
        return super()._get_points_factor(program) * self.env["retail.points.wallet"]._to_points(multiplier)

    def _get_tier_multiplier(self, program):
        if self.state == "sale":
            return (self.retail_tier_multipliers or {}).get(str(program.id), 1)
        effects = self.env["retail.tier"]._get_effects()
        if not any(effect[0] == program.id for effect in effects.values()):
            return 1
        return effects.get(self._get_tier_in(program).id, (None, 1))[1]

    def _get_tier_in(self, program):
        """The customer's tier in ``program``, by the card that collects the points or, before there is one, by name."""
        cards = self.coupon_point_ids.coupon_id.filtered(lambda card: card.program_id == program)
        if cards:
            return cards.retail_wallet_id.tier_id[:1]
        return self._get_tiers_of_customer().filtered(lambda tier: tier.program_id == program)[:1]

    def _get_tiers_of_customer(self):
        """The tiers of the customer in the programs of the order's company, the best first (1 query)."""
        customer = self.partner_id.commercial_partner_id
        owners = customer | customer.sudo().retail_household_id.head_id
        wallets = (
            self.env["retail.points.wallet"]
            .sudo()
            .search([("partner_id", "in", owners.ids), ("tier_id", "!=", False)])
        )
        wallets = wallets.filtered(
            lambda wallet: wallet.partner_id == customer._get_points_owner(wallet.program_id)
        )
        companies = self.company_id.sudo().parent_ids
        tiers = wallets.tier_id.filtered(lambda tier: not tier.company_id or tier.company_id in companies)
        return tiers.sorted(lambda tier: (tier.sequence, tier.id), reverse=True)

    # ------------------------------------------------------------------ price list

    @api.depends("partner_id", "company_id")
    def _compute_pricelist_id(self):
        """A tier is earned, so its price list goes before that of the strategy; a price list of one's own stays."""
        result = super()._compute_pricelist_id()
        if any(effect[2] for effect in self.env["retail.tier"]._get_effects().values()):
            for order in self.filtered(lambda order: order.state == "draft" and order.partner_id):
                order._apply_tier_pricelist()
        return result

    def _apply_tier_pricelist(self):
        if not self._has_own_setting("specific_property_product_pricelist"):
            tier = self._get_tiers_of_customer().filtered("pricelist_id")[:1]
            tier._apply_pricelist(self)
