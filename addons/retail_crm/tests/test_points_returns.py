from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError
from odoo.fields import Command, Date
from odoo.tests import tagged

from ..models.retail_job import RetailJob
from ..points.event import PointsEvent
from ..points.exact import to_points
from .points_common import PointsAccountingCommon


class InTheWay(SerializationFailure):
    pgcode = "40001"


class PointsReturnsCommon(PointsAccountingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls._product("Kettle", type="consu", invoice_policy="order")
        cls.goods.with_company(cls.company).taxes_id = False

    def _sell(self, amount, quantity=1, redeem=False):
        order = self._quotes(self.customer, [(self.goods, quantity, amount)])
        if redeem:
            self._redeems(order)
        order.action_confirm()
        return order

    def _deliver(self, order, quantity=None):
        picking = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        if quantity is not None:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        return picking

    def _return(self, picking, quantity, to_refund=True):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": to_refund})
        back = wizard._create_return()
        back.move_ids.picked = True
        back.button_validate()
        return back


@tagged("post_install", "-at_install")
class TestPointsReturns(PointsReturnsCommon):
    """What comes back takes its points along, whatever the papers and their order."""

    def test_goods_that_come_back_take_their_points(self):
        order = self._sell(25, quantity=4)
        picking = self._deliver(order)
        self._return(picking, 1)
        self.assertPoints(75)
        self._return(picking, 3)
        self.assertPoints(0)
        self.assertEqual(self._moves(), [("earn", 100, 100), ("reverse", -25, -25), ("reverse", -75, -75)])

    def test_exchange_takes_nothing(self):
        order = self._sell(25, quantity=4)
        self._return(self._deliver(order), 1, to_refund=False)
        self.assertPoints(100)

    def test_credit_note_takes_points_and_a_draft_one_does_not(self):
        invoice = self._invoices(self._sell(100))
        credit = self._credits(invoice, amount=40, post=False)
        self.assertPoints(100)
        self._posts(credit)
        self.assertPoints(60)
        self._credits(invoice, amount=60)
        self.assertPoints(0)

    def test_credit_note_set_to_draft_again_gives_the_points_again(self):
        credit = self._credits(self._invoices(self._sell(100)), amount=40)
        credit.button_draft()
        self.assertPoints(100)

    def test_return_and_its_credit_note_count_once_in_any_order(self):
        for papers_first in (True, False):
            order = self._sell(25, quantity=4)
            before = self._wallet().available
            picking, invoice = self._deliver(order), self._invoices(order)
            if papers_first:
                self._credits(invoice, amount=50)
            self._return(picking, 2)
            if not papers_first:
                self._credits(invoice, amount=50)
            self.assertPoints(before - 50)

    def test_cancelling_after_a_return_takes_only_the_rest(self):
        order = self._sell(25, quantity=4)
        self._return(self._deliver(order), 1)
        order._action_cancel()
        self.assertPoints(0)

    def test_points_spent_meanwhile_become_a_debt(self):
        order = self._sell(100)
        picking = self._deliver(order)
        other = self._order(30)
        self._redeems(other)
        other.action_confirm()
        self._return(picking, 1)
        self.assertPoints(-70, debt=70)

    def test_spent_points_of_a_returned_order_go_back_to_their_lots(self):
        self._card(points=60)
        self._wallet()._adjust(60, "more")
        lots = self._wallet().lot_ids
        order = self._sell(25, quantity=4, redeem=True)
        self.assertEqual(lots.mapped("remaining"), [0, 20])
        picking = self._deliver(order)
        self._return(picking, 2)
        self.env.invalidate_all()
        # half of the 100 points: to the lot that was spent last first
        self.assertEqual(lots.mapped("remaining"), [10, 60])
        self._return(picking, 2)
        self.env.invalidate_all()
        self.assertEqual(lots.mapped("remaining"), [60, 60])
        self.assertPoints(120)

    def test_what_has_expired_is_not_taken_once_more(self):
        self.program.write({"retail_expiry": "days", "retail_expiry_days": 10})
        order = self._sell(100)
        self.env["retail.points.ageing"]._expire_batch(self._wallet().lot_ids.expires_on.replace(year=2099))
        self.assertPoints(0)
        self._return(self._deliver(order), 1)
        self.assertPoints(0)
        order._action_cancel()
        self.assertPoints(0)

    def test_order_sold_anew_forgets_what_came_back_before(self):
        order = self._sell(25, quantity=4)
        self._return(self._deliver(order), 4)
        self._credits(self._invoices(order), amount=50)
        order._action_cancel()
        self.assertPoints(0)
        order.action_draft()
        order.action_confirm()
        self.assertPoints(100)
        order.order_line.write({"product_uom_qty": 8, "price_unit": 25})
        self.assertPoints(200)
        self._return(self._deliver(order), 2)
        self.assertPoints(150)

    def test_order_sold_anew_is_paid_by_what_was_paid_and_not_credited(self):
        self.program.retail_earned_at = "payment"
        order = self._sell(100)
        invoice = self._invoices(order)
        self._pays(invoice)
        self._credits(invoice, amount=30)
        self.assertPoints(70)
        order._action_cancel()
        order.action_draft()
        order.action_confirm()
        self.assertPoints(70)
        self._credits(invoice, amount=20)
        self.assertPoints(50)

    def test_only_lines_that_earned_take_points_back(self):
        self.program.rule_ids.product_ids = self.goods
        other = self._product("Bag", type="consu")
        other.with_company(self.company).taxes_id = False
        order = self._quotes(self.customer, [(self.goods, 1, 60), (other, 1, 40)])
        order.action_confirm()
        self.assertPoints(60)
        picking = self._deliver(order)
        bag = picking.move_ids.filtered(lambda move: move.product_id == other)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.filtered(lambda line: line.move_id == bag).write(
            {"quantity": 1, "to_refund": True}
        )
        back = wizard._create_return()
        back.move_ids.picked = True
        back.button_validate()
        self.assertPoints(60)

    def test_quantity_changed_after_confirmation_changes_the_points(self):
        order = self._sell(25, quantity=4)
        order.order_line.write({"product_uom_qty": 6, "price_unit": 25})
        self.assertPoints(150)
        order.order_line.write({"product_uom_qty": 1, "price_unit": 25})
        self.assertPoints(25)
        order.order_line = [
            Command.create({"product_id": self.goods.id, "product_uom_qty": 1, "price_unit": 5})
        ]
        self.assertPoints(30)


@tagged("post_install", "-at_install")
class TestPointsEarning(PointsReturnsCommon):
    """Options of the program: what earns, when, how much, and when it can be spent."""

    def test_untaxed_base_and_rounding(self):
        tax = self.env["account.tax"].create(
            {"name": "20 %", "amount": 20, "type_tax_use": "sale", "company_id": self.company.id}
        )
        line = {"product_id": self.goods.id, "price_unit": 10.75, "tax_ids": [Command.set(tax.ids)]}
        for values, points in (
            ({}, 12.9),
            ({"retail_base": "untaxed"}, 10.75),
            ({"retail_rounding": "down"}, 10),
            ({"retail_rounding": "half_up"}, 11),
        ):
            self.program.write(values)
            order = self._quotes(self.customer, [line])
            order.action_confirm()
            self.assertEqual(self._moves()[-1][1], points)

    def test_before_discounts(self):
        self.program.retail_is_before_discounts = True
        line = {"product_id": self.goods.id, "price_unit": 80, "discount": 25}
        self._quotes(self.customer, [line]).action_confirm()
        self.assertPoints(80)

    def test_multiplier_of_the_strategy_stays_with_the_order(self):
        self.program.retail_uses_multiplier = True
        self._strategy("key").points_multiplier = 1.5
        self._in_segment(self.customer, "key")
        order = self._sell(10)
        self.assertPoints(15)
        self._strategy("key").points_multiplier = 3
        order.order_line.write({"product_uom_qty": 2, "price_unit": 10})
        self.assertPoints(30)

    def test_orders_confirmed_together_keep_a_multiplier_each(self):
        self.program.retail_uses_multiplier = True
        self._strategy("key").points_multiplier = 1.5
        self._in_segment(self.customer, "key")
        bob = self._customer("Bob")
        orders = self._order(10) | self._order(10, customer=bob)
        orders.action_confirm()
        self._strategy("key").points_multiplier = 3
        orders.order_line.write({"product_uom_qty": 2, "price_unit": 10})
        self.assertPoints(30)
        self.assertPoints(20, customer=bob)

    def test_multiplier_is_not_for_money(self):
        program = self._program(
            "Purse", program_type="ewallet", applies_on="future", retail_uses_multiplier=True
        )
        self._strategy("key").points_multiplier = 5
        self._in_segment(self.customer, "key")
        order = self._order(10)
        result = order._program_check_compute_points(program)[program]
        self.assertEqual(result.get("points", [0])[0], 0)

    def test_money_delivery_and_rewards_earn_nothing(self):
        card, top_up, tea = self._product("Gift card"), self._product("Top up"), self._product("Tea")
        for kind, product in (("gift_card", card), ("ewallet", top_up)):
            rule = Command.create({"reward_point_mode": "money", "product_ids": product.ids})
            self._program(kind, program_type=kind, applies_on="future", rule_ids=[rule])
        for mode, points in (("money", 30), ("unit", 3), ("order", 1)):
            self.program.rule_ids.write({"reward_point_mode": mode, "reward_point_amount": 1})
            bought = [(card, 1, 50), (top_up, 2, 20)]
            customer = self._customer(mode)
            self._quotes(customer, bought).action_confirm()
            self.assertFalse(sum(self._wallet(customer).move_ids.mapped("amount")), mode)
            self._quotes(customer, [*bought, (tea, 3, 10)]).action_confirm()
            self.assertPoints(points, customer=customer)

    def test_free_product_earns_nothing(self):
        gift = self._product("Cup")
        self.reward.write({"reward_type": "product", "reward_product_id": gift.id, "required_points": 100})
        self._card(points=100)
        order = self._order(30)
        self._redeems(order)
        self.assertIn(gift, order.order_line.product_id)
        order.action_confirm()
        self.assertPoints(30)

    def test_multiplier_is_for_programs_of_the_ledger_only(self):
        self._strategy("key").points_multiplier = 5
        self._in_segment(self.customer, "key")
        for kind in ("promotion", "coupons", "next_order_coupons", "gift_card", "ewallet", "promo_code"):
            program = self._program(kind, program_type=kind, applies_on="future", retail_uses_multiplier=True)
            points = self._order(10)._program_check_compute_points(program)[program].get("points", [0])
            self.assertLessEqual(max(points), 10, kind)

    def test_confirmed_order_keeps_its_rules_when_the_program_is_converted(self):
        order = self._sell(25, quantity=4)
        manager = self._user("points_manager", "retail_crm.group_manager,sales_team.group_sale_manager")
        self.program.with_user(manager).action_use_recommended_rules()
        self.assertTrue(self.program.retail_uses_recommended_rules)
        self.assertEqual(self.program.retail_expiry, "never")
        order.order_line.write({"product_uom_qty": 2, "price_unit": 25})
        self.assertPoints(50)
        later = self._sell(10)
        self.assertPoints(50)
        self._pays(self._invoices(later))
        self.assertPoints(60)
        with self.assertRaises(AccessError):
            self.program.with_user(
                self._user("points_staff", "sales_team.group_sale_salesman")
            ).action_use_recommended_rules()

    def test_template_has_the_recommended_rules(self):
        programs = self.env["loyalty.program"]
        self.assertIn("retail_ledger", programs.get_program_templates())
        money = programs.with_context(menu_type="gift_ewallet").get_program_templates()
        self.assertNotIn("retail_ledger", money)
        program = programs.browse(programs.create_from_template("retail_ledger")["res_id"])
        self.assertTrue(program._keeps_ledger() and program.retail_uses_recommended_rules)
        self.assertEqual((program.retail_earned_at, program.retail_base), ("payment", "untaxed"))

    def test_points_at_payment(self):
        self.program.retail_earned_at = "payment"
        order = self._sell(100)
        invoice = self._invoices(order)
        self.assertFalse(self._wallet().move_ids)
        self._pays(invoice, amount=40)
        self.assertPoints(40)
        payment = self._pays(invoice)
        self.assertPoints(100)
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertPoints(40)

    def test_credit_note_against_an_unpaid_invoice_is_no_payment(self):
        self.program.retail_earned_at = "payment"
        invoice = self._invoices(self._quotes_and_confirms(60, 40))
        credit = self._credits(invoice, amount=40)
        receivable = (invoice | credit).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        receivable.reconcile()
        self.assertLess(invoice.amount_residual, 100)
        self.assertFalse(sum(self._wallet().move_ids.mapped("amount")))
        self._pays(invoice)
        self.assertPoints(60)

    def _quotes_and_confirms(self, *amounts):
        order = self._quotes(self.customer, [(self.goods, 1, amount) for amount in amounts])
        order.action_confirm()
        return order

    def test_paid_order_that_is_credited_gives_up_its_points(self):
        self.program.retail_earned_at = "payment"
        invoice = self._invoices(self._sell(100))
        self._pays(invoice)
        self._credits(invoice, amount=30)
        self.assertPoints(70)

    def test_points_at_delivery(self):
        self.program.retail_earned_at = "delivery"
        order = self._sell(25, quantity=4)
        self._deliver(order, 1)
        self.assertPoints(25)
        picking = self._deliver(order)
        self.assertPoints(100)
        self._return(picking, 3)
        self.assertPoints(25)

    def test_later_points_do_not_pay_for_the_order_that_earns_them(self):
        self.program.retail_earned_at = "payment"
        self._card()
        self.assertIn("error", self._redeems(self._order(500)))

    def test_pending_points_are_released_on_their_day(self):
        self.program.retail_pending_days = 14
        self._sell(100)
        self.assertPoints(0, pending=100)
        day = self._wallet().lot_ids.release_on
        ageing = self.env["retail.points.ageing"]
        self.assertFalse(ageing._release_batch(day.replace(year=day.year - 1)))
        for expected in (1, 0):
            self.assertEqual(ageing._release_batch(day), expected)
            self.assertPoints(100)
        self.assertEqual(self._moves(), [("earn", 100, 0), ("release", 0, 100)])

    def test_pending_points_are_taken_back_without_a_debt(self):
        self.program.retail_pending_days = 14
        order = self._sell(100)
        self._return(self._deliver(order), 1)
        self.assertPoints(0)

    def test_released_points_repay_a_debt(self):
        order = self._sell(100)
        self._redeems(other := self._order(30))
        other.action_confirm()
        self.program.retail_pending_days = 14
        order._action_cancel()
        self.assertPoints(-70, debt=70)
        self._sell(100)
        self.assertPoints(-70, pending=100, debt=70)
        self.env["retail.points.ageing"]._release_batch(self._wallet().lot_ids.sorted("id")[-1].release_on)
        self.assertPoints(30)

    def test_barred_cards_neither_earn_nor_redeem(self):
        for number, values in enumerate(({"active": False}, {"expiration_date": "2020-01-01"})):
            customer = self._customer(f"Barred {number}")
            card = self._card(customer, 500)
            card.write(values)
            order = self._order(80, customer=customer)
            order._update_programs_and_rewards()
            self.assertIn("error", order._apply_program_reward(self.reward, card))
            order.action_confirm()
            self.assertPoints(500, customer=customer)
            self.assertEqual(
                self.env["loyalty.card"]
                .with_context(active_test=False)
                .search_count([("partner_id", "=", customer.id)]),
                1,
            )

    def test_blocked_wallet_neither_earns_nor_redeems(self):
        card = self._card(points=500)
        self._wallet().is_blocked = True
        order = self._order(80)
        order._update_programs_and_rewards()
        self.assertIn("error", order._apply_program_reward(self.reward, card))
        order.action_confirm()
        self.assertPoints(500)


@tagged("post_install", "-at_install")
class TestPointsExpiry(PointsReturnsCommon):
    def _expire(self, day):
        """How many lots of the customer expire; others' expire as well."""
        before = self._count_expired()
        while self.env["retail.points.ageing"]._expire_batch(day):
            pass
        return self._count_expired() - before

    def _count_expired(self):
        return len([kind for kind, *_points in self._moves() if kind == "expire"])

    def test_last_day_by_rule(self):
        earned = self.today.replace(month=2, day=10)
        for rule, days, last in (
            ("never", 30, False),
            ("rolling", 30, False),
            ("days", 30, "2025-03-12"),
            ("month", 30, "2025-03-31"),
            ("quarter", 60, "2025-06-30"),
            ("year", 365, "2026-12-31"),
        ):
            self.program.write({"retail_expiry": rule, "retail_expiry_days": days})
            expected = last and self.today.fromisoformat(last)
            self.assertEqual(self.program._get_expiry(earned) or False, expected, rule)

    def test_what_is_left_expires_the_day_after_once(self):
        self.program.write({"retail_expiry": "days", "retail_expiry_days": 10})
        self._sell(150)
        last = self._wallet().lot_ids.expires_on
        self._redeems(other := self._order(30))
        other.action_confirm()
        self.assertPoints(80)
        self.assertEqual(self._expire(last), 0)
        day = last.replace(year=last.year + 1)
        self.assertEqual([self._expire(day), self._expire(day), self._expire(last)], [2, 0, 0])
        self.assertPoints(0)
        self.assertEqual(sorted(self._moves()[-2:]), [("expire", -50, -50), ("expire", -30, -30)])

    def test_rolling_points_live_as_long_as_the_customer_buys(self):
        self.program.write({"retail_expiry": "rolling", "retail_expiry_days": 100})
        self._sell(50)
        self._wallet().lot_ids.earned_on = self.today.replace(year=2020)
        today = self._wallet().move_ids.moment.date()
        self.assertEqual(self._expire(today), 0)
        self.assertEqual(self._expire(today.replace(year=today.year + 1)), 1)
        self.assertPoints(0)

    def _pass_last_day(self, wallet=None):
        """The last day of all points is over, and the job was not there yet."""
        (wallet or self._wallet()).lot_ids.expires_on = "2020-01-31"
        self.env.flush_all()

    def test_points_whose_last_day_is_over_are_neither_claimed_nor_reserved_nor_spent(self):
        self.program.rule_ids.reward_point_amount = 0.001
        card = self._card(points=100)
        self._pass_last_day()
        order = self._order(20)
        order._update_programs_and_rewards()
        self.assertFalse(order._get_claimable_rewards())
        self.assertIn("error", order._apply_program_reward(self.reward, card))
        with self.assertUndone("(?i)not enough"):
            self.env["retail.points.reservation"]._reserve(order, self._wallet(), 1)
        with self.assertUndone("(?i)not enough"):
            self._wallet()._book([self._redemption(1)])
        self.assertPoints(100)

    def test_points_whose_last_day_is_over_expire_before_others_are_spent(self):
        self._card(points=60)
        self._pass_last_day()
        self._wallet()._adjust(150, "more")
        self._wallet()._book([self._redemption(100)])
        self.assertEqual(self._moves()[-2:], [("expire", -60, -60), ("redeem", -100, -100)])
        self.assertPoints(50)

    def test_quotation_whose_points_expire_is_not_confirmed(self):
        self.program.rule_ids.reward_point_amount = 0.001
        self._card(points=100)
        self._redeems(order := self._order(50))
        self._pass_last_day()
        with self.assertUndone("(?i)invalid|not enough"):
            order.action_confirm()
        self.assertPoints(100)

    def _redemption(self, points):
        return PointsEvent(self._wallet(), "spend", "redeem", to_points(points), f"test:{points}")

    def test_points_that_come_back_after_their_last_day_are_gone(self):
        order = self._redeem_and_pass_last_day()
        self._return(self._deliver(order), 4)
        self.assertPoints(0)
        self.assertEqual(
            self._moves()[-3:], [("reverse", 100, 100), ("reverse", -100, -100), ("expire", -100, -100)]
        )

    def test_points_that_come_back_after_their_last_day_last_longer_where_the_program_says_so(self):
        self.program.retail_renewal_days = 30
        order = self._redeem_and_pass_last_day(rest=7)
        self._return(self._deliver(order), 2)
        renewed = self._wallet().lot_ids.filtered("remaining")
        renewed = renewed.filtered("expires_on")
        self.assertEqual(renewed.expires_on, Date.add(self.program._get_today(), days=30))
        # the 7 that were left are not saved by those that came back
        self.assertPoints(100)
        self.assertEqual(self._moves()[-1], ("expire", -7, -7))
        self.assertEqual(self._expire(None), 0)
        self.assertEqual(self._expire(Date.add(renewed.expires_on, days=1)), 1)
        self.assertPoints(50)

    def _redeem_and_pass_last_day(self, rest=0):
        """100 points are spent on an order that earns 100, then the last day of what paid for it is over."""
        self._card(points=100 + rest)
        lot = self._wallet().lot_ids
        order = self._sell(25, quantity=4, redeem=True)
        lot.expires_on = "2020-01-31"
        return order

    def test_days_end_when_they_end_in_the_shop(self):
        self.program.write({"retail_expiry": "days", "retail_expiry_days": 10, "retail_pending_days": 3})
        self.company.retail_tz = "Asia/Shanghai"
        with freeze_time(datetime(2025, 6, 30, 17)):
            self._sell(100)
        lot = self._wallet().lot_ids
        dates = (lot.earned_on, lot.release_on, lot.expires_on)
        self.assertEqual(dates, tuple(map(Date.to_date, ("2025-07-01", "2025-07-04", "2025-07-11"))))
        ageing = self.env["retail.points.ageing"]
        for moment, released, expired in (
            (datetime(2025, 7, 3, 15), 0, 0),
            (datetime(2025, 7, 3, 17), 1, 0),
            (datetime(2025, 7, 11, 15), 0, 0),
            (datetime(2025, 7, 11, 17), 0, 1),
            (datetime(2025, 6, 1, 12), 0, 0),
        ):
            with freeze_time(moment):
                self.assertEqual((ageing._release_batch(), ageing._expire_batch()), (released, expired))
        self.assertPoints(0)

    def test_job_tries_again_when_somebody_was_in_the_way(self):
        self._card(points=100)
        self._pass_last_day()
        ageing, tries = type(self.env["retail.points.ageing"]), []
        expire = ageing._expire_batch

        def fail_once(model, today=None):
            tries.append(1)
            if len(tries) == 1:
                raise InTheWay
            return expire(model, today)

        with (
            self.enter_registry_test_mode(),
            patch.object(ageing, "_expire_batch", fail_once),
            patch.object(RetailJob, "_is_test", return_value=False),
        ):
            self.env.ref("retail_crm.ir_cron_retail_points_ageing").method_direct_trigger()
        self.assertEqual(len(tries), 3)
        self.assertPoints(0)

    def test_program_whose_points_would_expire_before_they_can_be_spent_is_refused(self):
        with self.assertUndone("would expire before"):
            self.program.write({"retail_expiry": "days", "retail_expiry_days": 10, "retail_pending_days": 14})
            self.env.flush_all()
