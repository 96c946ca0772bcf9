from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import retail_points_wallet
from .points_common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsLedger(PointsCommon):
    """The balance of a card is what the ledger says, and the ledger says who changed it."""

    def test_points_given_with_a_new_card_are_an_adjustment_with_an_author(self):
        manager = self._user("points_manager", "retail_crm.group_manager,sales_team.group_sale_manager")
        card = self._card(self.customer).with_user(manager)
        card.points = 25.5
        move = self._wallet().move_ids
        self.assertEqual((move.kind, move.amount, move.user_id), ("adjust", 25.5, manager))
        self.assertEqual(card.points, 25.5)
        self.assertPoints(25.5)

    def test_salesperson_cannot_write_a_balance(self):
        self._user("points_manager", "retail_crm.group_manager")
        card = self._card(points=10).with_user(self._user("points_staff", "sales_team.group_sale_salesman"))
        with self.assertRaises(AccessError):
            card.points = 1000
        wizard = card.env["loyalty.card.update.balance"].create(
            {"card_id": card.id, "new_balance": 50, "description": "Friend"}
        )
        # it asks a manager
        wizard.action_update_card_point()
        with self.assertRaises(AccessError):
            card.write({"retail_wallet_id": self._card(self._customer("Bob"), 99).sudo().retail_wallet_id.id})
        self.assertPoints(10)

    def test_context_of_a_client_neither_forges_nor_hides(self):
        staff = self._user("points_staff", "sales_team.group_sale_salesman")
        card = self._card(points=10).with_user(staff).with_context(retail_points_flow=True)
        with self.assertRaises(AccessError):
            card.points = 1000
        self.assertPoints(10)

    def test_balances_that_are_no_amount_are_refused(self):
        card = self._card(points=10)
        for points in (float("nan"), float("inf"), -5, 2e9):
            with self.assertUndone("points"):
                card.points = points
        self.assertPoints(10)

    def test_balances_that_are_no_amount_are_refused_wherever_they_come_from(self):
        card = self._card(points=10)
        for points in (float("nan"), float("inf"), 2e9):
            with self.assertUndone("points"):
                self._card(self._customer("Bob"), points)
            generate = self.env["loyalty.generate.wizard"].create(
                {
                    "program_id": self.program.id,
                    "mode": "selected",
                    "customer_ids": self._customer("Eve").ids,
                    "points_granted": points,
                }
            )
            with self.assertUndone("points"):
                generate.generate_coupons()
            balance = self.env["loyalty.card.update.balance"].create(
                {"card_id": card.id, "new_balance": points, "description": "Because"}
            )
            with self.assertUndone("points"):
                balance.action_update_card_point()
        with self.assertUndone("points"):
            self._card(self._customer("Bob"), -5)
        self.assertPoints(10)
        self.assertEqual(
            self.env["retail.points.move"].search([("wallet_id", "=", self._wallet().id)]).amount, 10
        )

    def test_wallet_holds_no_more_than_it_can_count(self):
        self._card(points=99_999_999)
        with self.assertUndone("at most"):
            self._wallet()._adjust(2, "too much")

    def test_order_of_an_absurd_amount_earns_nothing_and_says_why(self):
        with self.assertUndone("at most"):
            self._order(5e9).action_confirm()

    def test_smallest_amounts_add_up_exactly(self):
        wallet = self._card().sudo().retail_wallet_id
        for _ in range(10):
            wallet._adjust(0.1, "ten times a tenth")
        wallet._adjust(-1, "all of it")
        self.assertPoints(0)

    def test_cards_are_found_sorted_and_summed_by_their_points(self):
        cards = self._card(points=10) | self._card(self._customer("Bob"), 30)
        found = self.env["loyalty.card"].search(
            [("program_id", "=", self.program.id), ("points", ">", 5)], order="points desc"
        )
        self.assertEqual(found.mapped("points"), [30, 10])
        total = cards._read_group([("program_id", "=", self.program.id)], [], ["points:sum"])
        self.assertEqual(total, [(40,)])

    def test_gift_cards_and_wallets_of_money_are_left_alone(self):
        for kind in ("gift_card", "ewallet", "coupons"):
            program = self._program(kind, program_type=kind, applies_on="future")
            card = self._card(points=50, program=program)
            card.points -= 20
            self.assertEqual(card.points, 30)
            self.assertFalse(card.sudo().retail_wallet_id)

    def test_contacts_of_one_company_share_a_wallet(self):
        house = self._customer("Tea House", is_company=True)
        buyer = self._customer("Buyer", parent_id=house.id)
        self._card(house, 10)
        card = self._card(buyer)
        self.assertEqual(card.points, 10)
        self._order(90, customer=buyer).action_confirm()
        self.assertPoints(100, customer=house)

    def test_card_that_finds_its_owner_brings_its_points(self):
        card = self._card(points=5)
        loose = self.env["loyalty.card"].create({"program_id": self.program.id, "points": 7})
        self.assertNotEqual(card.sudo().retail_wallet_id, loose.sudo().retail_wallet_id)
        loose.partner_id = self.customer
        self.assertPoints(12)
        self.assertEqual(self._moves()[-1], ("merge", 7, 7))

    def test_card_that_changes_hands_leaves_the_points_behind(self):
        card = self._card(points=5)
        card.partner_id = self._customer("Bob")
        self.assertPoints(5)
        self.assertEqual(card.points, 0)

    def test_points_of_another_company_are_not_seen(self):
        self._card(points=5)
        self.assertEqual(self._wallet()._find_problems(), [])
        stranger = self._create_company("Other Shop")
        groups = "retail_crm.group_manager"
        ours = self._user("points_ours", groups)
        theirs = self._user(
            "points_theirs", groups, company_id=stranger.id, company_ids=[Command.set(stranger.ids)]
        )
        for kind in ("wallet", "lot", "move", "seal"):
            path = "company_id" if kind == "wallet" else "wallet_id.company_id"
            domain = [(path, "=", self.company.id)]
            model = f"retail.points.{kind}"
            self.assertTrue(self.env(user=ours, context={})[model].search(domain), kind)
            self.assertFalse(self.env(user=theirs, context={})[model].search(domain), kind)

    def test_program_with_points_stays_a_loyalty_program(self):
        self._card(points=5)
        with self.assertRaises(ValidationError):
            self.program.program_type = "promotion"

    def test_card_with_movements_cannot_be_deleted(self):
        card = self._card(points=5)
        with self.assertRaises(UserError):
            card.unlink()
        self._card(self._customer("Bob")).unlink()


