from odoo import api, fields, models

from .retail_profile import ROLES_READING_PROFILES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    retail_segment_id = fields.Many2one(related="partner_id.retail_segment_id", groups=ROLES_READING_PROFILES)
    retail_strategy_id = fields.Many2one(related="partner_id.retail_strategy_id", groups=ROLES_READING_PROFILES)

    @api.depends("partner_id", "company_id")
    def _compute_pricelist_id(self):
        super()._compute_pricelist_id()
        drafts = self.filtered(lambda order: order.state == "draft" and order.partner_id)
        drafts._apply_strategy(
            "pricelist", lambda partner: partner.specific_property_product_pricelist
        )

    @api.depends("partner_id")
    def _compute_payment_term_id(self):
        super()._compute_payment_term_id()
        self.filtered("partner_id")._apply_strategy(
            "payment_term", lambda partner: partner.property_payment_term_id
        )

    def _apply_strategy(self, kind, get_own):
        """Apply the effect ``kind`` of each customer's strategy, unless the customer has settings of its own.

        :param get_own: function from the customer to its own setting; when it is set, the strategy is silent
        """
        for order in self:
            company = order.company_id or self.env.company
            partner = order.partner_id.with_company(company)
            if not get_own(partner):
                partner.sudo().retail_strategy_id._apply(kind, order)
