from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .act_loop_common import ActLoopCommon


class ActPromiseCommon(ActLoopCommon):
    """Dora looks after Anna, a key customer; Emil is a colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()

    def _promise(self, user=None, hours=24, **values):
        """Something promised to Anna by Dora, due in so many hours."""
        values = {
            "partner_id": self.anna.id,
            "text": "Call back about tea",
            "due_at": self.now + timedelta(hours=hours),
            **values,
        }
        promise = self.env["retail.promise"].with_user(user or self.dora).create(values)
        return promise.with_env(self.env)

    def _passes(self, promises, hours=2):
        """So many hours later, seen from the promises: they were made and due earlier."""
        for promise in promises.sudo():
            promise.write(
                {
                    "made_at": promise.made_at - timedelta(hours=hours),
                    "due_at": promise.due_at - timedelta(hours=hours),
                }
            )

    def _settle(self, now=None):
        self.env["retail.promise"]._settle(self.company, now)
        self.env.invalidate_all()

    def _as(self, user, record):
        return record.with_user(user).with_context(allowed_company_ids=self.company.ids)

    def assertState(self, promise, state, ending=None):
        self.assertEqual(promise.state, state)
        if ending:
            self.assertEqual(promise.ending, ending)


@tagged("post_install", "-at_install")
class TestActPromise(ActPromiseCommon):
    """Promises made, kept, moved and withdrawn by people."""

    def test_a_promise_is_made_with_hardly_a_word(self):
        action = self._as(self.dora, self.anna).action_retail_promise()
        with Form(
            self.env["retail.promise"].with_user(self.dora).with_context(**action["context"]),
            view="retail_crm.retail_promise_view_form_new",
        ) as form:
            self.assertEqual(form.text, "Call back")
        promise = form.record.with_env(self.env)

        self.assertEqual((promise.partner_id, promise.keeper_id), (self.anna, self.dora))
        self.assertEqual((promise.made_by_id, promise.state), (self.dora, "open"))
        self.assertGreater(promise.due_at, self.now)
        self.assertEqual(promise.segment_id, self._segment("key"))
        self.assertEqual(promise.strategy_id, self._strategy("key"))

    def test_the_segment_stays_that_of_the_moment(self):
        promise = self._promise()
        self.profile.sudo().segment_id = self._segment("strategic")
        self.assertEqual(promise.segment_id, self._segment("key"))

    def test_nobody_edits_or_deletes_a_promise(self):
        promise = self._promise()
        for user in (self.dora, self.manager):
            with self.assertRaises(AccessError):
                self._as(user, promise).write({"text": "Nothing"})
            with self.assertRaises(AccessError):
                self._as(user, promise).unlink()

    def test_what_only_the_server_notes_cannot_be_said(self):
        promise = self._promise(state="kept", made_by_id=self.emil.id, kept_at=self.now)
        self.assertEqual((promise.state, promise.made_by_id, promise.kept_at), ("open", self.dora, False))

    def test_bad_input_says_what_to_do(self):
        Promise = self.env["retail.promise"]
        before = Promise.search_count([])
        stranger = self._user("promise_stranger", "base.group_user")
        for words, values in {
            "Choose the customer": {"partner_id": False},
            "Say what is promised": {"text": "  "},
            "until when": {"due_at": False},
            "choose a time from now on": {"due_at": self.now - timedelta(hours=1)},
            "Choose the product": {"kind": "price", "price": 5},
            "Choose a keeper": {"keeper_id": stranger.id},
            "somebody has to see": {"keeper_id": False},
        }.items():
            with self.assertUndone(words):
                self._promise(**values)
        self.assertEqual(Promise.search_count([]), before)

    def test_an_order_of_somebody_else_is_refused(self):
        order = self._quotes(self._customer("Berta"), [(self.product, 1, 5)], user_id=self.dora.id)
        with self.assertUndone("belongs to another customer"):
            self._promise(order_id=order.id)

    def test_the_keeper_has_an_activity_on_the_day(self):
        promise = self._promise()
        activity = promise.activity_id
        self.assertEqual((activity.user_id, activity.res_id), (self.dora, self.anna.id))
        self.assertEqual(activity.date_deadline, promise.due_on)
        self.assertEqual(activity.summary, "Call back about tea")

    def test_the_day_is_that_of_the_keeper(self):
        self.dora.tz = "Pacific/Auckland"
        promise = self._promise(due_at=datetime(2099, 3, 1, 20, 0))
        self.assertEqual(str(promise.due_on), "2099-03-02")

    def test_keeping_ends_the_activity(self):
        promise = self._promise()
        activity = promise.activity_id
        self._as(self.dora, promise).action_keep()
        self.assertState(promise, "kept", "hand")
        self.assertEqual((promise.closed_by_id, promise.late_hours), (self.dora, 0))
        self.assertFalse(activity.active)

    def test_ticking_off_the_activity_keeps_the_promise(self):
        promise = self._promise()
        self._as(self.dora, promise.activity_id).action_done()
        self.assertState(promise, "kept", "activity")
        self.assertEqual(promise.closed_by_id, self.dora)

    def test_removing_the_activity_withdraws_the_promise_visibly(self):
        promise = self._promise()
        self._as(self.dora, promise.activity_id).unlink()
        self.assertState(promise, "withdrawn", "activity")
        self.assertEqual(promise.closed_by_id, self.dora)
        self.assertTrue(promise.reason)

    def test_a_colleague_ends_it_by_no_path(self):
        promise = self._promise()
        for close in ("action_keep", "action_withdraw", "action_move"):
            with self.assertUndone("is for Dora to keep"):
                getattr(self._as(self.emil, promise), close)()
        with self.assertUndone("is for Dora to keep"):
            self._as(self.emil, promise.activity_id).action_done()
        wizard = self.env["retail.promise.change"].with_user(self.emil)
        with self.assertUndone("is for Dora to keep"):
            wizard.create({"promise_ids": [Command.set(promise.ids)], "reason": "No"}).action_apply()
        self.assertState(promise, "open")

    def test_a_manager_may_end_any(self):
        promise = self._promise()
        self._as(self.manager, promise).action_keep()
        self.assertEqual(promise.closed_by_id, self.manager)

    def test_who_stands_in_sees_to_it(self):
        staff = self.env["retail.staff"].create(
            {"user_id": self.dora.id, "deputy_id": self.emil.id, "company_id": self.company.id}
        )
        promise = self._promise(hours=72)
        self.assertFalse(promise.deputy_id)

        staff.absent_from = promise.due_on - timedelta(days=1)
        self._act()
        self.assertEqual((promise.deputy_id, promise.activity_id.user_id), (self.emil, self.emil))
        staff.absent_from = False
        self._act()
        self.assertEqual((promise.deputy_id, promise.activity_id.user_id), (self.env["res.users"], self.dora))

        staff.absent_from = promise.due_on
        second = self._promise(hours=72)
        self.assertEqual(second.activity_id.user_id, self.emil)
        self._as(self.emil, second).action_keep()
        self.assertEqual(second.closed_by_id, self.emil)

    def test_another_time_is_another_promise(self):
        promise = self._promise()
        later = promise.due_at + timedelta(days=2)
        new = self._as(self.dora, promise)._move(later, "The customer asked")

        self.assertState(promise, "moved", "hand")
        self.assertEqual((promise.reason, promise.replaced_by_ids), ("The customer asked", new.sudo()))
        self.assertEqual((new.due_at, new.text, new.source), (later, promise.text, "moved"))
        self.assertEqual(self.anna.activity_ids.filtered("active"), new.sudo().activity_id)
        with self.assertUndone("has ended already"):
            self._as(self.dora, promise)._move(later, "Again")

    def test_moving_into_the_past_or_to_the_same_time_is_refused(self):
        promise = self._as(self.dora, self._promise())
        with self.assertUndone("from now on"):
            promise._move(self.now - timedelta(hours=1), "Late")
        with self.assertUndone("promised already"):
            promise._move(promise.due_at, "Late")
        with self.assertUndone("Say why"):
            promise._move(promise.due_at + timedelta(hours=1), " ")

    def test_withdrawing_needs_a_reason(self):
        promise = self._promise()
        with self.assertUndone("Say why"):
            self._as(self.dora, promise)._withdraw(" ")
        self._as(self.dora, promise)._withdraw("Customer bought elsewhere")
        self.assertState(promise, "withdrawn", "hand")
        self.assertEqual((promise.closed_by_id, promise.reason), (self.dora, "Customer bought elsewhere"))

    def test_who_is_late_cannot_talk_it_away(self):
        promise = self._promise(hours=1)
        self._passes(promise, hours=3)
        with self.assertUndone("so the promise is broken"):
            self._as(self.dora, promise)._withdraw("Forgotten")
        with self.assertUndone("so the promise is broken"):
            self._as(self.dora, promise)._move(self.now + timedelta(days=1), "Forgotten")

        self._as(self.dora, promise).action_keep()
        self.assertState(promise, "broken", "hand")
        self.assertAlmostEqual(promise.late_hours, 2, 1)
        with self.assertUndone("has ended already"):
            self._as(self.dora, promise).action_keep()

    def test_a_broken_promise_may_be_done_after_all_and_stays_broken(self):
        promise = self._promise(hours=1)
        self._passes(promise, hours=3)
        self._settle()
        self._as(self.dora, promise).action_keep()
        self.assertState(promise, "broken", "overdue")
        self.assertEqual(promise.kept_by_id, self.dora)
        self.assertAlmostEqual(promise.late_hours, 2, 1)

    def test_another_company_sees_nothing(self):
        promise = self._promise()
        other = self._create_company("Elsewhere")
        zoe = self._user(
            "promise_zoe",
            "retail_crm.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        theirs = promise.with_user(zoe).with_context(allowed_company_ids=other.ids)
        self.assertFalse(theirs.search([("id", "=", promise.id)]))
        with self.assertRaises(AccessError):
            theirs.action_keep()

    def test_merged_customers_keep_their_promises(self):
        berta = self._customer("Berta")
        promise = self._promise(partner_id=berta.id)
        self.env["base.partner.merge.automatic.wizard"]._merge((berta | self.anna).ids, self.anna)
        self.assertEqual(promise.partner_id, self.anna)
        self.assertEqual(promise.activity_id.res_id, self.anna.id)

    def test_the_customer_shows_open_and_broken_ones(self):
        self._promise()
        self._promise(kind="gift", text="A gift")
        broken = self._promise(hours=1)
        self._passes(broken)
        long_ago = self._promise(hours=1)
        self._passes(long_ago, hours=400 * 24)
        self._settle()
        anna = self._as(self.dora, self.anna)
        self.assertEqual((anna.retail_open_promise_count, anna.retail_broken_promise_count), (2, 1))
