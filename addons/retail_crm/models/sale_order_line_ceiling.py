from odoo import api, fields, models

from .retail_profile import ROLES_READING_PROFILES

# percentages nearer than this are the same: prices are rounded
CLOSE = 0.01
# of a line of a confirmed order: changes of these are held against the terms
GIVING_FIELDS = {"price_unit", "discount"}


class SaleOrderLine(models.Model):
    """Whether a line gives more than the discount ceiling of the order, seen while typing; no change of a confirmed
    order leads beyond its terms."""

    _inherit = "sale.order.line"

    retail_ceiling_warning = fields.Char(
        string="Discount ceiling",
        compute="_compute_retail_ceiling_warning",
        groups=ROLES_READING_PROFILES,
        help="Staff took off more than the terms of the order allow.",
    )

    @api.depends(
        "price_unit", "discount", "product_uom_qty", "retail_reference_price", "order_id.retail_terms"
    )
    @api.depends_context("lang")
    def _compute_retail_ceiling_warning(self):
        for line in self:
            ceiling = line.order_id._get_discount_ceiling() if line.order_id else None
            is_open = line.state in ("draft", "sent") and ceiling is not None
            is_above = is_open and line._get_percent_above(ceiling) is not None
            line.retail_ceiling_warning = is_above and self.env._(
                "over %(ceiling)s %%", ceiling=line.order_id._say_percent(ceiling)
            )

    @api.model_create_multi
    def create(self, vals_list):
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        within = orders._get_confirmed_within_terms()
        lines = super().create(vals_list)
        within._check_terms()
        return lines

    def write(self, vals):
        within = (
            self if GIVING_FIELDS & vals.keys() else self.browse()
        ).order_id._get_confirmed_within_terms()
        result = super().write(vals)
        within._check_terms()
        return result

    def _get_percent_above(self, ceiling):
        """What staff took off the price, in percent, where that is more than ``ceiling``, else None."""
        if not self._is_sold():
            return None
        reference = self._get_reference_price()
        if self._get_net_price() >= reference * (1 - (ceiling + CLOSE) / 100):
            return None
        return 100 * (1 - self._get_net_price() / reference)
