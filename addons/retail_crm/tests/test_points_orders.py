import re
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Datetime
from odoo.sql_db import Cursor
from odoo.tests import tagged

from .points_common import PointsCommon

TABLES = re.compile(r"retail_points_(wallet|lot|move|reservation)\b")


@tagged("post_install", "-at_install")
class TestPointsOrders(PointsCommon):
    """Orders earn and use points; every change of mind leaves a trace and the right balance."""

    def test_confirmed_order_earns(self):
        order = self._order(80)
        order.action_confirm()
        self.assertEqual(self._moves(), [("earn", 80, 80)])
        move = self._wallet().move_ids
        self.assertEqual((move.document_model, move.document_id), ("sale.order", order.id))
        self.assertPoints(80)

    def test_reward_is_a_movement_of_its_own(self):
        self._card(points=150)
        order = self._order(80)
        self._redeems(order)
        order.action_confirm()
        self.assertEqual(self._moves(), [("adjust", 150, 150), ("earn", 80, 80), ("redeem", -100, -100)])
        self.assertPoints(130)

    def test_cancelled_order_gives_back_and_takes_back(self):
        card = self._card(points=150)
        order = self._order(80)
        self._redeems(order)
        order.action_confirm()
        order._action_cancel()
        self.assertEqual(self._moves()[3:], [("reverse", 100, 100), ("reverse", -80, -80)])
        self.assertPoints(150)
        self.assertEqual(card.points, 150)

    def test_order_confirmed_again_earns_again(self):
        order = self._order(80)
        for _ in range(3):
            order.action_confirm()
            self.assertPoints(80)
            order._action_cancel()
            self.assertPoints(0)
            order.action_draft()

    def test_points_earned_and_spent_elsewhere_become_a_debt_that_later_purchases_repay(self):
        order = self._order(100)
        order.action_confirm()
        other = self._order(50)
        self._redeems(other)
        other.action_confirm()
        self.assertPoints(50)
        order._action_cancel()
        self.assertPoints(-50, debt=50)
        self._order(90).action_confirm()
        self.assertPoints(40)
        self.assertEqual([kind for kind, *_rest in self._moves()][-3:], ["earn", "repay", "repay"])

    def test_customer_in_debt_redeems_nothing(self):
        order = self._order(100)
        order.action_confirm()
        other = self._order(50)
        self._redeems(other)
        other.action_confirm()
        order._action_cancel()
        third = self._order(120)
        self.assertIn("error", self._redeems(third))

    def test_reward_removed_from_a_confirmed_order_comes_back(self):
        self._card(points=150)
        order = self._order(80)
        self._redeems(order)
        order.action_confirm()
        order.order_line.filtered("reward_id").points_cost = 0
        self.assertEqual(self._moves()[-1], ("reverse", 100, 100))
        self.assertPoints(230)

    def test_reward_button_on_a_confirmed_order_and_a_later_cancel_take_the_right_amount(self):
        self._card(points=300)
        order = self._order(80)
        order.action_confirm()
        order.action_open_reward_wizard()
        order.action_open_reward_wizard()
        order._action_cancel()
        self.assertPoints(300)

    def test_points_are_not_rounded_up_to_a_reward(self):
        self.program.currency_id = self.env.ref("base.JPY")
        self._card(points=99.6)
        self.program.rule_ids.reward_point_amount = 0.001
        self.assertIn("error", self._redeems(self._order(50)))

    def test_two_quotations_cannot_reserve_the_same_points(self):
        self._card(points=100)
        first, second = self._order(50), self._order(50)
        self._redeems(first)
        self.assertIn("error", self._redeems(second))
        self.assertFalse(second.order_line.filtered("reward_id"))
        first.order_line.filtered("reward_id").unlink()
        self.assertFalse(self._redeems(second))

    def test_reservation_ends_and_then_the_first_to_confirm_wins(self):
        self.program.rule_ids.reward_point_amount = 0.001
        self._card(points=100)
        first, second = self._order(50), self._order(50)
        self._redeems(first)
        first.retail_reservation_ids.sudo().expires_at = Datetime.subtract(Datetime.now(), hours=1)
        self._redeems(second)
        second.action_confirm()
        with self.assertUndone("(?i)invalid|not enough"):
            first.action_confirm()
        self.assertPoints(0.05)

    def test_bulk_confirmation_spends_one_reward_once(self):
        self.program.rule_ids.reward_point_amount = 0.001
        self._card(points=100)
        orders = self._order(50) | self._order(50)
        for order in orders:
            self._redeems(order)
            order.retail_reservation_ids.sudo().unlink()
        with self.assertUndone("(?i)invalid|not enough"):
            orders.action_confirm()
        self.assertPoints(100)

    def test_salesperson_does_the_whole_flow(self):
        staff = self._user("points_staff", "sales_team.group_sale_salesman")
        self._card(points=150)
        order = self._order(80, user_id=staff.id).with_user(staff)
        self._redeems(order)
        order.action_confirm()
        self.assertPoints(130)
        order._action_cancel()
        self.assertPoints(150)
        self.assertEqual(self._wallet().move_ids[0].user_id, staff)

    def test_salesperson_cannot_take_away_what_a_confirmed_order_earned(self):
        staff = self._user("points_staff", "sales_team.group_sale_salesman")
        order = self._order(80, user_id=staff.id)
        order.action_confirm()
        with self.assertRaises(UserError):
            order.coupon_point_ids.with_user(staff).unlink()

    def test_order_of_a_bad_total_earns_nothing(self):
        self._card(points=10)
        order = self._quotes(self.customer, [(self.product, 1, -50)])
        order.action_confirm()
        self.assertPoints(10)

    def test_confirming_costs_at_most_six_queries_more(self):
        # stock writes the card (1, and 3 for the tracking message): those are saved
        self._card(points=500)
        # reserved by others, barred, booked so far, wallet, lot, move
        self.assertLessEqual(self._count_ledger_queries(self._order(80)), 6)
        order = self._order(80)
        self._redeems(order)
        # and lock and look, lots, reservation let go
        self.assertLessEqual(self._count_ledger_queries(order), 9)

    def _count_ledger_queries(self, order):
        """Statements about the ledger; reading a card reads its balance, which is no query more."""
        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(Cursor, "execute", autospec=True, side_effect=Cursor.execute) as execute:
            order.action_confirm()
            self.env.flush_all()
        statements = [getattr(call.args[1], "code", call.args[1]) for call in execute.call_args_list]
        return sum(
            bool(TABLES.search(statement) and not statement.startswith('SELECT "loyalty_card"'))
            for statement in statements
        )


