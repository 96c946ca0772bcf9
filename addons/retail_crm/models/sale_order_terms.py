from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from .retail_profile import ROLES_READING_PROFILES


class SaleOrder(models.Model):
    """New orders take the terms of their customer and keep them: later changes of rule or segment leave them alone."""

    _inherit = "sale.order"

    retail_term_id = fields.Many2one(
        "retail.term",
        string="Rule of the terms",
        compute="_compute_retail_terms",
        store=True,
        precompute=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=ROLES_READING_PROFILES,
    )
    retail_terms = fields.Json(
        compute="_compute_retail_terms",
        store=True,
        precompute=True,
        copy=False,
        groups=ROLES_READING_PROFILES,
        help="What the rule and the strategy gave when the order was made.",
    )
    retail_terms_text = fields.Char(
        string="Terms", compute="_compute_retail_terms_text", groups=ROLES_READING_PROFILES
    )
    retail_terms_differ = fields.Boolean(
        compute="_compute_retail_terms_text",
        groups=ROLES_READING_PROFILES,
        help="Price list or payment terms of the order are not those of the rule.",
    )
    retail_has_free_delivery = fields.Boolean(
        string="Free delivery", compute="_compute_retail_has_free_delivery", groups=ROLES_READING_PROFILES
    )

    def _auto_init(self):
        """Orders that are there already are not computed: of millions, most are over."""
        for name, column_type in (("retail_term_id", "int4"), ("retail_terms", "jsonb")):
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, column_type)
        return super()._auto_init()

    @api.depends("partner_id", "company_id", "warehouse_id")
    def _compute_retail_terms(self):
        for order in self:
            terms = order.retail_terms
            if order.state in ("draft", "sent") or not terms:
                terms = order._find_terms()
            order.retail_terms = terms
            order.retail_term_id = terms.get("term_id")

    @api.depends("retail_terms", "pricelist_id", "payment_term_id", "state")
    @api.depends_context("lang")
    def _compute_retail_terms_text(self):
        for order in self:
            order.retail_terms_text = self.env["retail.term.words"]._say(order._get_terms())
            order.retail_terms_differ = order.state in ("draft", "sent") and order._differs_from_terms()

    @api.depends("retail_terms", "order_line.price_total", "currency_rate")
    def _compute_retail_has_free_delivery(self):
        for order in self:
            order.retail_has_free_delivery = order._has_free_delivery()

    def action_take_retail_terms(self):
        """Put price list and payment terms of the rule on the quotation, where somebody chose others; prices of lines
        follow with Odoo's own button."""
        self.check_access("write")
        for order in self.filtered(lambda order: order.state in ("draft", "sent")):
            order.sudo()._compute_retail_terms()
            order._compute_pricelist_id()
            order._compute_payment_term_id()

    def _apply_strategy(self, kind, unless):
        """The rule of the terms goes before the strategy, whose values stay where the rule is silent."""
        result = super()._apply_strategy(kind, unless)
        for order in self:
            if (term := order.sudo().retail_term_id) and not order._has_own_setting(unless):
                term._apply(kind, order)
        return result

    def _prepare_confirmation_values(self):
        """Quotations that are older than the terms get them now."""
        self.sudo().filtered(lambda order: not order.retail_terms)._compute_retail_terms()
        return super()._prepare_confirmation_values()

    def _get_terms(self):
        """What holds for the order: kept since it was made, or found now where it is older than the terms."""
        self.ensure_one()
        return self.sudo().retail_terms or self._find_terms()

    def _find_terms(self):
        if not self.partner_id:
            return {}
        company = self.company_id or self.env.company
        store = self.sudo().warehouse_id.retail_store_id
        return self.env["retail.term"]._get_terms(self.partner_id, company, store)

    def _get_term_value(self, name):
        """A value of the terms, by the rule or else by the strategy; None where both are silent."""
        terms = self._get_terms()
        value = terms.get(name)
        if self.env["retail.term"]._is_silent(value):
            value = terms.get("fallback", {}).get(name)
        return value

    def _differs_from_terms(self):
        """Whether somebody, or the customer's own setting, chose otherwise than rule and strategy."""
        return any(
            proposed and proposed != self[name].id
            for name in ("pricelist_id", "payment_term_id")
            for proposed in [self._get_term_value(name)]
        )

    def _has_free_delivery(self):
        """Whether the goods, with tax and without delivery, reach the amount that the terms ask for.

        Addons with carriers call it where they price a delivery.
        """
        self.ensure_one()
        limit = self._get_term_value("free_delivery_from")
        if limit is None:
            return False
        goods = sum(line.price_total for line in self.order_line if not line._is_delivery())
        return self.company_id.currency_id.compare_amounts(goods / (self.currency_rate or 1), limit) >= 0
