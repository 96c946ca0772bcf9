from odoo import api, fields, models


class RetailTerm(models.Model):
    """One row is a rule: customers of such a strategy, tenure, relationship and store get these terms on new orders.

    An empty condition holds for everybody. The rule with the most conditions wins, among equal ones that of the lower
    sequence (see ``_get_rules``). What a rule does not give comes from the strategy of the customer; percentages are
    0-100, amounts in the currency of the company.
    """

    _name = "retail.term"
    _inherit = ["retail.terms.proposal"]
    _description = "Terms of sale"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    strategy_id = fields.Many2one(
        "retail.strategy",
        check_company=True,
        ondelete="cascade",
        help="Empty: customers of all strategies, and those who have none yet.",
    )
    tenure = fields.Selection(
        [("new", "New customers"), ("old", "Old customers")],
        help="By the days since the first purchase; the settings say how many make an old customer. Who has not bought"
        " yet is new.",
    )
    relationship = fields.Selection(
        [("temporary", "Temporary"), ("long_term", "Long-term")],
        help="By the number of days with a purchase; the settings say how many make it long-term.",
    )
    store_id = fields.Many2one(
        "retail.store",
        check_company=True,
        ondelete="cascade",
        help="Of the warehouse that the order is delivered from. Empty: all stores.",
    )
    pricelist_id = fields.Many2one("product.pricelist", string="Price list", check_company=True, copy=False)
    payment_term_id = fields.Many2one(
        "account.payment.term", string="Payment terms", check_company=True, copy=False
    )
    has_discount_ceiling = fields.Boolean(string="Limits discounts")
    discount_ceiling = fields.Float(
        string="Discount ceiling (%)",
        help="Most that staff may take off the price list, in percent of a line and of the order.",
    )
    has_free_delivery = fields.Boolean(string="Free delivery")
    free_delivery_from = fields.Monetary(help="Goods with tax. 0: every delivery.")
    has_return_window = fields.Boolean(string="Limits returns")
    return_days = fields.Integer(
        string="Return within (days)",
        default=30,
        help="After the delivery, or the invoice where nothing is delivered.",
    )
    has_margin_floor = fields.Boolean(string="Margin floor of its own")
    margin_floor = fields.Float(
        string="Margin floor (%)",
        help="Below this share of what the customer pays, only a manager confirms the order.",
    )
    customer_text = fields.Char(string="Who", compute="_compute_text")
    gives_text = fields.Char(string="What they get", compute="_compute_text")

    _numbers_in_range = models.Constraint(
        "CHECK(discount_ceiling BETWEEN 0 AND 100 AND margin_floor < 100 AND margin_floor >= -100"
        " AND free_delivery_from >= 0 AND return_days >= 0)",
        "Percentages lie between 0 and 100, and neither days nor amounts can be negative.",
    )

    @api.depends("strategy_id.name", "tenure", "relationship", "store_id.name", "company_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for term in self:
            term.display_name = self.env["retail.term.words"]._say_who(term._get_snapshot())

    @api.depends(
        "strategy_id.name",
        "tenure",
        "relationship",
        "store_id.name",
        "company_id",
        "pricelist_id.name",
        "payment_term_id.name",
        "has_discount_ceiling",
        "discount_ceiling",
        "has_free_delivery",
        "free_delivery_from",
        "has_return_window",
        "return_days",
        "has_margin_floor",
        "margin_floor",
    )
    @api.depends_context("lang")
    def _compute_text(self):
        words = self.env["retail.term.words"]
        for term in self:
            term.customer_text = words._say_who(term._get_snapshot())
            gifts = words._say_gifts(term._get_snapshot())
            term.gives_text = words._say_list([gifts]) or self.env._("Nothing else than the strategy")

    @api.model_create_multi
    def create(self, vals_list):
        terms = super().create(vals_list)
        self.env.registry.clear_cache()
        return terms

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _get_snapshot(self):
        """What the rule says, as an order keeps it (see ``retail.term._get_terms``)."""
        self.ensure_one()
        company = self.company_id.sudo()
        return {
            "company_id": company.id,
            "term_id": self._origin.id,
            "strategy_id": self.strategy_id.id,
            "tenure": self.tenure,
            "tenure_days": company.retail_old_customer_days,
            "relationship": self.relationship,
            "store_id": self.store_id.id,
            "pricelist_id": self.pricelist_id.id,
            "payment_term_id": self.payment_term_id.id,
            "discount_ceiling": self.discount_ceiling if self.has_discount_ceiling else None,
            "free_delivery_from": self.free_delivery_from if self.has_free_delivery else None,
            "return_days": self.return_days if self.has_return_window else None,
            "margin_floor": self.margin_floor if self.has_margin_floor else None,
        }