@tagged("post_install", "-at_install")
class TestPointsAppendOnly(PointsCommon):
    """Nobody changes what was booked, and who does it nevertheless is found out."""

    def setUp(self):
        super().setUp()
        self._card(points=10)
        self.wallet = self._wallet()
        self.move = self.wallet.move_ids

    def _execute(self, statement):
        self.env.flush_all()
        with self.assertRaises(psycopg2.errors.InsufficientPrivilege), self.env.cr.savepoint():
            with mute_logger("odoo.sql_db"):
                self.env.cr.execute(SQL(statement))

    def test_administrator_cannot_change_or_delete_a_movement(self):
        admin = self.env.ref("base.user_admin")
        for move in (self.move.with_user(admin), self.move.sudo()):
            with self.assertRaises(UserError):
                move.write({"amount": 1000})
            with self.assertRaises(UserError):
                move.unlink()
        with self.assertRaises(AccessError):
            self.env["retail.points.move"].with_user(admin).create({"wallet_id": self.wallet.id})

    def test_sql_cannot_change_or_delete_movements_or_seals(self):
        self.assertEqual(self.wallet._find_problems(), [])
        for table in ("retail_points_move", "retail_points_seal"):
            self._execute(f"DELETE FROM {table}")
            self._execute(f"TRUNCATE {table} CASCADE")
        self._execute("UPDATE retail_points_move SET amount = 1000")
        self._execute("UPDATE retail_points_move SET reason = NULL")
        self._execute("UPDATE retail_points_seal SET seal = 'x'")

    def test_eraser_empties_reasons_and_nothing_else(self):
        adjustment = self.env["retail.points.adjustment"].create(
            {"wallet_id": self.wallet.id, "points": 5, "reason": "Her dog died"}
        )
        adjustment.sudo()._adjust_at_once(self.wallet, -5, "Taken back")
        self.move._erase_reasons(self.wallet)
        self.assertFalse(self.move.reason or adjustment.reason)
        self.assertPoints(10)
        self._execute("UPDATE retail_points_move SET reason = 'x'")

    def _tamper(self, statement):
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE retail_points_move DISABLE TRIGGER retail_crm_points_row")
        self.env.cr.execute(SQL(statement, self.move.id))
        self.env.cr.execute("ALTER TABLE retail_points_move ENABLE TRIGGER retail_crm_points_row")
        self.env.invalidate_all()

    def test_changed_movement_is_found_out(self):
        self.assertEqual(self.wallet._find_problems(), [])
        self._tamper("UPDATE retail_points_move SET user_id = 1, moment = '2020-01-01' WHERE id = %s")
        self.assertIn("movement 1 is not what was sealed", self.wallet._find_problems()[0])

    def test_changed_amount_is_found_out_twice(self):
        self.assertEqual(self.wallet._find_problems(), [])
        self._tamper("UPDATE retail_points_move SET amount = 1000, available_amount = 1000 WHERE id = %s")
        self.assertEqual(len(self.wallet._find_problems()), 2)

    def test_lot_changed_by_hand_is_found_out(self):
        self.env.cr.execute(
            SQL("UPDATE retail_points_lot SET remaining = 11 WHERE id = %s", self.move.lot_id.id)
        )
        self.assertIn("a lot does not hold", self.wallet._find_problems()[0])

    def test_verify_button_is_for_managers_and_auditors(self):
        for login, groups in (("a", "retail_crm.group_auditor"), ("m", "retail_crm.group_manager")):
            result = self.wallet.with_user(self._user(f"verify_{login}", groups)).action_verify()
            self.assertEqual(result["params"]["type"], "success")
        with self.assertRaises(UserError):
            self.wallet.with_user(self._user("verify_s", "retail_crm.group_user")).action_verify()

    def test_nightly_check_tells_what_is_wrong(self):
        self.env.cr.execute(SQL("UPDATE retail_points_wallet SET debt = 3 WHERE id = %s", self.wallet.id))
        self.env.invalidate_all()
        manager = self._user("told", "retail_crm.group_manager")
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_points_check").method_direct_trigger()
        told = self.env["mail.notification"].search([("res_partner_id", "=", manager.partner_id.id)])
        self.assertIn("the debt is not the sum", told.mail_message_id.body)

    def test_check_whose_time_is_over_goes_on_where_it_was(self):
        wallets, checked = type(self.wallet), []

        def find(wallet):
            checked.extend(wallet.ids)
            return []

        def is_in_time(_cron, processed=0, *, remaining=None):
            return 0

        with (
            patch.object(wallets, "_find_problems", find),
            patch.object(retail_points_wallet, "CHECKED_AT_ONCE", 1),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", is_in_time),
        ):
            for customer in ("Bob", "Eve"):
                self._card(self._customer(customer))
            ids = self.wallet.with_context(active_test=False).search([], order="id").ids
            for _call in range(len(ids) + 1):
                self.wallet._cron_check()
        self.assertEqual(checked, [*ids, ids[0]])

    def test_an_event_counts_once(self):
        self.wallet._adjust(5, "once", key="import:1")
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.env.cr.savepoint():
            with mute_logger("odoo.sql_db"):
                self.wallet._adjust(5, "twice", key="import:1")
        self.assertPoints(15)