@tagged("post_install", "-at_install")
class TestPointsOfWalkIns(PointsCommon):
    """Nobody could use the points of a customer who stands for many."""

    def test_walk_in_customer_earns_nothing_and_gets_no_card(self):
        walk_in = self._customer("Passer-by", retail_is_walk_in=True)
        order = self._order(80, customer=walk_in)
        order.action_confirm()
        self.assertFalse(self._wallet(walk_in))
        self.assertFalse(self.env["loyalty.card"].search([("partner_id", "=", walk_in.id)]))
        result = order._program_check_compute_points(self.program)[self.program]
        self.assertIn("walk-in", result["error"])

    def test_contact_of_a_walk_in_customer_earns_nothing_either(self):
        walk_in = self._customer("Passer-by", retail_is_walk_in=True, is_company=True)
        contact = self._customer("Counter", parent_id=walk_in.id)
        self._order(80, customer=contact).action_confirm()
        self.assertFalse(self._wallet(walk_in))

    def test_walk_in_customer_with_points_from_before_uses_none(self):
        card = self._card(points=500)
        self.customer.retail_is_walk_in = True
        order = self._order(80)
        order._update_programs_and_rewards()
        self.assertIn("error", order._apply_program_reward(self.reward, card))
        order.action_confirm()
        self.assertPoints(500)

    def test_order_confirmed_before_keeps_what_it_earned(self):
        order = self._order(80)
        order.action_confirm()
        self.customer.retail_is_walk_in = True
        order.order_line.write({"product_uom_qty": 2, "price_unit": 80})
        self.assertPoints(160)
