from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from odoo import fields, models
from odoo.tools import SQL

BASE = "retail_points_base"
CENT = Decimal("0.01")
# options of a program that a confirmed order keeps, as Odoo does without us
ODOO_RULES = {
    "retail_base": "taxed",
    "retail_is_before_discounts": False,
    "retail_rounding": "cents",
    "retail_uses_multiplier": False,
    "retail_earned_at": "confirmation",
}


@dataclass(frozen=True)
class Base:
    """What of a line counts. An object in the context, for no client can put one there."""

    is_untaxed: bool
    is_before_discounts: bool


class SaleOrder(models.Model):
    """How many points an order earns: Odoo's rules, with the options of the program."""

    _inherit = "sale.order"

    retail_points_multiplier = fields.Float(
        string="Points multiplier",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Of the customer's strategy when the order was confirmed.",
    )

    retail_points_rules = fields.Json(
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="By the id of the program: the rules with which the order was confirmed. Later changes are for others.",
    )

    def _prepare_confirmation_values(self):
        values = super()._prepare_confirmation_values()
        programs = self.sudo().coupon_point_ids.coupon_id.program_id
        values["retail_points_rules"] = {
            str(program.id): {name: program[name] for name in ODOO_RULES}
            for program in programs
            if program._keeps_ledger()
        }
        if len(self) == 1 and self.sudo().coupon_point_ids.coupon_id.program_id.filtered(
            "retail_uses_multiplier"
        ):
            values["retail_points_multiplier"] = self._get_points_multiplier()
        return values

    def _keep_multipliers(self):
        """Orders that are confirmed together get their values together: each keeps a multiplier of its own."""
        for order in self.sudo():
            programs = order.coupon_point_ids.coupon_id.program_id
            if any(order._get_points_rule(program, "retail_uses_multiplier") for program in programs):
                order.retail_points_multiplier = order._get_points_multiplier()

    def _program_check_compute_points(self, programs):
        """Odoo's answer for each program, by its own base, times the multiplier; none where the card is barred."""
        result = {}
        ledger = programs.filtered(lambda program: program._keeps_ledger())
        for base, group in programs.sudo().grouped(self._get_points_base).items():
            order = self.with_context(**{BASE: base}) if base else self
            result |= super(SaleOrder, order)._program_check_compute_points(group.sudo(programs.env.su))
        for program in self._get_barred_programs(ledger):
            result[program] = {
                "error": self.env._("The card of this customer is blocked, expired or archived.")
            }
        for program in self._get_programs_without_walk_ins(ledger):
            result[program] = {
                "error": self.env._(
                    "%(customer)s is a walk-in customer: points are for customers who are known.",
                    customer=self.partner_id.display_name,
                )
            }
        for program in ledger:
            if "points" in result[program]:
                result[program]["points"] = [
                    self._round_points(program, points) for points in result[program]["points"]
                ]
        return result

    def _get_points_rule(self, program, name):
        """An option of ``program``; a confirmed order keeps what it was confirmed with."""
        order = self.sudo()
        kept = (order.retail_points_rules or {}).get(str(program.id))
        if order.state == "sale" and kept:
            return kept[name]
        if order.state == "sale" and order.retail_opening_points:
            return ODOO_RULES[name]
        return program.sudo()[name]

    def _get_points_base(self, program):
        """What of the prices counts; None as in Odoo."""
        is_untaxed = self._get_points_rule(program, "retail_base") == "untaxed"
        is_before_discounts = self._get_points_rule(program, "retail_is_before_discounts")
        if not program._keeps_ledger() or not (is_untaxed or is_before_discounts):
            return None
        return Base(is_untaxed, is_before_discounts)

    def _get_programs_without_walk_ins(self, programs):
        """Programs that this order takes no part in, for its customer stands for many who stay unknown."""
        if not self.partner_id.commercial_partner_id.sudo().retail_is_walk_in:
            return programs.browse()
        return self._leave_out_earned(programs)

    def _leave_out_earned(self, programs):
        """What a confirmed order earned before remains its own."""
        return programs - self.coupon_point_ids.coupon_id.program_id if self.state == "sale" else programs

    def _get_barred_programs(self, programs):
        """Programs in which the customer has a card and none that is valid, or a blocked wallet (1 query)."""
        programs = self._leave_out_earned(programs)
        if not programs:
            return programs
        self.env["loyalty.card"].flush_model(["active", "expiration_date", "partner_id", "program_id"])
        self.env["retail.points.wallet"].flush_model(["is_blocked"])
        rows = self.env.execute_query(
            SQL(
                """SELECT card.program_id FROM loyalty_card card
                    WHERE card.partner_id = %(partner)s AND card.program_id = ANY(%(programs)s)
                    GROUP BY 1
                   HAVING NOT bool_or(card.active AND COALESCE(card.expiration_date >= %(today)s, TRUE))
                   UNION
                   SELECT wallet.program_id FROM retail_points_wallet wallet
                     JOIN unnest(%(owners)s::int4[], %(programs)s::int4[]) own (partner_id, program_id)
                       ON own.partner_id = wallet.partner_id AND own.program_id = wallet.program_id
                    WHERE wallet.active AND wallet.is_blocked""",
                partner=self.partner_id.id,
                owners=[self.partner_id._get_points_owner(program.sudo()).id for program in programs],
                programs=programs.ids,
                today=programs[0].sudo().with_company(self.company_id)._get_today(),
            )
        )
        return programs.browse([program for (program,) in rows])

    def _round_points(self, program, points):
        """Points of one rule's result, multiplied and rounded as the program says."""
        factor = self._get_points_factor(program.sudo())
        rounding = self._get_points_rule(program, "retail_rounding")
        if factor == 1 and rounding == "cents":
            return points
        exact = self.env["retail.points.wallet"]._to_points
        steps = {"cents": (CENT, ROUND_DOWN), "down": (1, ROUND_DOWN), "half_up": (1, ROUND_HALF_UP)}
        step, direction = steps[rounding]
        return float((exact(points) * factor).quantize(Decimal(step), direction))

    def _get_points_factor(self, program):
        """What the points of ``program`` are multiplied by, as an exact decimal."""
        is_used = self._get_points_rule(program, "retail_uses_multiplier")
        multiplier = self._get_points_multiplier() if is_used else 1
        return self.env["retail.points.wallet"]._to_points(multiplier)

    def _get_points_multiplier(self):
        """Of the customer's strategy; a confirmed order keeps what it was confirmed with."""
        order = self.sudo()
        if order.state == "sale" and order.retail_points_multiplier:
            return order.retail_points_multiplier
        strategy = order.partner_id.with_company(order.company_id).retail_strategy_id
        return strategy.points_multiplier if strategy else 1

    def _get_order_line_price(self, order_line, price_type):
        base = self.env.context.get(BASE)
        if not isinstance(base, Base) or price_type != "price_total":
            return super()._get_order_line_price(order_line, price_type)
        price_type = "price_subtotal" if base.is_untaxed else price_type
        if not base.is_before_discounts:
            return super()._get_order_line_price(order_line, price_type)
        if order_line.reward_id:
            return 0
        return sum(line._get_price_before_discount(price_type) for line in order_line._get_lines_with_price())

    # ------------------------------------------------------------------ what an order has earned and used so far

    def _renew_points(self):
        """Compute anew what confirmed orders earn, and book the difference."""
        for order in self.sudo():
            entries = order.coupon_point_ids.filtered("coupon_id.retail_wallet_id")
            results = order._program_check_compute_points(entries.coupon_id.program_id)
            for entry in entries:
                entry.points = results[entry.coupon_id.program_id].get("points", [0])[0]
        self._book_points()