@tagged("post_install", "-at_install")
class TestPointsOpening(PointsCommon):
    """Cards that were there before the ledger."""

    def _old_cards(self, *rows):
        """Cards as Odoo alone left them: (customer, points)."""
        cards = self.env["loyalty.card"].browse()
        for customer, points in rows:
            card = self._card(customer)
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE loyalty_card SET points = %s, retail_wallet_id = NULL WHERE id = %s",
                    points,
                    card.id,
                )
            )
            cards |= card
        self.env.invalidate_all()
        return cards

    def test_balances_are_taken_over_once(self):
        cards = self._old_cards(
            (self.customer, 12.345), (self._customer("Bob"), 0), (self._customer("Eve"), -8)
        )
        self.assertEqual(cards.mapped("points"), [12.345, 0, -8])
        for _ in range(2):
            self.env["retail.points.opening"]._take_over_all()
            self.assertEqual(cards.mapped("points"), [12.345, 0, -8])
        self.assertEqual(self._moves(), [("opening", 12.345, 12.345)])
        self.assertPoints(-8, debt=8, customer=cards[2].partner_id)

    def test_cards_of_one_person_are_merged_and_told_apart(self):
        cards = self._old_cards((self.customer, 5), (self.customer, 20))
        self.env["retail.points.opening"]._take_over_all()
        self.assertPoints(25)
        self.assertEqual(cards.mapped("active"), [False, True])
        reasons = self._wallet().move_ids.sorted("amount").mapped("reason")
        self.assertIn("second card", reasons[0])

    def test_report_tells_what_was_strange(self):
        cards = self._old_cards(
            (self.customer, 5),
            (self.customer, 20),
            (self._customer("Bob"), float("nan")),
            (self._customer("Eve"), -8),
            (self._customer("Dan"), 0.5),
        )
        self.env["retail.points.opening"]._take_over_all()
        report = self.env["retail.points.opening.report"].search([("program_id", "=", self.program.id)])
        counts = (report.card_count, report.wallet_count, report.points, report.debt)
        self.assertEqual(counts, (5, 4, 25.5, 8))
        told = {row.card_id: (row.what, row.balance) for row in report.card_ids}
        self.assertEqual(
            told,
            {cards[0]: ("duplicate", "5"), cards[2]: ("strange", "not a number"), cards[3]: ("debt", "-8")},
        )
        self.assertEqual((report.duplicate_count, report.strange_count, report.debt_count), (1, 1, 1))
        action = report.action_open_moves()
        self.assertEqual(self.env["retail.points.move"].search_count(action["domain"]), 4)

    def _take_order_over(self, order):
        """The order was confirmed by Odoo alone, then the ledger began."""
        card = self.env["loyalty.card"].search([("partner_id", "=", order.partner_id.id)])
        points = card.points
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE loyalty_card SET points = %s, retail_wallet_id = NULL WHERE id = %s", points, card.id)
        )
        self.env.cr.execute(
            SQL(
                """UPDATE retail_points_wallet SET active = FALSE WHERE partner_id = %s;
                   UPDATE sale_order SET retail_points_rules = NULL;
                   ALTER TABLE retail_points_move DISABLE TRIGGER retail_crm_points_row;
                   DELETE FROM retail_points_move WHERE document_id = %s AND document_model = 'sale.order';
                   ALTER TABLE retail_points_move ENABLE TRIGGER retail_crm_points_row""",
                order.partner_id.id,
                order.id,
            )
        )
        self.env.invalidate_all()
        self.env["retail.points.opening"]._take_over_all()
        return points

    def test_order_of_before_the_ledger_is_not_booked_again_and_taken_back_once(self):
        self._card(points=150)
        order = self._order(40, quantity=2)
        self._redeems(order)
        order.action_confirm()
        before = self._take_order_over(order)
        self.assertEqual(before, 130)
        self.program.write({"retail_earned_at": "payment"})
        order._book_points()
        self.assertPoints(130)
        goods = order.order_line.filtered(lambda line: not line.reward_id)
        goods.write({"product_uom_qty": 1, "price_unit": 40})
        self.assertPoints(90)
        order._action_cancel()
        self.assertPoints(150)
        order._book_points()
        self.assertPoints(150)

    def test_strangers_do_not_share_a_wallet(self):
        public = self.env.ref("base.public_partner")
        cards = self._old_cards((public, 5), (public, 6))
        self.env["retail.points.opening"]._take_over_all()
        self.assertEqual(cards.mapped("points"), [5, 6])

    def test_program_that_becomes_a_loyalty_program_takes_its_cards_over(self):
        program = self._program("Later", program_type="promotion", applies_on="both")
        card = self._card(points=9, program=program)
        self.assertFalse(card.sudo().retail_wallet_id)
        program.write({"program_type": "loyalty", "reward_ids": [Command.create({"required_points": 1})]})
        self.assertEqual(card.points, 9)
        self.assertTrue(card.sudo().retail_wallet_id)

    def test_uninstalling_leaves_what_customers_saw(self):
        cards = self._old_cards((self.customer, 5), (self._customer("Bob"), 7))
        self.env["retail.points.opening"]._take_over_all()
        cards[0].points = 6
        self.env["retail.points.opening"]._hand_back()
        self.env.cr.execute(SQL("SELECT points FROM loyalty_card WHERE id = ANY(%s) ORDER BY id", cards.ids))
        self.assertEqual(self.env.cr.fetchall(), [(6,), (7,)])


