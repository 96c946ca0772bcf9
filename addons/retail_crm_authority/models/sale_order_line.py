from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from ..limits.figures import CLOSE
from .sale_order_authority import Watched, without, without_defaults

# what the price of an order depends on
PRICE_FIELDS = {
    "order_id",
    "product_id",
    "product_template_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "technical_price_unit",
    "discount",
    "tax_ids",
    "purchase_price",
    "product_no_variant_attribute_value_ids",
    "combo_item_id",
    "reward_id",
    "coupon_id",
    "points_cost",
    "is_downpayment",
    "is_expense",
    "extra_tax_data",
    "linked_line_id",
}
# what only the server says; amounts that Odoo computes can be written by a client as well
OWN_FIELDS = {"retail_list_price", "retail_known_cost"}
COMPUTED_FIELDS = {"price_subtotal", "price_tax", "price_total"}
# who writes one of these promises a price, or more goods at the price that somebody else promised
PROMISING_FIELDS = {
    "order_id",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "product_no_variant_attribute_value_ids",
    "price_unit",
    "discount",
}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    retail_list_price = fields.Float(
        compute="_compute_retail_list_price",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
        help="Of one unit by the price list of the order, in its currency, when the line was priced.",
    )
    retail_known_cost = fields.Float(
        compute="_compute_retail_known_cost",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
        help="Of one unit, in the currency of the order; a lower cost that was typed does not count.",
    )

    def _auto_init(self):
        """Lines that are there already are not computed: of millions, most belong to orders that are over."""
        for name in ("retail_list_price", "retail_known_cost"):
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, "float8")
        return super()._auto_init()

    @api.depends(
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "product_no_variant_attribute_value_ids",
        "combo_item_id",
        "linked_line_id",
        "order_id.pricelist_id",
        "order_id.fiscal_position_id",
    )
    def _compute_retail_list_price(self):
        for line in self:
            is_sold = line.product_id and line.product_uom_id and not line.display_type and line.order_id
            # a product of a set is linked to its set just after it was created
            has_price = is_sold and (not line.combo_item_id or line.linked_line_id)
            line.retail_list_price = line._get_list_price() if has_price else 0.0

    @api.depends("product_id", "company_id", "currency_id", "product_uom_id")
    def _compute_retail_known_cost(self):
        for line in self:
            product = line.with_company(line.company_id).product_id
            cost = (
                product.uom_id._compute_price(product.standard_price, line.product_uom_id) if product else 0.0
            )
            line.retail_known_cost = (
                line._convert_to_sol_currency(cost, product.cost_currency_id) if cost else 0.0
            )

    def _get_list_price(self):
        """What Odoo would charge for a unit if nobody touched the line: the price list's own discount is part of it."""
        line = self.with_company(self.company_id)
        price = line._get_display_price()
        item = line.pricelist_item_id
        if price and item._show_discount() and not line.combo_item_id:
            base = line._get_pricelist_price_before_discount()
            price *= min(line._get_pricelist_price() / base, 1) if base else 1
        taxes = line.product_id.taxes_id._filter_taxes_by_company(line.company_id)
        return line.product_id._get_tax_included_unit_price_from_price(
            price, product_taxes=taxes, fiscal_position=line.order_id.fiscal_position_id
        )

    def _fill_list_prices(self):
        """Lines that are older than this addon have none yet."""
        lines = self.sudo().filtered(lambda line: line.product_id and not line.retail_list_price)
        for name in ("retail_list_price", "retail_known_cost"):
            self.env.add_to_compute(self._fields[name], lines)

    # ------------------------------------------------------------------ what a line gives away

    def _get_granted(self):
        """``(value at list price, discount, gift)`` of the line in the currency of the order.

        A line that takes something off the order is a discount as a whole, unless the customer pays with it. What
        has no list price costs what was typed, before the discount of the line.
        """
        self.ensure_one()
        quantity, net = self.product_uom_qty, self.price_unit * (1 - self.discount / 100)
        paid = quantity * net
        if self.display_type or not quantity:
            return 0.0, 0.0, 0.0
        if paid < -CLOSE:
            return 0.0, max(-paid - self._get_paid_by_card(), 0.0), 0.0
        listed = quantity * (self._get_comparable_price() or self.price_unit)
        if abs(paid) < CLOSE and listed > CLOSE and not self.reward_id:
            return 0.0, 0.0, listed
        return max(listed, paid), max(listed - paid, 0.0), 0.0

    def _get_comparable_price(self):
        """The list price that the line is held against; 0 where there is none, as for a carrier's charge."""
        return 0.0 if self._is_delivery_charge() else self.retail_list_price

    def _get_paid_by_card(self):
        """What the customer pays by gift card or e-wallet: that is no discount, as far as the card is charged."""
        reward = self.reward_id
        if not reward or not self.coupon_id or not reward.program_id.is_payment_program:
            return 0.0
        if self.coupon_id.program_id != reward.program_id:
            return 0.0
        return self.points_cost * reward.discount

    # ------------------------------------------------------------------ changes

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [without(self._get_unwritable(), vals) for vals in vals_list]
        lines = without_defaults(self, self._get_unwritable())
        orders = self.env["sale.order"].browse(
            {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        )
        watched = Watched(orders, self.env)
        created = super(SaleOrderLine, lines).create(vals_list)
        created.filtered(lambda line: not line.reward_id).order_id._note_pricing()
        watched.look_again(created.order_id)
        return created

    def write(self, vals):
        vals = without(self._get_unwritable(), vals)
        if not PRICE_FIELDS & vals.keys():
            return super().write(vals)
        target = self.env["sale.order"].browse(vals.get("order_id") or [])
        watched = Watched(self.order_id | target, self.env)
        result = super().write(vals)
        if PROMISING_FIELDS & vals.keys():
            self.filtered(lambda line: not line.reward_id).order_id._note_pricing()
        watched.look_again()
        return result

    def unlink(self):
        watched = Watched(self.order_id, self.env)
        result = super().unlink()
        watched.look_again()
        return result

    def _get_unwritable(self):
        return OWN_FIELDS if self.env.su else OWN_FIELDS | COMPUTED_FIELDS
