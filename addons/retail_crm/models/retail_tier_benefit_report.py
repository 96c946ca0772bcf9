from odoo import fields, models
from odoo.tools import SQL

from .retail_tier_benefit import ROLES_READING_COSTS


class RetailTierBenefitReport(models.Model):
    """One row is a benefit of a member now: entitled to, delivered and left in the period that runs.

    A query, nothing is stored. Money is in the currency of the company.
    """

    _name = "retail.tier.benefit.report"
    _description = "Benefits: entitled and delivered"
    _auto = False
    _order = "tier_id, benefit_id, wallet_id"
    _rec_name = "benefit_id"
    _depends = {
        "loyalty.card": ["retail_wallet_id"],
        "retail.points.wallet": ["merged_into_id", "partner_id"],
        "retail.tier": ["pricelist_id", "program_id"],
        "retail.tier.benefit": ["active", "cost", "kind", "period", "quantity", "tier_id"],
        "retail.tier.benefit.use": ["active", "benefit_id", "day", "quantity", "wallet_id"],
        "retail.tier.membership": ["stay_since", "tier_id", "until", "wallet_id"],
        "sale.order": ["date_order", "pricelist_id", "retail_tier_id", "state"],
        "sale.order.coupon.points": ["coupon_id", "order_id"],
    }

    wallet_id = fields.Many2one("retail.points.wallet", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    program_id = fields.Many2one("loyalty.program", readonly=True)
    tier_id = fields.Many2one("retail.tier", readonly=True)
    benefit_id = fields.Many2one("retail.tier.benefit", readonly=True)
    kind = fields.Selection(related="benefit_id.kind")
    currency_id = fields.Many2one(related="benefit_id.currency_id")
    entitled = fields.Integer(readonly=True, help="In the period; empty: as often as the customer likes.")
    is_counted = fields.Boolean(
        string="Counted", readonly=True, help="The customer is entitled to a number of times."
    )
    delivered = fields.Integer(readonly=True, help="Handed over in the period.")
    order_count = fields.Integer(
        string="On orders",
        readonly=True,
        help="Orders of the period on which more points or the price list came by themselves.",
    )
    left_over = fields.Integer(string="Left", readonly=True)
    delivered_cost = fields.Float(
        string="Cost so far", digits=(16, 2), readonly=True, groups=ROLES_READING_COSTS, help="Estimated."
    )
    left_cost = fields.Float(
        string="Cost of what is left",
        digits=(16, 2),
        readonly=True,
        groups=ROLES_READING_COSTS,
        help="Estimated, if everybody asked for it.",
    )

    @property
    def _table_query(self) -> SQL:
        day = fields.Date.context_today(self.with_context(tz=self.env.company.sudo().root_id.retail_tz))
        return SQL(
            """SELECT entitled.membership_id::int8 * 1000000 + entitled.benefit_id AS id, entitled.wallet_id,
                      wallet.partner_id, wallet.program_id, entitled.tier_id, entitled.benefit_id, entitled.entitled,
                      entitled.entitled IS NOT NULL AS is_counted, entitled.delivered, entitled.order_count,
                      entitled.left_over,
                      COALESCE(entitled.delivered, entitled.order_count) * COALESCE(benefit.cost, 0) AS delivered_cost,
                      entitled.left_over * COALESCE(benefit.cost, 0) AS left_cost
                 FROM (%s) entitled
                 JOIN retail_points_wallet wallet ON wallet.id = entitled.wallet_id
                 JOIN retail_tier_benefit benefit ON benefit.id = entitled.benefit_id""",
            self.env["retail.tier.benefit"]._sql_entitled(SQL("%s::date", day)),
        )
