from decimal import Decimal

from odoo import models

from ..points.exact import ZERO

HUNDRED = Decimal(100)


class LoyaltyReward(models.Model):
    """What a reward costs the shop for each point that it takes. Another ``reward_type`` adds a method of its name."""

    _inherit = "loyalty.reward"

    def _get_retail_point_cost(self, company, average_order):
        """In the currency of ``company``, per point; Decimal.

        :param average_order: untaxed amount of an order, for rewards that are a share of it
        """
        self.ensure_one()
        method = getattr(
            self, f"_get_retail_point_cost_{self.reward_type}", self._get_retail_point_cost_other
        )
        return method(company, average_order)

    def _get_retail_point_cost_discount(self, company, average_order):
        if self.discount_mode == "per_point":
            return self._to_currency_of(company, self.discount)
        if self.discount_mode == "per_order":
            amount = self._to_currency_of(company, self.discount)
        else:
            amount = average_order * Decimal(str(self.discount)) / HUNDRED
        if self.discount_max_amount:
            amount = min(amount, self._to_currency_of(company, self.discount_max_amount))
        return amount / self._get_points_taken()

    def _get_retail_point_cost_product(self, company, average_order):
        """The dearest of the products that the customer may choose, at what it costs the shop."""
        products = self.with_company(company).reward_product_ids
        cost = max(products.mapped("standard_price"), default=0)
        return Decimal(str(cost)) * self.reward_product_qty / self._get_points_taken()

    def _get_retail_point_cost_other(self, company, average_order):
        """Rewards of other addons, such as free delivery: what they give at most, nothing where that is not said."""
        return self._to_currency_of(company, self.discount_max_amount) / self._get_points_taken()

    def _get_points_taken(self):
        return Decimal(str(self.required_points))

    def _to_currency_of(self, company, amount):
        """``amount`` in the program's currency, at the rate of today."""
        currency = self.currency_id or company.currency_id
        if not amount or currency == company.currency_id:
            return Decimal(str(amount)) if amount else ZERO
        return Decimal(str(currency._convert(amount, company.currency_id, company, round=False)))
