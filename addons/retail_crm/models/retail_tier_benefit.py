from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, date_utils

# counted from orders, nobody hands them over
BY_ORDERS = ("multiplier", "pricelist")
# whoever may see what things cost the shop
ROLES_READING_COSTS = "retail_crm.group_manager,retail_crm.group_finance,retail_crm.group_auditor"


class RetailTierBenefit(models.Model):
    """One row is something that the members of a tier are entitled to: for good, or so many times in a period."""

    _name = "retail.tier.benefit"
    _description = "Benefit of a tier"
    _order = "tier_id, sequence, id"

    tier_id = fields.Many2one("retail.tier", required=True, index=True, ondelete="cascade")
    program_id = fields.Many2one(related="tier_id.program_id")
    currency_id = fields.Many2one(related="tier_id.currency_id")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(required=True, translate=True, help="As customers read it.")
    kind = fields.Selection(
        [
            ("multiplier", "More points"),
            ("pricelist", "Price list"),
            ("free_delivery", "Free delivery"),
            ("gift", "Gift"),
            ("other", "Other"),
        ],
        required=True,
        default="gift",
        help="More points and price list come by themselves on orders, as the tier says; the others are handed over.",
    )
    quantity = fields.Integer(string="Times", default=1, help="In each period. 0: as often as they like.")
    period = fields.Selection(
        [
            ("month", "In a month"),
            ("quarter", "In a quarter"),
            ("year", "In a year"),
            ("stay", "While they stay in the tier"),
        ],
        required=True,
        default="year",
    )
    product_id = fields.Many2one("product.product", string="Gift", help="What is handed over.")
    cost = fields.Monetary(
        string="Estimated cost", groups=ROLES_READING_COSTS, help="Each time, for the shop, in its currency."
    )

    _numbers_positive = models.Constraint(
        "CHECK(quantity >= 0 AND cost >= 0)", "Times and cost cannot be negative."
    )
    _once = models.UniqueIndex(
        "(tier_id, kind) WHERE active AND kind IN ('multiplier', 'pricelist')",
        "The tier has this benefit already.",
    )

    @api.constrains("kind", "tier_id")
    def _check_effect(self):
        """A customer is not told of an effect that the tier does not have."""
        for benefit in self:
            tier = benefit.tier_id
            if benefit.kind == "multiplier" and tier.points_multiplier == 1:
                raise ValidationError(
                    self.env._("Give the tier %(tier)s a points multiplier first.", tier=tier.name)
                )
            if benefit.kind == "pricelist" and not tier.pricelist_id:
                raise ValidationError(
                    self.env._("Give the tier %(tier)s a price list first.", tier=tier.name)
                )

    @api.model
    def _get_benefits(self, wallets, day):
        """``{wallet id: [what the customer is entitled to and got]}`` on ``day`` (2 queries)."""
        self.env.flush_all()
        result = {wallet.id: [] for wallet in wallets}
        rows = self.env.execute_query_dict(self._sql_entitled(SQL("%s::date", day), wallets))
        for row in rows:
            benefit = self.browse(row["benefit_id"])
            result[row["wallet_id"]].append(
                {
                    "id": benefit.id,
                    "name": benefit.name,
                    "kind": benefit.kind,
                    "entitled": row["entitled"],
                    "delivered": row["delivered"],
                    "orders": row["order_count"],
                    "left": row["left_over"],
                    "period_end": benefit._get_period_end(day),
                }
            )
        return result

    def _get_period_end(self, day):
        """Last day on which what is left can be asked for; None where the period does not end."""
        if self.period == "stay" or not self._is_counted():
            return None
        return date_utils.end_of(day, self.period)

    def _is_counted(self):
        return bool(self.quantity) and self.kind not in BY_ORDERS

    @api.model
    def _sql_entitled(self, day, wallets=None) -> SQL:
        """A row for each benefit of each member now, with what there was of it in its period.

        ``entitled`` and ``left_over`` are NULL where the customer may have it as often as wanted. ``delivered`` counts
        what was handed over, ``order_count`` the orders on which the benefit came by itself; for each benefit one of
        them is NULL. What a merged wallet got counts for the one it was merged into.

        :param day: SQL of the day on which this is asked
        """
        return SQL(
            """SELECT current.id AS membership_id, current.wallet_id, current.tier_id, benefit.id AS benefit_id,
                      entitled.times AS entitled, delivered.times AS delivered, acted.times AS order_count,
                      entitled.times - LEAST(delivered.times, entitled.times) AS left_over
                 FROM retail_tier_membership current
                 JOIN retail_tier tier ON tier.id = current.tier_id
                 JOIN retail_tier_benefit benefit ON benefit.tier_id = tier.id AND benefit.active
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN benefit.kind NOT IN %(by_orders)s AND benefit.quantity > 0
                                THEN benefit.quantity END AS times) entitled
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN benefit.period = 'stay' THEN current.stay_since
                                ELSE date_trunc(benefit.period, %(day)s)::date END AS start) period
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN benefit.kind NOT IN %(by_orders)s THEN (
                           SELECT COALESCE(sum(given.quantity), 0)::int4 FROM retail_tier_benefit_use given
                            -- an array, for an OR would reach no index
                            WHERE given.wallet_id = ANY(ARRAY(
                                  SELECT current.wallet_id UNION ALL
                                  SELECT gone.id FROM retail_points_wallet gone
                                   WHERE gone.merged_into_id = current.wallet_id))
                              AND given.active AND given.benefit_id = benefit.id AND given.day >= period.start)
                           END AS times) delivered
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN benefit.kind IN %(by_orders)s THEN (
                           SELECT count(DISTINCT sale.id)::int4
                             FROM loyalty_card card
                             JOIN sale_order_coupon_points entry ON entry.coupon_id = card.id
                             JOIN sale_order sale ON sale.id = entry.order_id
                            WHERE card.retail_wallet_id = current.wallet_id AND sale.state = 'sale'
                              AND sale.retail_tier_id = tier.id AND sale.date_order >= period.start
                              AND (benefit.kind = 'multiplier' OR sale.pricelist_id = tier.pricelist_id))
                           END AS times) acted
                WHERE current.until IS NULL AND %(chosen)s
                ORDER BY current.wallet_id, benefit.sequence, benefit.id""",
            by_orders=BY_ORDERS,
            day=day,
            chosen=SQL("TRUE") if wallets is None else SQL("current.wallet_id = ANY(%s)", wallets.ids),
        )