@tagged("post_install", "-at_install")
class TestPointsBlock(PointsCommon):
    """Managers block a wallet; everybody reads why."""

    def test_block_and_its_end_are_logged_with_their_reasons(self):
        self._card(points=500)
        wallet = self._wallet().with_user(self._user("points_manager", "retail_crm.group_manager"))
        for is_blocked, reason in ((True, "Stolen card"), (False, "Card found")):
            action = wallet.action_block()
            wizard = self.env[action["res_model"]].with_user(wallet.env.user)
            wizard.with_context(**action["context"]).create({"reason": reason}).action_apply()
            self.assertEqual(wallet.is_blocked, is_blocked)
            self.assertIn(reason, wallet.message_ids[0].body)
            self.assertEqual(wallet.message_ids[0].author_id, wallet.env.user.partner_id)
        self.assertFalse(wallet.block_reason)

    def test_block_wants_a_reason_and_a_manager(self):
        self._card(points=500)
        wallet = self._wallet()
        with self.assertUndone("Say why"):
            wallet.with_user(self._user("points_manager", "retail_crm.group_manager"))._block(True, " ")
        staff = self._user("points_staff", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            wallet.with_user(staff).action_block()
        with self.assertRaises(AccessError):
            wallet.with_user(staff).is_blocked = True
        self.assertFalse(wallet.is_blocked)

    def test_payment_of_a_blocked_customer_is_taken_and_its_points_come_with_the_unblocking(self):
        manager = self._user("points_manager", "retail_crm.group_manager")
        order = self._order(30)
        order.action_confirm()
        wallet = self._wallet().with_user(manager)
        wallet._block(True, "Suspicion")
        order.order_line.write({"product_uom_qty": 2, "price_unit": 30})
        order._book_points()
        self.assertPoints(30)
        wallet._block(False, "Cleared")
        self.assertPoints(60)

    def test_block_survives_the_merge_of_the_customer(self):
        bob = self._customer("Bob")
        self._card(bob, 10)
        self._wallet(bob).is_blocked = True
        self._wallet(bob)._merge_into(self._card().sudo().retail_wallet_id)
        self.assertTrue(self._wallet().is_blocked)


@tagged("post_install", "-at_install")
class TestPointsMerge(PointsCommon):
    """Two entries for one person become one customer with one wallet."""

    def _merge(self, *sources, into=None):
        into = into or self.customer
        user = self._user("assistant", "base.group_partner_manager,base.group_user")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        wizard._merge(into.union(*sources).ids, into.with_user(user))
        self.env.flush_all()
        self.env.invalidate_all()

    def test_points_of_both_are_in_one_wallet_and_both_histories_stay(self):
        bob = self._customer("Bob")
        self._card(points=10)
        self._order(30, customer=bob).action_confirm()
        old = self._wallet(bob)
        self._merge(bob)
        self.assertPoints(40)
        self.assertEqual(self._moves(wallet=old), [("earn", 30, 30), ("merge", -30, -30)])
        self.assertEqual(self._moves()[-1], ("merge", 30, 30))
        self.assertPoints(0, wallet=old)
        self.assertFalse(old.active)

    def test_order_of_before_the_merge_is_taken_back_after_it(self):
        bob = self._customer("Bob")
        order = self._order(30, customer=bob)
        order.action_confirm()
        self._card(points=10)
        self._merge(bob)
        order._action_cancel()
        self.assertPoints(10)

    def test_points_spent_before_the_merge_come_back_after_it(self):
        bob = self._customer("Bob")
        self._card(bob, 100)
        order = self._order(30, customer=bob)
        self._redeems(order)
        order.action_confirm()
        self._merge(bob)
        self.assertPoints(30)
        order._action_cancel()
        self.assertPoints(100)

    def test_debt_comes_along_and_is_repaid(self):
        bob = self._customer("Bob")
        order = self._order(100, customer=bob)
        order.action_confirm()
        self._redeems(other := self._order(40, customer=bob))
        other.action_confirm()
        order._action_cancel()
        self.assertPoints(-60, debt=60, customer=bob)
        self._card(points=100)
        self._merge(bob)
        self.assertPoints(40)

    def test_customer_without_a_card_takes_over_that_of_the_other(self):
        bob = self._customer("Bob")
        card = self._card(bob, 10)
        self._merge(bob)
        self.assertEqual((card.partner_id, card.active, card.points), (self.customer, True, 10))
