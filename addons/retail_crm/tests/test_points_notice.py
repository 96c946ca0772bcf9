import random
from collections import defaultdict
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import retail_points_notice
from .points_common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsNotice(PointsCommon):
    """Customers are told 30 days before their points expire."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).retail_notice_days = 0
        cls.today = fields.Date.today()
        cls.program.write({"retail_notice_days": 30, "portal_point_name": "Points"})
        cls.customer.email = "anna@example.com"

    def _has_points(self, points, in_days=None, customer=None, **values):
        """Points that can be used for so many days after today; bought today unless said otherwise."""
        customer = customer or self.customer
        if not self._wallet(customer):
            self._card(customer)
        wallet = self._wallet(customer)
        wallet._adjust(points, "for a test")
        lot = wallet.lot_ids.sorted("id")[-1]
        if in_days is not None:
            values["expires_on"] = self.today + timedelta(days=in_days)
        lot.sudo().write(values)
        self.env.flush_all()
        return wallet

    def _night(self):
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_points_notice").method_direct_trigger()
        self.env.invalidate_all()

    def _notices(self, customer=None):
        """``[(days until the last one, points, state)]``, the nearest first."""
        notices = self.env["retail.points.notice"].search(
            [("wallet_id", "=", self._wallet(customer).id)], order="last_day"
        )
        return [((notice.last_day - self.today).days, notice.points, notice.state) for notice in notices]

    def _mails(self, customer=None):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "retail.points.notice"),
                ("recipient_ids", "in", (customer or self.customer).ids),
            ]
        )

    def test_customer_is_told_once_how_many_points_expire_and_when(self):
        self._has_points(120, in_days=30)
        self._night()
        self._night()
        self.assertEqual(self._notices(), [(30, 120, "sent")])
        mail = self._mails()
        self.assertEqual(len(mail), 1)
        self.assertIn("120 Points", mail.subject)
        self.assertIn("120 Points", mail.body_html)
        self.assertIn(self.reward.description, mail.body_html)
        self.assertEqual(mail.state, "outgoing")

    def test_too_early_is_not_told(self):
        self._has_points(120, in_days=31)
        self._has_points(50, in_days=None)
        self._night()
        self.assertEqual(self._notices(), [])

    def test_several_days_go_in_one_mail(self):
        self._has_points(10, in_days=5)
        self._has_points(20, in_days=5)
        self._has_points(40, in_days=25)
        self._night()
        self.assertEqual(self._notices(), [(5, 30, "sent"), (25, 40, "sent")])
        self.assertEqual(len(self._mails()), 1)
        self.assertIn("30 Points", self._mails().subject)
        for words in ("30 Points", "40 Points"):
            self.assertIn(words, self._mails().body_html)

    def test_what_would_be_told_within_the_week_is_told_together(self):
        self._has_points(10, in_days=30)
        self._has_points(20, in_days=37)
        self._has_points(40, in_days=38)
        self._night()
        self.assertEqual(self._notices(), [(30, 10, "sent"), (37, 20, "sent")])

    def test_spent_and_expired_points_are_not_told(self):
        wallet = self._has_points(100, in_days=10)
        self._has_points(60, in_days=-1, customer=self._customer("Bert", email="bert@example.com"))
        wallet._adjust(-100, "spent")
        self._night()
        self.assertEqual(self._notices(), [])
        self.assertFalse(self.env["retail.points.notice"].search([("program_id", "=", self.program.id)]))

    def test_only_what_is_left_is_told(self):
        wallet = self._has_points(100, in_days=10)
        self._has_points(50, in_days=20)
        wallet._adjust(-30, "spent")
        self._night()
        self.assertEqual(self._notices(), [(10, 70, "sent"), (20, 50, "sent")])

    def test_points_spent_after_they_were_found_are_not_told(self):
        wallet = self._has_points(100, in_days=10)
        self._has_points(50, in_days=20)
        self.env["retail.points.notice"]._find_batch()
        wallet._adjust(-120, "spent")
        self._night()
        self.assertEqual(self._notices(), [(20, 30, "sent")])
        self.assertIn("30 Points", self._mails().subject)

    def test_what_a_debt_will_take_is_not_told(self):
        self.program.retail_pending_days = 5
        wallet = self._has_points(50, in_days=20, is_pending=True)
        wallet.sudo().debt = 40
        self._night()
        self.assertEqual(self._notices(), [(20, 10, "sent")])

    def test_blocked_and_archived_cards_are_not_told(self):
        self._has_points(100, in_days=10).sudo().is_blocked = True
        bert = self._customer("Bert", email="bert@example.com")
        self._has_points(100, in_days=10, customer=bert).sudo().card_ids.action_archive()
        self._night()
        self.assertEqual(self._notices() + self._notices(bert), [])

    def test_customer_without_address_is_listed_and_told_once_there_is_one(self):
        self.customer.email = False
        self._has_points(100, in_days=10)
        self._night()
        self.assertEqual(self._notices(), [(10, 100, "no_address")])
        self.assertFalse(self._mails())
        self.customer.email = "anna@example.com"
        self._night()
        self._night()
        self.assertEqual(self._notices(), [(10, 100, "sent")])
        self.assertEqual(len(self._mails()), 1)

    def test_company_without_address_is_told_by_the_contact_who_holds_a_card(self):
        company = self._customer("Caterer", is_company=True)
        bert = self._customer("Bert", parent_id=company.id, email="bert@example.com")
        self._has_points(100, in_days=10, customer=bert)
        self._night()
        self.assertEqual(self._notices(company), [(10, 100, "sent")])
        self.assertEqual(len(self._mails(bert)), 1)
        card = self._wallet(company).sudo().card_ids
        self.assertIn(f"/my/loyalty_card/{card.id}/history", self._mails(bert).body_html)

    def test_rolling_expiry_is_counted_from_the_last_purchase(self):
        self.program.write({"retail_expiry": "rolling", "retail_expiry_days": 100})
        long_ago = self.today - timedelta(days=80)
        self._has_points(100, earned_on=long_ago)
        bert = self._customer("Bert", email="bert@example.com")
        self._has_points(100, customer=bert, earned_on=long_ago)
        self._order(5, bert).action_confirm()
        self._night()
        self.assertEqual(self._notices(), [(20, 100, "sent")])
        self.assertIn("Any purchase before that day", self._mails().body_html)
        self.assertEqual(self._notices(bert), [])

    def test_killed_half_way_and_run_again_everybody_gets_one_mail(self):
        customers = [self._customer(f"C{n}", email=f"c{n}@example.com") for n in range(4)]
        for customer in customers:
            self._has_points(100, in_days=10, customer=customer)
        template = type(self.env["mail.template"])
        send, sent = template.send_mail_batch, []

        def killed(self, ids, *args, **kwargs):
            mails = send(self, ids, *args, **kwargs)
            sent.append(ids)
            if len(sent) == 3:
                raise KeyboardInterrupt
            return mails

        with patch.object(retail_points_notice, "MAIL_BATCH", 1):
            with patch.object(template, "send_mail_batch", killed), self.assertRaises(KeyboardInterrupt):
                self._night()
            self._night()
        self.assertEqual([len(self._mails(customer)) for customer in customers], [1, 1, 1, 1])
        self.assertEqual([self._notices(customer) for customer in customers], [[(10, 100, "sent")]] * 4)

    def test_mail_is_written_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.program.with_context(lang="zh_CN").portal_point_name = "积分"
        self.customer.lang = "zh_CN"
        self._has_points(1200, in_days=10)
        self._night()
        self.assertIn("1,200 积分", self._mails().subject)

    def test_program_has_words_of_its_own(self):
        standard = self.env.ref("retail_crm.mail_template_points_notice")
        self.program.retail_notice_template_id = standard.copy(
            {"subject": "Come in, {{ object.recipient_id.name }}!"}
        )
        self._has_points(100, in_days=10)
        self._night()
        self.assertEqual(self._mails().subject, "Come in, Anna!")

    def test_words_that_cannot_be_written_stop_no_other_program(self):
        self._has_points(100, in_days=10)
        self.program.retail_notice_template_id = self.env.ref("retail_crm.mail_template_points_notice").copy()
        self.program.retail_notice_template_id.body_html = '<t t-out="object.nothing_of_the_kind"/>'
        other = self._program("Other club", retail_notice_days=30)
        card = self._card(program=other)
        card.retail_wallet_id._adjust(50, "for a test")
        card.retail_wallet_id.lot_ids.sudo().expires_on = self.today + timedelta(days=5)
        with mute_logger("odoo.addons.retail_crm.models.retail_points_notice", "odoo.addons.mail.models"):
            self._night()
        notice = self.env["retail.points.notice"].search([("wallet_id", "=", card.retail_wallet_id.id)])
        self.assertEqual((notice.state, len(self._mails())), ("sent", 1))
        self.assertEqual(self._notices(), [(10, 100, "due")])
        self.program.retail_notice_template_id = False
        self._night()
        self.assertEqual((self._notices(), len(self._mails())), ([(10, 100, "sent")], 2))

    def test_programs_give_no_notice_unless_they_say_so(self):
        self.assertEqual(self._program("Another").retail_notice_days, 0)
        action = self.env["loyalty.program"].create_from_template("loyalty")
        self.assertEqual(self.env["loyalty.program"].browse(action["res_id"]).retail_notice_days, 30)
        self.program.retail_notice_days = 0
        self._has_points(100, in_days=10)
        self._night()
        self.assertEqual(self._notices(), [])

    def test_many_random_customers_are_told_what_a_plain_count_says(self):
        dice, expected = random.Random(7), {}
        self.program.retail_notice_days = 14
        for number in range(25):
            customer = self._customer(f"R{number}", email=f"r{number}@example.com")
            days, spent = defaultdict(int), dice.choice([0, 0, 15, 60])
            for _lot in range(dice.randint(0, 6)):
                day, points = dice.randint(0, 40), dice.randint(1, 30)
                self._has_points(points, in_days=day, customer=customer)
                days[day] += points
            if wallet := self._wallet(customer):
                spent = min(spent, sum(days.values()))
                if spent:
                    wallet._adjust(-spent, "spent")
            expected[customer] = self._count_by_hand(days, spent)
        self._night()
        for customer, notices in expected.items():
            self.assertEqual(
                self._notices(customer) if self._wallet(customer) else [], notices, customer.name
            )
            self.assertEqual(len(self._mails(customer)), bool(notices))

    def _count_by_hand(self, days, spent):
        """The oldest points are spent first; days up to a week after the 14 are told once one within them is."""
        left = {}
        for day in sorted(days):
            left[day], spent = max(days[day] - spent, 0), max(spent - days[day], 0)
        told = [(day, points, "sent") for day, points in left.items() if points and day <= 21]
        return told if any(day <= 14 for day, *_rest in told) else []
