from odoo import api, fields, models
from odoo.tools import SQL


class RetailStrategy(models.Model):
    """One row is how a company treats the customers of one segment.

    Its effects are methods ``_apply_<kind>`` (see ``retail.terms.proposal._apply``), each called in the transaction of
    the document it touches. Percentages are 0-100; ``points_multiplier`` multiplies loyalty points earned.
    """

    _name = "retail.strategy"
    _inherit = ["retail.terms.proposal"]
    _description = "Relationship strategy"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(related="segment_id.sequence", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id
    )
    segment_id = fields.Many2one("retail.segment", required=True, ondelete="restrict")
    description = fields.Text(translate=True, help="What the relationship is about.")
    playbook = fields.Html(translate=True, help="What staff do, step by step.")
    color = fields.Integer()
    contact_days = fields.Integer(
        string="Contact every (days)",
        help="How often somebody speaks to the customer. 0: only when there is a reason.",
    )
    responsible_role = fields.Selection(
        [
            ("vip_representative", "VIP service representative"),
            ("member_adviser", "Member adviser"),
            ("customer_service", "Customer service representative"),
            ("manager", "Manager"),
        ],
        string="Responsible role",
        required=True,
        default="customer_service",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price list",
        check_company=True,
        copy=False,
        help="Proposed on new orders of customers who have no price list of their own.",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment terms",
        check_company=True,
        copy=False,
        help="Proposed on new orders of customers who have no payment terms of their own.",
    )
    discount_ceiling = fields.Float(
        string="Discount ceiling (%)",
        help="Most discount that staff may give, where the terms say nothing else: more is warned of, and once there is"
        " a rule of terms for the customer, only managers confirm it.",
    )
    points_multiplier = fields.Float(
        string="Points multiplier", default=1, required=True, help="Loyalty points are multiplied by it."
    )
    stock_priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")],
        string="Stock priority",
        required=True,
        default="0",
        help="Urgent: deliveries of these customers are reserved and picked before the others.",
    )
    budget_share = fields.Float(string="Share of the budget (%)")

    _company_segment_uniq = models.Constraint(
        "UNIQUE(company_id, segment_id)", "This segment already has a strategy in the company: edit that one."
    )
    _numbers_in_range = models.Constraint(
        "CHECK(contact_days >= 0 AND discount_ceiling BETWEEN 0 AND 100 AND budget_share BETWEEN 0 AND 100"
        " AND points_multiplier >= 0)",
        "Percentages lie between 0 and 100, and neither days nor the points multiplier can be negative.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        strategies = super().create(vals_list)
        strategies._show_on_profiles()
        return strategies

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"segment_id", "company_id"}:
            self._show_on_profiles()
        return result

    def _apply_stock_priority(self, picking_vals):
        """Here the document is the dict of a picking to be created: the priority is wiped when a transfer is done
        and lost when it comes with the procurement, so this is the moment."""
        if self.stock_priority == "1":
            picking_vals["priority"] = "1"

    @api.model
    def _get_for(self, company, segment):
        """The company's strategy for the segment; empty when it has none."""
        return self.search(
            [("company_id", "=", company.root_id.id), ("segment_id", "=", segment.id)], limit=1
        )

    def _show_on_profiles(self):
        """Let profiles point to the strategy of their segment (1 query)."""
        self.env["retail.profile"].flush_model(["segment_id", "strategy_id"])
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE retail_profile profile SET strategy_id = strategy.id
                     FROM retail_strategy strategy
                    WHERE strategy.id = ANY(%s) AND profile.company_id = strategy.company_id
                      AND profile.segment_id = strategy.segment_id
                      AND profile.strategy_id IS DISTINCT FROM strategy.id""",
                self.ids,
            )
        )
        self.env["retail.profile"].invalidate_model(["strategy_id"])

    @api.model
    def _create_defaults(self, companies):
        """Give each company the strategies it lacks, copied from the standard ones that came with the addon."""
        standard = self._get_standard()
        existing = self.search([("company_id", "in", companies.ids)])
        taken = {(strategy.company_id, strategy.segment_id) for strategy in existing}
        for company in companies:
            for strategy in standard:
                if (company, strategy.segment_id) not in taken:
                    strategy.copy({"company_id": company.id})

    @api.model
    def _get_standard(self):
        """The shipped strategies that still exist."""
        names = ("strategy_alliance", "strategy_learning", "strategy_transactional", "strategy_cautious")
        found = [self.env.ref(f"retail_crm.{name}", raise_if_not_found=False) for name in names]
        return self.browse([strategy.id for strategy in found if strategy])
