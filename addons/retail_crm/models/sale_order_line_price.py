from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column


class SaleOrderLine(models.Model):
    """What the goods of a line would cost without what staff took off, as the server found it: no figure of a client
    counts."""

    _inherit = "sale.order.line"

    # stored, so that confirming asks no query for the prices
    retail_reference_price = fields.Float(
        compute="_compute_retail_reference_price",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
        help="Of one unit when it was priced, in the currency of the order: the lower of catalogue and price list.",
    )

    def _auto_init(self):
        """Lines that are there already are not computed: of millions, most belong to orders that are over."""
        if not column_exists(self.env.cr, self._table, "retail_reference_price"):
            create_column(self.env.cr, self._table, "retail_reference_price", "float8")
        return super()._auto_init()

    @api.depends(
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "product_no_variant_attribute_value_ids",
        "order_id.pricelist_id",
        "order_id.currency_id",
        "order_id.fiscal_position_id",
    )
    def _compute_retail_reference_price(self):
        for line in self:
            is_priced = line.order_id and line.product_uom_id and line._is_sold()
            line.retail_reference_price = line._find_reference_price() if is_priced else 0.0

    @api.model
    def default_get(self, fields):
        """No default of a client stands for what the server computes."""
        return super().default_get([name for name in fields if name != "retail_reference_price"])

    def _has_field_access(self, field, operation):
        if operation == "write" and field.name == "retail_reference_price" and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    def _is_sold(self):
        """Whether the line sells something that has a price of its own: no reward, delivery, advance or section.

        Products of a set share the price of the set, and an expense is passed on as it was paid. Flags that a client
        can write exempt no goods: an advance has no quantity, an expense a product that is passed on.
        """
        self.ensure_one()
        is_set = self.combo_item_id or self.product_type == "combo"
        is_passed_on = self.is_expense and self.product_id.expense_policy != "no"
        is_paid_elsewhere = is_passed_on or self._is_delivery_charge()
        is_goods = self.product_id and not self.display_type and not self._is_taken_off()
        return bool(
            is_goods and self.product_uom_qty > 0 and not (is_set or is_paid_elsewhere or self.reward_id)
        )

    def _is_delivery_charge(self):
        """A client can write the flag of a delivery, but no goods are one."""
        return self._is_delivery() and self.product_id.type == "service"

    def _is_taken_off(self):
        """Whether the line as a whole is a discount, as Odoo's wizard makes one, or somebody by hand."""
        is_countable = not (self.display_type or self.reward_id)
        return is_countable and (self._is_discount_line() or self.product_uom_qty * self.price_unit < 0)

    def _get_net_price(self):
        """Of a unit after the discount of the line, in the currency of the order, with tax where prices have it."""
        return self.price_unit * (1 - self.discount / 100)

    def _get_catalogue_price(self):
        """Of a unit without any price list, in the currency of the order. No query for known products."""
        line = self.with_company(self.company_id)
        price = self.env["product.pricelist.item"]._compute_price(
            product=line.product_id.with_context(**line._get_product_price_context()),
            **line._get_pricelist_kwargs(),
        )
        return line._get_price_with_its_taxes(price)

    def _get_listed_price(self):
        """Of a unit by the price list of the order (2 queries, none without a price list)."""
        if not self.order_id.pricelist_id:
            return self._get_catalogue_price()
        line = self.with_company(self.company_id)
        return line._get_price_with_its_taxes(line._get_pricelist_price())

    def _get_price_with_its_taxes(self, price):
        """``price`` as Odoo puts it on the line, where the customer pays other taxes than the product says."""
        if not (fiscal_position := self.order_id.fiscal_position_id):
            return price
        taxes = self.product_id.taxes_id._filter_taxes_by_company(self.company_id)
        return self.product_id._get_tax_included_unit_price_from_price(
            price, product_taxes=taxes, fiscal_position=fiscal_position
        )

    def _get_reference_price(self):
        """Of a unit before staff took something off; lines that are older than the terms have none stored."""
        return self.sudo().retail_reference_price or self._find_reference_price()

    def _find_reference_price(self):
        return min(self._get_catalogue_price(), self._get_listed_price())

    def _get_cost(self):
        """Of the line in the currency of the order; a cost that somebody typed counts where it is higher."""
        line = self.sudo().with_company(self.company_id)
        if not line.product_id:
            return 0.0
        known = line.product_id.uom_id._compute_price(line.product_id.standard_price, line.product_uom_id)
        known = line._convert_to_sol_currency(known, line.product_id.cost_currency_id) if known else 0.0
        return max(line.purchase_price, known) * line.product_uom_qty
