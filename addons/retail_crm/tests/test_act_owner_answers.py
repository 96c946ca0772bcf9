from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..owners.working_time import WorkingTime
from .test_act_owner import OwnersCommon

# a Monday, ten in the morning
ASKED = datetime(2025, 6, 30, 10)


@tagged("post_install", "-at_install")
class TestActOwnerAnswers(OwnersCommon):
    """A customer who writes is answered in time, or somebody one step up sees to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Eight to four", "tz": "UTC", "attendance_ids": cls._opening_hours(8, 16)}
        )
        cls.customer = cls._customer("Carla")
        cls._in_segment(cls.customer, "strategic")
        cls._strategy("strategic").first_answer_hours = 4
        cls._staff(cls.ann, "member_adviser")
        cls._staff(cls.ben, "vip_representative")
        cls.env["retail.owner"]._give(cls.customer, cls.ann, cls.company)
        cls.order = cls._quotes(cls.customer, [(cls.product, 1, 10)])
        cls._watch(ASKED)
        cls._watch(ASKED)

    @classmethod
    def _opening_hours(cls, opens, closes):
        return [
            fields.Command.create(
                {
                    "name": "Open",
                    "dayofweek": str(day),
                    "hour_from": opens,
                    "hour_to": closes,
                    "day_period": "morning",
                }
            )
            for day in range(5)
        ]

    @classmethod
    def _watch(cls, now):
        cls.env["retail.question.job"]._watch(cls.company, now)

    def _says(self, author, moment, document=None, **values):
        message = (document or self.order).message_post(
            body="Hello",
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        message.date = moment
        return message

    def _asks(self, moment=ASKED, **values):
        return self._says(self.customer, moment, **values)

    def _question(self):
        return self.env["retail.question"].search([("partner_id", "=", self.customer.id)])

    def test_an_answer_within_the_hours_is_in_time(self):
        self._asks()
        self._watch(ASKED)
        question = self._question()
        self.assertEqual((question.state, question.user_id), ("open", self.ann))
        self.assertEqual(question.due_at, ASKED + timedelta(hours=4))
        self._says(self.ann.partner_id, ASKED + timedelta(hours=3))
        self._watch(ASKED + timedelta(hours=5))
        self.assertEqual((question.state, question.hours, question.in_time), ("in_time", 3, 100))
        self.assertEqual(question.answered_by_id, self.ann)

    def test_hours_at_night_and_on_weekends_do_not_count(self):
        friday = ASKED + timedelta(days=4, hours=4)
        self._asks(friday)
        self._watch(friday)
        # two hours on Friday, two on Monday
        self.assertEqual(self._question().due_at, datetime(2025, 7, 7, 10))

    def test_where_nobody_fixed_opening_times_every_hour_counts(self):
        calendars = self.env["resource.calendar"]
        flexible = calendars.create({"name": "Flexible", "flexible_hours": True, "hours_per_day": 8})
        for calendar in (calendars, flexible):
            self.company.resource_calendar_id = calendar
            self._asks()
            self._watch(ASKED + timedelta(minutes=5))
            self._says(self.ann.partner_id, ASKED + timedelta(hours=3))
            self._watch(ASKED + timedelta(hours=3))
            question = self._question()
            self.assertEqual((question.state, question.hours), ("in_time", 3))
            question.unlink()

    def test_who_waits_too_long_goes_one_step_up_once(self):
        self._asks()
        for hours in (1, 5, 6):
            self._watch(ASKED + timedelta(hours=hours))
        question = self._question()
        self.assertEqual((question.state, question.in_time), ("late", 0))
        self.assertEqual(question.escalated_to_id, self.ben)
        activity = self.order.activity_ids.filtered(lambda one: one.user_id == self.ben)
        self.assertEqual(len(activity), 1)
        self.assertIn("Carla waits for an answer", activity.summary)

    def test_when_the_answer_comes_the_activity_is_done(self):
        self._asks()
        self._watch(ASKED + timedelta(hours=5))
        self._says(self.ann.partner_id, ASKED + timedelta(hours=6))
        self._watch(ASKED + timedelta(hours=7))
        question = self._question()
        self.assertEqual((question.state, question.hours), ("too_late", 6))
        self.assertFalse(self.order.activity_ids)

    def test_a_note_among_colleagues_is_no_answer(self):
        self._asks()
        self._watch(ASKED)
        self.order.message_post(body="Who does this?", author_id=self.ann.partner_id.id)
        self._watch(ASKED + timedelta(hours=1))
        self.assertEqual(self._question().state, "open")

    def test_a_call_that_was_logged_is_an_answer(self):
        self._asks(fields.Datetime.now() - timedelta(minutes=1))
        self._watch(fields.Datetime.now())
        action = self.env["retail.action"].create(
            {"partner_id": self.customer.id, "name": "Call", "user_id": self.ann.id}
        )
        action.activity_id.action_feedback("Spoke to her")
        self._watch(fields.Datetime.now())
        self.assertEqual(self._question().state, "in_time")

    def test_who_writes_again_while_waiting_asks_no_new_question(self):
        self._asks()
        self._watch(ASKED)
        self._asks(ASKED + timedelta(hours=1))
        self._watch(ASKED + timedelta(hours=1))
        self._says(self.ann.partner_id, ASKED + timedelta(hours=2))
        for _again in range(3):
            self._watch(ASKED + timedelta(hours=3))
        self.assertEqual(self._question().mapped("asked_at"), [ASKED])

    def test_who_writes_again_after_an_answer_asks_anew(self):
        self._asks()
        self._says(self.ann.partner_id, ASKED + timedelta(hours=2))
        self._watch(ASKED + timedelta(hours=2))
        self._asks(ASKED + timedelta(hours=3))
        self._watch(ASKED + timedelta(hours=3))
        self.assertEqual(self._question().mapped("state"), ["open", "in_time"])

    def test_the_share_in_time_leaves_out_who_still_may_wait(self):
        for document, answered_after in ((self.order, 1), (self.customer, 6), (self._lead(), None)):
            self._asks(document=document)
            if answered_after:
                self._says(self.ann.partner_id, ASKED + timedelta(hours=answered_after), document)
        for hours in (0, 1):
            self._watch(ASKED + timedelta(hours=hours))
        shares = self.env["retail.question"]._read_group(
            [("partner_id", "=", self.customer.id)], ["user_id"], ["in_time:avg", "hours:avg"]
        )
        self.assertEqual(shares, [(self.ann, 50, 3.5)])

    def _lead(self):
        return self.env["crm.lead"].create({"name": "Kettles", "partner_id": self.customer.id})

    def test_what_staff_write_is_no_question(self):
        self._says(self.ann.partner_id, ASKED)
        self._watch(ASKED)
        self.assertFalse(self._question())

    def test_questions_on_the_page_of_the_customer_and_on_opportunities_count(self):
        self._asks(document=self._lead())
        self._asks(document=self.customer)
        self._watch(ASKED)
        self.assertEqual(set(self._question().mapped("res_model")), {"crm.lead", "res.partner"})

    def test_a_merged_customer_is_answered_on_the_page_of_who_stays(self):
        double = self._customer("Carla again")
        self._in_segment(double, "strategic")
        self._says(double, ASKED, document=double)
        self._watch(ASKED + timedelta(minutes=5))
        question = self.env["retail.question"].search([("partner_id", "=", double.id)])
        self.env["base.partner.merge.automatic.wizard"]._merge((double | self.customer).ids, self.customer)
        self.env.invalidate_all()

        self.assertEqual((question.partner_id, question.res_id), (self.customer, self.customer.id))
        self._says(self.ann.partner_id, ASKED + timedelta(hours=1), document=self.customer)
        self._watch(ASKED + timedelta(hours=1))
        self.assertEqual(question.state, "in_time")

    def test_an_opportunity_that_was_merged_is_answered_where_its_messages_are(self):
        kept, merged = self._lead(), self._lead()
        kept.probability = 90
        self._asks(document=merged)
        self._watch(ASKED + timedelta(minutes=5))
        question = self._question()
        (kept | merged).merge_opportunity()
        self.assertFalse(merged.exists())

        self.assertEqual(question.res_id, kept.id)
        self._says(self.ann.partner_id, ASKED + timedelta(hours=1), document=kept)
        self._watch(ASKED + timedelta(hours=1))
        self.assertEqual(question.state, "in_time")

    def test_nobody_waits_on_a_document_that_is_gone(self):
        lead = self._lead()
        self._asks(document=lead)
        self._watch(ASKED + timedelta(minutes=5))
        lead.unlink()

        self._watch(ASKED + timedelta(hours=6))

        self.assertFalse(self._question())

    def test_who_is_told_reads_times_of_the_shop(self):
        self.company.retail_tz = "Asia/Shanghai"
        self.ben.tz = False
        self._asks()
        self._watch(ASKED + timedelta(hours=5))
        note = self.order.activity_ids.filtered(lambda one: one.user_id == self.ben).note
        self.assertIn("2025-06-30 18:00", note)
        self.assertIn("2025-06-30 22:00", note)

    def test_looking_for_questions_empties_no_caches(self):
        self._asks()
        registry_class = type(self.env.registry)
        with patch.object(registry_class, "clear_cache", side_effect=AssertionError):
            self._watch(ASKED)
        self.assertTrue(self._question())

    def test_customers_whose_strategy_promises_nothing_are_not_watched(self):
        self._strategy("strategic").first_answer_hours = 0
        self._asks()
        self._watch(ASKED)
        self.assertFalse(self._question())

    def test_working_time_agrees_with_the_calendar(self):
        calendar = self.company.resource_calendar_id
        times = self.env["retail.question.job"]._get_working_time(self.company, ASKED, ASKED)
        self.assertIsInstance(times, WorkingTime)
        for hours in (0.5, 6, 8, 41):
            self.assertEqual(
                times.add(ASKED, hours),
                calendar.plan_hours(hours, fields.Datetime.to_datetime(ASKED), compute_leaves=True),
            )
