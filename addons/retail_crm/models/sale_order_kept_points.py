from collections import defaultdict
from decimal import ROUND_HALF_UP

from odoo import models

from ..points.exact import ZERO, to_points
from .sale_order_earning import BASE, CENT


class SaleOrder(models.Model):
    """How much of its points an order has by now: what was delivered or paid, and not given back."""

    _inherit = "sale.order"

    def _get_points_earned(self, entry):
        """What the card of the coupon ``entry`` has earned with what was bought, paid or delivered, and kept."""
        points = max(self.env["retail.points.wallet"]._to_points(entry.points), ZERO)
        program = entry.coupon_id.program_id
        if self._is_confirming() and not self.retail_former_documents:
            return points if self._get_points_rule(program, "retail_earned_at") == "confirmation" else ZERO
        return (points * self._get_kept_share(program)).quantize(CENT, ROUND_HALF_UP)

    def _get_kept_share(self, program):
        """The share of the points that counts now: of the lines that earn, weighted by what they earn."""
        weights = self._get_earning_weights(program)
        earned_at = self._get_points_rule(program, "retail_earned_at")
        shares = {line: line._get_counting_share(earned_at) for line in weights}
        whole = sum(weights.values(), ZERO)
        if not whole or len(set(shares.values())) == 1:
            return min(shares.values(), default=to_points(1))
        return sum((weights[line] * shares[line] for line in weights), ZERO) / whole

    def _get_earning_weights(self, program):
        """``{line: points}`` that the rules give for each line, before multiplier and rounding.

        What lowers the price of the order is no line of its own: it goes with the goods.
        """
        order = self.with_context(**{BASE: self._get_points_base(program)})
        lines = (self._get_not_rewarded_order_lines() - self._get_no_effect_on_threshold_lines()).filtered(
            lambda line: line.product_uom_qty > 0 and not line.combo_item_id
        )
        valid = program._get_valid_products(lines.product_id)
        weights = defaultdict(lambda: ZERO)
        for rule in program.rule_ids:
            of_rule = lines.filtered(lambda line, rule=rule: line.product_id in valid.get(rule, ()))
            if self._applies_to(rule, of_rule):
                for line, weight in getattr(order, f"_weigh_by_{rule.reward_point_mode}")(of_rule).items():
                    weights[line] += weight * to_points(rule.reward_point_amount)
        return weights

    def _weigh_by_money(self, lines):
        """What the items of combinations, and other lines, count for a rule; nothing for those below zero."""
        return {
            part: max(to_points(self._get_order_line_price(part, "price_total")), ZERO)
            for line in lines
            for part in line._get_lines_with_price()
        }

    def _weigh_by_order(self, lines):
        weights = self._weigh_by_money(lines)
        whole = sum(weights.values(), ZERO)
        return {line: weight / whole for line, weight in weights.items()} if whole else weights

    def _weigh_by_unit(self, lines):
        return {
            part: to_points(line.product_uom_qty) / len(line._get_lines_with_price())
            for line in lines
            for part in line._get_lines_with_price()
        }

    def _applies_to(self, rule, lines):
        """Whether ``lines`` are what the rule asks for, as Odoo decides it."""
        price = "price_total" if rule.minimum_amount_tax_mode == "incl" else "price_subtotal"
        return (
            (rule.mode == "auto" or rule in self.code_enabled_rule_ids)
            and rule._compute_amount(self.currency_id) <= sum(lines.mapped(price))
            and rule.minimum_qty <= sum(lines.mapped("product_uom_qty"))
        )

    def _get_points_used(self, line):
        """What the reward ``line`` costs; what was returned or credited is given back.

        A discount that was bought with points comes back with the share of the goods that came back.
        """
        cost = max(self.env["retail.points.wallet"]._to_points(line.points_cost), ZERO)
        if self._is_confirming() or not cost:
            return cost
        share = line._get_counting_share("confirmation")
        if line.reward_id.reward_type == "discount":
            share = min(share, self._get_goods_share())
        return (cost * share).quantize(CENT, ROUND_HALF_UP)

    def _get_goods_share(self):
        """The share of the goods of the order that the customer kept, by amount."""
        lines = (self._get_not_rewarded_order_lines() - self._get_no_effect_on_threshold_lines()).filtered(
            lambda line: line.price_total > 0
        )
        whole = sum((to_points(line.price_total) for line in lines), ZERO)
        if whole <= 0:
            return to_points(1)
        kept = sum(
            (to_points(line.price_total) * line._get_counting_share("confirmation") for line in lines), ZERO
        )
        return kept / whole
