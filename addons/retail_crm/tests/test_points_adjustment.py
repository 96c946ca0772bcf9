from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .points_common import PointsCommon


class AdjustmentCommon(PointsCommon):
    """Mara may change 100 points at once and 250 in a month; Stan has to ask; Tess is the second person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._user("mara", "retail_crm.group_manager,sales_team.group_sale_manager")
        cls.staff = cls._user("stan", "sales_team.group_sale_salesman")
        cls.approver = cls._user("tess", "retail_crm.group_approver")
        cls._limit("manager", 100, 250)
        cls.card = cls._card(points=40)
        cls.wallet = cls.card.sudo().retail_wallet_id
        cls.goodwill = cls.env.ref("retail_crm.points_reason_goodwill")

    @classmethod
    def _limit(cls, role, deal, month):
        limits = cls.env["retail.points.limit"]
        limit = limits.search([("company_id", "=", cls.company.id), ("role", "=", role)])
        limit.write({"deal_limit": deal, "month_limit": month})
        return limit

    def _adjusts(self, user, points, wallet=None, **values):
        adjustment = self.env(user=user, context={})["retail.points.adjustment"].create(
            {
                "wallet_id": (wallet or self.wallet).id,
                "points": points,
                "reason": "Parcel came late",
                **values,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        return adjustment

    def _dialog(self, user, points, **values):
        return self.env(user=user, context={})["retail.points.adjust"].create(
            {
                "wallet_id": self.wallet.id,
                "amount": abs(points),
                "direction": "give" if points > 0 else "take",
                "category_id": self.goodwill.id,
                "reason": "Parcel came late",
                **values,
            }
        )

    def _tasks(self, user):
        return self.env["mail.activity"].search(
            [("res_model", "=", "retail.points.adjustment"), ("user_id", "=", user.id)]
        )


@tagged("post_install", "-at_install")
class TestPointsAdjustment(AdjustmentCommon):
    """Points given and taken by hand: by whom, how many, and why."""

    def test_within_the_limit_points_change_at_once_with_author_and_reason(self):
        self._dialog(self.manager, 60).action_adjust()
        self._dialog(self.manager, -10.5, reason="Counted twice").action_adjust()
        self.assertPoints(89.5)
        adjustment = self.env["retail.points.adjustment"].search([("wallet_id", "=", self.wallet.id)])
        self.assertEqual(adjustment.mapped("state"), ["done", "done"])
        move = self.wallet.move_ids.sorted("id")[-1]
        self.assertEqual(
            (move.kind, move.amount, move.user_id, move.reason),
            ("adjust", -10.5, self.manager, "Counted twice"),
        )
        self.assertEqual((move.document_model, move.document_id), (adjustment._name, adjustment[0].id))

    def test_above_the_limit_nothing_changes_until_a_second_person_approves(self):
        request = self._adjusts(self.manager, 101)
        self.assertEqual(request.state, "requested")
        self.assertPoints(40)
        self.assertTrue(self._tasks(self.approver))
        self.assertFalse(self._tasks(self.manager))
        with self.assertRaises(AccessError):
            request.action_approve()
        request.with_user(self.approver).action_approve()
        self.assertPoints(141)
        self.assertEqual((request.state, request.closed_by_id), ("approved", self.approver))
        self.assertEqual(self.wallet.move_ids.sorted("id")[-1].user_id, self.approver)
        self.assertFalse(self._tasks(self.approver))

    def test_deals_of_a_month_add_up_whether_given_or_taken(self):
        for points in (100, -100):
            self.assertEqual(self._adjusts(self.manager, points).state, "done")
        self.assertEqual(self._adjusts(self.manager, 51).state, "requested")
        self.assertEqual(self._adjusts(self.manager, 50).state, "done")
        next_month = fields.Date.today().replace(day=1) + timedelta(days=32)
        with patch.object(type(self.env["retail.run"]), "_today", lambda *args: next_month):
            self.assertEqual(self._adjusts(self.manager, 51).state, "done")
        self.assertPoints(40 + 100 - 100 + 50 + 51)

    def test_staff_ask_and_are_told_the_answer_and_the_wait_is_kept(self):
        action = self._dialog(self.staff, 30).action_adjust()
        self.assertIn("Your request is on its way", action["params"]["message"])
        request = self.env["retail.points.adjustment"].search([("user_id", "=", self.staff.id)])
        self.assertEqual(request.category_id, self.goodwill)
        request.sudo()._write({"create_date": fields.Datetime.now() - timedelta(hours=5)})
        self.env.invalidate_all()
        refusal = self.env["retail.points.refusal"].with_user(self.manager)
        refusal.create({"adjustment_id": request.id, "answer": "It was on time"}).action_refuse()
        self.assertEqual((request.state, request.answer), ("refused", "It was on time"))
        self.assertAlmostEqual(request.waited_hours, 5, 1)
        told = self.env["mail.notification"].search([("res_partner_id", "=", self.staff.partner_id.id)])
        self.assertIn("It was on time", told.mail_message_id.body)
        self.assertPoints(40)

    def test_a_closed_request_is_answered_no_more_and_never_changes(self):
        request = self._adjusts(self.staff, 30)
        request.with_user(self.manager).action_approve()
        with self.assertUndone("mara .*has answered this already"):
            request.with_user(self.approver).action_approve()
        with self.assertUndone("answered this already"):
            request.action_cancel()
        for change in ({"points": 3}, {"state": "requested"}, {"reason": "x"}):
            with self.assertUndone("answered this already"):
                request.sudo().write(change)
        with self.assertRaises(UserError):
            request.sudo().unlink()
        with self.assertRaises(AccessError):
            self._adjusts(self.staff, 5).with_user(self.manager).write({"points": 3})
        self.assertPoints(70)

    def test_own_request_is_cancelled_by_who_made_it_only(self):
        request = self._adjusts(self.staff, 30)
        with self.assertRaises(AccessError):
            request.with_user(self.manager).action_cancel()
        request.action_cancel()
        self.assertEqual(request.state, "cancelled")
        self.assertFalse(self._tasks(self.manager))
        self.assertPoints(40)

    def test_staff_see_their_own_requests_and_answer_none(self):
        request = self._adjusts(self.staff, 30)
        other = self._user("sara", "retail_crm.group_user")
        self.assertFalse(self.env(user=other, context={})["retail.points.adjustment"].search([]))
        with self.assertRaises(AccessError):
            request.with_user(other).action_approve()
        for user in (self.manager, self.approver):
            self.assertTrue(request.with_user(user).has_access("read"))

    def test_nobody_decides_about_points_of_their_own(self):
        own = self._card(self.manager.partner_id, 5).sudo().retail_wallet_id
        request = self._adjusts(self.manager, 10, wallet=own)
        self.assertEqual(request.state, "requested")
        asked = self._adjusts(self.staff, 10, wallet=own)
        with self.assertRaises(AccessError):
            asked.with_user(self.manager).action_approve()
        with self.assertRaises(AccessError):
            own.with_user(self.manager).sudo().card_ids.with_user(self.manager).points = 50

    def test_nobody_approves_a_request_whose_points_became_their_own_meanwhile(self):
        request = self._adjusts(self.staff, 50)
        self.env["retail.household"].create(
            {
                "name": "Tess and Anna",
                "head_id": self.approver.partner_id.id,
                "member_ids": [Command.link(self.customer.id)],
            }
        )
        with self.assertRaisesRegex(AccessError, "your own points"):
            request.with_user(self.approver).action_approve()
        request.with_user(self.manager).action_approve()
        self.assertPoints(90, wallet=self._wallet(self.approver.partner_id))

    def test_request_without_anybody_to_answer_it_is_refused(self):
        (self.manager | self.approver).active = False
        with self.assertUndone("nobody else could answer"):
            self._adjusts(self.staff, 30)

    def test_a_reason_and_a_number_are_needed(self):
        for points, reason, words in (
            (5, " ", "Say why"),
            (0, "x", "how many"),
            (float("nan"), "x", "no amount"),
            (2e9, "x", "no amount"),
        ):
            with self.assertUndone(words):
                self._adjusts(self.manager, points, reason=reason)
        with self.assertUndone("above zero"):
            self._dialog(self.manager, 0).action_adjust()
        self.assertPoints(40)

    def test_more_than_the_customer_has_cannot_be_taken_nor_approved(self):
        with self.assertUndone("not enough"):
            self._adjusts(self.manager, -41)
        request = self._adjusts(self.staff, -30)
        self._adjusts(self.manager, -20)
        with self.assertUndone("not enough"):
            request.with_user(self.manager).action_approve()
        self.assertEqual(request.state, "requested")
        self.assertPoints(20)

    def test_a_dialog_sent_twice_counts_once(self):
        dialog = self._dialog(self.manager, 60)
        for _ in range(2):
            self.assertEqual(dialog.action_adjust()["params"]["message"], "The points are booked.")
        self.assertPoints(100)
        self._adjusts(self.manager, 5, request_key="mail 17")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self._adjusts(self.manager, 5, request_key="mail 17")
        self.assertPoints(105)

    def test_points_given_expire_like_earned_ones_unless_a_day_is_given(self):
        self.program.write({"retail_expiry": "days", "retail_expiry_days": 30, "retail_pending_days": 7})
        today = fields.Date.today()
        self._adjusts(self.manager, 10)
        self._adjusts(self.manager, 10, expires_on=today + timedelta(days=3))
        lots = self.wallet.lot_ids.sorted("id")[-2:]
        self.assertEqual(lots.mapped("expires_on"), [today + timedelta(days=30), today + timedelta(days=3)])
        self.assertFalse(any(lots.mapped("is_pending")))
        with self.assertUndone("over already"):
            self._adjusts(self.manager, 10, expires_on=today - timedelta(days=1))

    def test_request_whose_last_day_is_over_meanwhile_is_not_approved(self):
        today = fields.Date.today()
        request = self._adjusts(self.staff, 10, expires_on=today)
        with freeze_time(today + timedelta(days=3)), self.assertUndone("which is over. Refuse"):
            request.with_user(self.approver).action_approve()
        self.assertEqual(request.state, "requested")
        self.assertPoints(40)

    def test_words_of_a_request_are_no_markup(self):
        self._adjusts(self.staff, 10, reason="5 < 6 & <b>bold</b>")
        self.assertIn("5 &lt; 6 &amp; &lt;b&gt;bold", self._tasks(self.approver).note)

    def test_nobody_uses_up_the_name_of_somebody_elses_dialog(self):
        dialog = self._dialog(self.manager, 20)
        self._adjusts(self.staff, 1, request_key=f"retail.points.adjust:{dialog.id}")
        dialog.action_adjust()
        self.assertPoints(60)

    def test_customer_without_a_card_gets_one(self):
        bob = self._customer("Bob")
        dialog = self._dialog(
            self.manager, 20, wallet_id=False, partner_id=bob.id, program_id=self.program.id
        )
        dialog.action_adjust()
        self.assertPoints(20, customer=bob)
        self.assertEqual(self.env["loyalty.card"].search([("partner_id", "=", bob.id)]).points, 20)

    def test_request_follows_the_customer_through_a_merge(self):
        bob = self._customer("Bob")
        wallet = self._card(bob, 5).sudo().retail_wallet_id
        request = self._adjusts(self.staff, 30, wallet=wallet)
        wallet._merge_into(self.wallet)
        request.with_user(self.manager).action_approve()
        self.assertPoints(75)

    def test_dialog_says_beforehand_whether_it_is_a_request(self):
        self.assertFalse(self._dialog(self.manager, 100).is_request)
        dialog = self._dialog(self.manager, 101)
        self.assertTrue(dialog.is_request)
        self.assertEqual((dialog.balance, dialog.balance_after), (40, 141))

    def test_limit_of_a_program_of_all_companies_is_the_same_wherever_the_user_works(self):
        self.program.company_id = False
        other = self._create_company("Other shop")
        self.env["retail.points.limit"].search([("company_id", "=", other.id)]).write(
            {"deal_limit": 100, "month_limit": 250}
        )
        self.manager.company_ids += other
        for _deal in range(2):
            self._adjusts(self.manager, 100)
        elsewhere = self.env(user=self.manager, context={"allowed_company_ids": other.ids})
        self.manager.with_user(self.manager).company_id = other
        adjustment = elsewhere["retail.points.adjustment"].create(
            {"wallet_id": self.wallet.id, "points": 100, "reason": "Again"}
        )
        self.assertEqual((adjustment.state, adjustment.sudo().company_id), ("requested", self.company))
        self.assertPoints(240)

    def test_points_of_other_companies_are_not_adjusted(self):
        stranger = self._create_company("Other Shop")
        values = {"company_id": stranger.id, "company_ids": [(6, 0, stranger.ids)]}
        theirs = self._user("theo", "retail_crm.group_manager", **values)
        with self.assertRaises(AccessError):
            self._adjusts(theirs, 5)
        request = self._adjusts(self.staff, 5)
        self.assertFalse(self._tasks(theirs))
        with self.assertRaises(AccessError):
            request.with_user(theirs).action_approve()


@tagged("post_install", "-at_install")
class TestPointsOtherDoors(AdjustmentCommon):
    """Every other way in which a person writes a balance obeys the same limits."""

    def test_writing_a_balance_counts_like_an_adjustment(self):
        self.card.with_user(self.manager).points = 140
        self.card.with_user(self.manager).points = 60
        self.assertPoints(60)
        with self.assertUndone("70.00 points at once and 70.00 more this month"):
            self.card.with_user(self.manager).points = 131
        self.card.with_user(self.manager).points = 130
        with self.assertUndone("cannot change points without asking"):
            self.card.with_user(self.staff).points = 131
        self.assertEqual(self._adjusts(self.manager, 1).state, "requested")

    def test_new_card_with_points_counts_too(self):
        cards = self.env(user=self.manager, context={})["loyalty.card"]
        values = {"partner_id": self._customer("Bob").id, "program_id": self.program.id}
        with self.assertUndone("at once"):
            cards.create({**values, "points": 101})
        self.assertEqual(cards.create({**values, "points": 100}).points, 100)

    def test_dialog_of_odoo_gives_its_words_as_the_reason(self):
        dialogs = self.env(user=self.manager, context={})["loyalty.card.update.balance"]
        dialogs.create(
            {"card_id": self.card.id, "new_balance": 90, "description": "Birthday"}
        ).action_update_card_point()
        self.assertPoints(90)
        self.assertEqual(self.wallet.move_ids.sorted("id")[-1].reason, "Birthday")

    def test_dialog_of_odoo_asks_where_the_user_has_to(self):
        dialog = self.env(user=self.staff, context={})["loyalty.card.update.balance"].create(
            {"card_id": self.card.id, "new_balance": 90, "description": "Birthday"}
        )
        for _ in range(2):
            self.assertIn("on its way", dialog.action_update_card_point()["params"]["message"])
        self.assertPoints(40)
        request = self.env["retail.points.adjustment"].search([("user_id", "=", self.staff.id)])
        self.assertEqual((request.points, request.reason, request.state), (50, "Birthday", "requested"))

    def test_cards_made_by_the_dozen_are_within_the_month(self):
        customers = self._customer("Bob") | self._customer("Eve") | self._customer("Zoe")
        dialog = self.env(user=self.manager, context={})["loyalty.generate.wizard"].create(
            {
                "program_id": self.program.id,
                "mode": "selected",
                "customer_ids": [(6, 0, customers.ids)],
                "points_granted": 90,
                "description": "Opening of the shop",
            }
        )
        with self.assertUndone("this month"):
            dialog.generate_coupons()
        dialog.points_granted = 80
        dialog.generate_coupons()
        self.assertPoints(80, customer=customers[2])
        self.assertEqual(self._wallet(customers[2]).move_ids.reason, "Opening of the shop")

    def test_who_has_nothing_to_do_with_customers_writes_nothing(self):
        clerk = self._user("carl", "account.group_account_invoice")
        with self.assertRaises(AccessError):
            self.card.with_user(clerk).points = 50
        with self.assertRaises(AccessError):
            self._adjusts(clerk, 5)
        self.assertPoints(40)


@tagged("post_install", "-at_install")
class TestPointsLimit(AdjustmentCommon):
    """Who sets the limits."""

    def _raises(self, user, role, **values):
        limit = self.env["retail.points.limit"].search(
            [("company_id", "=", self.company.id), ("role", "=", role)]
        )
        limit.with_user(user).write(values or {"deal_limit": 500})

    def test_new_companies_get_a_limit_for_each_role(self):
        limits = self.env["retail.points.limit"].search([("company_id", "=", self._create_company("New").id)])
        self.assertEqual(
            {limit.role: (limit.deal_limit, limit.month_limit) for limit in limits},
            {"manager": (1000, 10000), "approver": (0, 0), "staff": (0, 0)},
        )

    def test_approver_sets_the_limits_of_others_and_not_the_own(self):
        self._raises(self.approver, "manager", deal_limit=200, month_limit=200)
        self._raises(self.approver, "staff", deal_limit=20, month_limit=20)
        self.assertEqual(self._adjusts(self.staff, 20).state, "done")
        with self.assertRaises(AccessError):
            self._raises(self.approver, "approver")
        both = self._user("both", "retail_crm.group_manager,retail_crm.group_approver")
        with self.assertRaises(AccessError):
            self._raises(both, "manager")
        self._raises(both, "manager", deal_limit=50)

    def test_managers_and_staff_set_no_limits(self):
        for user in (self.manager, self.staff):
            with self.assertRaises(AccessError):
                self._raises(user, "staff")

    def test_administrator_sets_limits(self):
        self._raises(self._user("root2", "base.group_system"), "approver", deal_limit=5, month_limit=5)

    def test_limit_is_a_number_of_points(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self._limit("staff", -1, 5)
            self.env.flush_all()
