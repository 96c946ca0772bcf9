from odoo import api, fields, models
from odoo.tools import SQL

from .retail_profile import ROLES_READING_PROFILES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    retail_segment_id = fields.Many2one(related="partner_id.retail_segment_id", groups=ROLES_READING_PROFILES)
    retail_strategy_id = fields.Many2one(
        related="partner_id.retail_strategy_id", groups=ROLES_READING_PROFILES
    )

    @api.depends("partner_id", "company_id")
    def _compute_pricelist_id(self):
        result = super()._compute_pricelist_id()
        drafts = self.filtered(lambda order: order.state == "draft" and order.partner_id)
        drafts._apply_strategy("pricelist", unless="specific_property_product_pricelist")
        return result

    @api.depends("partner_id")
    def _compute_payment_term_id(self):
        result = super()._compute_payment_term_id()
        self.filtered("partner_id")._apply_strategy("payment_term", unless="property_payment_term_id")
        return result

    def _apply_strategy(self, kind, unless):
        """Apply the effect ``kind`` of each customer's strategy.

        :param unless: field of the partner; where it is set, and not by a default that holds for everybody, the
            customer has a setting of its own and the strategy is silent
        """
        for order in self:
            if not order._has_own_setting(unless):
                partner = order.partner_id.with_company(order.company_id or self.env.company)
                partner.sudo().retail_strategy_id._apply(kind, order)

    def _has_own_setting(self, name):
        """Whether the field ``name`` of the customer is set, and not by a default that holds for everybody."""
        partner = self.partner_id.with_company(self.company_id or self.env.company)
        return partner[name] != partner._fields[name].get_company_dependent_fallback(partner)

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        # the ORM follows a related field as the superuser and never asks whom the field is for
        if field_expr in ("retail_segment_id", "retail_strategy_id"):
            self._check_field_access(self._fields[field_expr], "read")
        return super()._field_to_sql(alias, field_expr, query)
