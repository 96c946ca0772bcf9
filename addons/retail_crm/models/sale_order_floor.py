from odoo import api, fields, models
from odoo.tools import format_amount

from .retail_profile import ROLES_READING_PROFILES


class SaleOrder(models.Model):
    """What is left of an order after the cost of its goods, and what took it: guards price lists, discounts and
    rewards that come together. Amounts in the currency of the order, without tax; floors in percent."""

    _inherit = "sale.order"

    retail_margin_steps = fields.Json(
        compute="_compute_retail_margin_steps",
        groups=ROLES_READING_PROFILES,
        help="What takes the margin below its floor, one step after the other; empty while it is above.",
    )

    @api.depends(
        "retail_terms",
        "pricelist_id",
        "state",
        "order_line.price_subtotal",
        "order_line.purchase_price",
        "order_line.product_id",
    )
    def _compute_retail_margin_steps(self):
        for order in self:
            is_open = order.state in ("draft", "sent")
            order.retail_margin_steps = (
                is_open and order._is_below_margin_floor() and order._get_margin_steps()
            )

    def _get_margin_floor(self):
        """In percent of what the customer pays: of the rule, or else of the company; None where there is none."""
        floor = self._get_term_value("margin_floor")
        company = self.company_id.root_id.sudo()
        if floor is None and company.retail_has_margin_floor:
            floor = company.retail_margin_floor
        return floor

    def _get_margin_floor_problem(self):
        """Why the order brings too little, in words; False when it does not.

        Who lets it pass by another way (an approved request) overrides this. Whoever may go below the floor is asked
        about elsewhere (``_may_exceed_terms``). 1 query above the floor: the costs of the products.
        """
        self.ensure_one()
        if not self._is_below_margin_floor():
            return False
        steps = self._get_margin_steps()
        return self.env._(
            "The margin of the order is %(margin)s %%, the floor is %(floor)s %%: %(causes)s. Sell for %(missing)s"
            " more, or ask a manager to confirm it.",
            margin=steps["percent_text"],
            floor=steps["floor_text"],
            causes=", ".join(f"{step['name']} {step['amount_text']}" for step in steps["steps"])
            or self.env._("the catalogue price is too low"),
            missing=steps["missing_text"],
        )

    def _is_below_margin_floor(self):
        floor = self._get_margin_floor()
        if floor is None:
            return False
        paid, cost = self._get_paid_and_cost()
        return self.currency_id.compare_amounts(paid - cost, paid * floor / 100) < 0

    def _get_paid_and_cost(self):
        """What the customer pays for the goods, rewards taken off, and what the goods cost."""
        lines = self._get_lines_with_margin()
        return sum(lines.mapped("price_subtotal")), sum(line._get_cost() for line in lines)

    def _get_lines_with_margin(self):
        """Without delivery, and what the customer pays by gift card or e-wallet."""
        return self.order_line.filtered(
            lambda line: (
                not (
                    line.display_type
                    or line._is_delivery_charge()
                    or line.reward_id.sudo().program_id.is_payment_program
                )
            )
        )

    def _get_margin_steps(self):
        """From the catalogue to what is paid: ``{start, steps: [step], percent, floor, missing}``.

        ``amount`` of a step is what its cause took (negative) or added, ``percent`` the margin that it left.
        """
        paid, cost = self._get_paid_and_cost()
        floor = self._get_margin_floor()
        amounts = self._get_amounts_by_stage()
        percent = self._get_margin_percent(paid, cost)
        missing = cost / (1 - floor / 100) - paid
        start = amounts["catalogue"]
        return {
            "start": self._describe_step("catalogue", self.env._("Catalogue"), start, start, cost),
            "steps": self._describe_causes(amounts, cost),
            "percent": percent,
            "percent_text": self._say_percent(percent),
            "floor": floor,
            "floor_text": self._say_percent(floor),
            "missing": missing,
            "missing_text": format_amount(self.env, missing, self.currency_id),
        }

    def _describe_causes(self, amounts, cost):
        """The causes that changed the amount, each with what it left."""
        steps, before = [], amounts["catalogue"]
        for cause, name in self._get_cause_names().items():
            taken = amounts[cause] - before
            before = amounts[cause]
            if self.currency_id.compare_amounts(taken, 0):
                steps.append(self._describe_step(cause, name, taken, before, cost))
        return steps

    def _get_cause_names(self):
        """What may take from the margin, in the order in which an order gets it."""
        pricelist = self.pricelist_id.sudo()
        return {
            "pricelist": self.env._("Price list %(name)s", name=pricelist.name)
            if pricelist
            else self.env._("Price list"),
            "discount": self.env._("Discounts and changed prices"),
            "reward": self.env._("Rewards"),
        }

    def _describe_step(self, cause, name, amount, left, cost):
        return {
            "cause": cause,
            "name": name,
            "amount": amount,
            "amount_text": format_amount(self.env, amount, self.currency_id),
            "percent": self._get_margin_percent(left, cost),
            "percent_text": self._say_percent(self._get_margin_percent(left, cost)),
        }

    @staticmethod
    def _get_margin_percent(paid, cost):
        """Of what is paid; goods that are given away have lost all they cost."""
        if paid > 0:
            return 100 * (paid - cost) / paid
        return -100.0 if cost > paid else 0.0

    def _get_amounts_by_stage(self):
        """What the goods bring in the catalogue, by the price list, after discounts, and after rewards (2 queries a
        line where there is a price list)."""
        lines = self._get_lines_with_margin()
        rewards = lines.filtered("reward_id")
        stages = dict.fromkeys(("catalogue", "pricelist"), 0.0)
        for line in lines - rewards:
            share = (
                line.price_subtotal / line._get_net_price() if line._get_net_price() else line.product_uom_qty
            )
            is_sold = line._is_sold()
            fixed = 0.0 if line._is_taken_off() else line.price_subtotal
            stages["catalogue"] += share * line._get_catalogue_price() if is_sold else fixed
            stages["pricelist"] += share * line._get_listed_price() if is_sold else fixed
        stages["discount"] = sum((lines - rewards).mapped("price_subtotal"))
        stages["reward"] = sum(lines.mapped("price_subtotal"))
        return stages
