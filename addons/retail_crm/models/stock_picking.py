from odoo import api, fields, models
from odoo.fields import Domain

from .retail_profile import ROLES_READING_PROFILES


class StockPicking(models.Model):
    _inherit = "stock.picking"

    retail_segment_id = fields.Many2one(
        "retail.segment",
        string="Segment",
        compute="_compute_retail_segment_id",
        search="_search_retail_segment_id",
        groups=ROLES_READING_PROFILES,
    )
    # warehouse staff see how to serve and nothing of value or risk
    retail_service_class = fields.Char(
        string="Service class",
        compute="_compute_retail_service_class",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("partner_id", "sale_id.partner_id")
    @api.depends_context("company")
    def _compute_retail_segment_id(self):
        for picking in self:
            picking.retail_segment_id = picking._get_retail_customer().retail_segment_id

    @api.depends("partner_id", "sale_id.partner_id")
    @api.depends_context("company", "lang")
    def _compute_retail_service_class(self):
        for picking in self:
            picking.retail_service_class = picking._get_retail_customer().retail_strategy_id.name

    def _search_retail_segment_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        without_order = Domain("sale_id", "=", False)
        is_delivery = Domain("picking_type_code", "=", "outgoing")
        found = ~without_order & Domain("sale_id.partner_id.retail_segment_id", operator, value)
        found |= without_order & is_delivery & Domain("partner_id.retail_segment_id", operator, value)
        if operator == "in" and False in value:
            found |= without_order & (~is_delivery | Domain("partner_id", "=", False))
        return found

    def _get_retail_customer(self):
        """The customer of the order behind the transfer, or of an outgoing transfer without one."""
        self.ensure_one()
        if self.sale_id:
            return self.sale_id.partner_id
        return self.partner_id if self.picking_type_code == "outgoing" else self.env["res.partner"]
