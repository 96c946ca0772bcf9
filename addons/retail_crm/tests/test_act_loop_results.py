import random
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .act_loop_common import ActLoopCommon


@tagged("post_install", "-at_install")
class TestActLoopActivities(ActLoopCommon):
    """Odoo's own activity views show the same, and finishing either ends the other."""

    def test_action_with_an_owner_is_an_activity_of_the_customer(self):
        action = self._action(user_id=self.dora.id, due_on=self._day(days_ago=-4))

        activity = self.anna.activity_ids
        self.assertEqual(activity, action.activity_id)
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        self.assertEqual((activity.user_id, activity.summary), (self.dora, "Call about tea"))
        self.assertEqual(activity.date_deadline, action.due_on)

    def test_activity_ticked_off_ends_the_action(self):
        action = self._action(user_id=self.dora.id)
        action.activity_id.with_user(self.dora).action_feedback("she is well")

        self.assertEqual((action.state, action.done_by_id, action.note), ("done", self.dora, "she is well"))

    def test_activity_removed_cancels_the_action(self):
        action = self._action(user_id=self.dora.id)
        action.activity_id.with_user(self.dora).unlink()

        self.assertEqual((action.state, action.done_by_id), ("cancelled", self.dora))

    def test_action_done_ticks_off_the_activity(self):
        action = self._action(user_id=self.dora.id)
        activity = action.activity_id
        action.with_user(self.dora)._log_outcome(self._ending("bought"), "two pounds")

        self.assertEqual((activity.active, activity.feedback), (False, "two pounds"))
        message = self.anna.message_ids.filtered("mail_activity_type_id")
        self.assertEqual(message.author_id, self.dora.partner_id)

    def test_action_cancelled_removes_the_activity(self):
        action = self._action(user_id=self.dora.id)
        activity = action.activity_id
        action.with_user(self.dora).action_cancel()

        self.assertFalse(activity.exists())
        self.assertEqual(action.state, "cancelled")

    def test_handing_over_and_moving_go_both_ways(self):
        action = self._action(user_id=self.dora.id)
        action.with_user(self.manager).write({"user_id": self.emil.id, "due_on": self._day(days_ago=-9)})
        self.assertEqual(action.activity_id.user_id, self.emil)
        self.assertEqual(action.activity_id.date_deadline, self._day(days_ago=-9))

        action.activity_id.with_user(self.emil).date_deadline = self._day(days_ago=-12)
        action.activity_id.with_user(self.emil).user_id = self.dora
        self.assertEqual((action.due_on, action.user_id), (self._day(days_ago=-12), self.dora))

    def test_deleting_the_customer_takes_action_and_activity_along(self):
        customer = self._customer("Berta")
        action = self._action(customer, user_id=self.dora.id)
        activity = action.activity_id
        customer.unlink()

        self.assertFalse(action.exists() or activity.exists())

    def test_who_has_no_owner_has_no_activity_until_there_is_one(self):
        action = self._action()
        self.assertFalse(action.activity_id)
        action.with_user(self.emil).user_id = self.emil
        self.assertEqual(action.activity_id.user_id, self.emil)


@tagged("post_install", "-at_install")
class TestActLoopResults(ActLoopCommon):
    """Outcomes, what follows, and who may say so."""

    def test_outcome_is_logged_in_the_dialog_with_a_next_date(self):
        action = self._action(user_id=self.dora.id)
        dialog = action.with_user(self.dora).action_log_outcome()
        form = Form(self.env[dialog["res_model"]].with_user(self.dora).with_context(**dialog["context"]))
        form.outcome_id = self._ending("no_answer")
        form.note = "try in the evening"
        form.next_on = "2099-01-05"
        form.save().action_log()

        self.assertEqual((action.state, action.outcome_id), ("done", self._ending("no_answer")))
        following = self._actions(state="open")
        self.assertEqual((following.previous_id, following.user_id), (action, self.dora))
        self.assertEqual((following.event, str(following.due_on)), ("manual", "2099-01-05"))

    def test_outcome_that_asks_for_a_date_gets_none(self):
        action = self._action()
        with self.assertUndone("Say when to try again"):
            action._log_outcome(self._ending("no_answer"))
        self.assertEqual(action.state, "open")

    def test_next_date_in_the_past_is_refused(self):
        wizard = self.env["retail.action.done"].create(
            {
                "action_ids": self._action().ids,
                "outcome_id": self._ending("no_answer").id,
                "next_on": "2001-01-01",
            }
        )
        with self.assertUndone("over already"):
            wizard.action_log()

    def test_ended_is_ended(self):
        action = self._action()
        action.action_cancel()
        for method in ("action_cancel", "action_log_outcome"):
            with self.assertUndone("has ended already"):
                getattr(action, method)()
        with self.assertUndone("cannot be changed any more"):
            action.with_user(self.manager).note = "but"
        with self.assertUndone("Actions are kept"):
            action.with_user(self.manager)._unlink_except_by_the_system()

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_finance_and_auditors_look_and_do_nothing(self):
        action = self._action()
        for group in ("finance", "auditor"):
            user = self._user(f"loop_{group}", f"retail_crm.group_{group}")
            self.assertEqual(action.with_user(user).state, "open")
            for method in ("action_cancel", "action_log_outcome"):
                with self.assertRaises(AccessError):
                    getattr(action.with_user(user), method)()

    def test_staff_see_no_contribution_and_nobody_left_alone(self):
        action = self._action()
        action.sudo().state = "held_out"
        visible = self.env["retail.action"].with_user(self.dora).search([("partner_id", "=", self.anna.id)])
        self.assertFalse(visible)
        self.assertTrue(visible.with_user(self.manager).search([("partner_id", "=", self.anna.id)]))
        with self.assertRaises(AccessError):
            visible.search([("contribution", ">", 0)])

    def test_staff_of_another_company_see_none(self):
        other = self._create_company("Other shop")
        stranger = self._user(
            "loop_stranger", "retail_crm.group_manager", company_id=other.id, company_ids=other.ids
        )
        self._action()
        actions = self.env["retail.action"].with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(actions.search([]))

    def test_customer_form_counts_open_actions(self):
        self._action()
        self._action().action_cancel()
        contact = self._customer("Anna's office", parent_id=self.anna.id)

        self.assertEqual(contact.with_user(self.dora).retail_open_action_count, 1)

    def test_what_nobody_ever_finished_is_counted(self):
        action = self._action()
        action.sudo().event_on = self._day(days_ago=400)
        self._action(user_id=self.dora.id)

        found = self.env["retail.action"].search([("is_never_closed", "=", True)])
        self.assertEqual(found & self._actions(), action)
        self.assertTrue(action.is_never_closed)
        self.assertEqual(self._strategy("key").unclosed_action_count, 1)

    def test_merged_customers_keep_their_actions_and_one_lot(self):
        double = self._customer("Anna again")
        self._in_key(double)
        action = self._action(double)
        lots = self.env["retail.holdout"].create(
            [
                {
                    "partner_id": customer.id,
                    "company_id": self.company.id,
                    "strategy_id": self._strategy("key").id,
                    "is_held_out": customer == self.anna,
                }
                for customer in (double, self.anna)
            ]
        )
        self._create_due(days_later=30)
        overdue = [("event", "=", "contact_overdue"), ("company_id", "=", self.company.id)]
        self.assertEqual(len(self.env["retail.action"].search(overdue)), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.anna | double).ids, self.anna)
        self.env.invalidate_all()

        self.assertEqual(action.partner_id, self.anna)
        self.assertEqual(len(self._actions(event="contact_overdue", state="open")), 1)
        self.assertEqual(lots.exists(), lots[1])


@tagged("post_install", "-at_install")
class TestActLoopHoldout(ActLoopCommon):
    """Who is left alone is drawn at random, once and for good."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crowd = cls.env["res.partner"].create([{"name": f"Crowd {number}"} for number in range(400)])
        for customer in cls.crowd:
            cls._in_key(customer, "strategic", last=100)
        cls.strategy = cls._strategy("strategic")

    def test_without_a_share_nobody_is_left_alone_and_no_lot_is_drawn(self):
        self.assertEqual(self._create_due(), 400)
        self.assertFalse(self.env["retail.holdout"].search([("company_id", "=", self.company.id)]))

    def _left_alone(self):
        """Who is, after actions are made for everybody anew."""
        self.env["retail.action"].search([("company_id", "=", self.company.id)]).unlink()
        self._create_due()
        actions = self.env["retail.action"].search(
            [("state", "=", "held_out"), ("company_id", "=", self.company.id)]
        )
        self.assertFalse(actions.activity_id)
        return actions.partner_id

    def test_lots_are_random_and_kept(self):
        self.strategy.holdout_share = 30
        drawn = self._left_alone()
        # 400 draws at .3: five standard deviations are 46
        self.assertTrue(74 <= len(drawn) <= 166, len(drawn))

        self.strategy.holdout_share = 80
        self.assertEqual(self._left_alone(), drawn)
        self.strategy.holdout_share = 0
        self.assertFalse(self._left_alone())

    def test_share_lies_between_0_and_100(self):
        with self.assertRaisesRegex(Exception, "holdout_share_in_range"), mute_logger("odoo.sql_db"):
            self.strategy.holdout_share = 101
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestActLoopWindow(ActLoopCommon):
    """What came of an action is what the customer bought in the window after it, to the cent."""

    def _measure(self, days_later):
        return self.env["retail.action"]._measure(self.company, self._day(days_ago=-days_later))

    def _measured(self, window=30, customer=None):
        action = self._action(customer)
        action.sudo().write({"event_on": self.today, "window_days": window})
        return action

    def test_a_window_ends_before_it_is_measured(self):
        action = self._measured(window=30)
        self._buys(self.anna, 50, days_ago=-30, cost=20)
        self.assertEqual(self._measure(30), 0)
        self.assertEqual(self._measure(31), 1)
        self.assertEqual(self._measure(32), 0)
        self.assertEqual((action.revenue, action.contribution), (50, 30))

    def test_figures_are_those_of_a_count_by_hand(self):
        random.seed(5)
        customers = [self._customer(f"Customer {number}") for number in range(8)]
        bought, actions = [], []
        for customer in customers:
            for _number in range(12):
                day = self.today + timedelta(days=random.randint(-20, 60))
                amount = random.choice((1, -1, 1)) * random.randint(1, 9999) / 100
                cost = round(amount * 0.6, 2)
                self._buys(customer, amount, day=day, cost=cost)
                bought.append((customer, day, amount, cost))
            actions += [self._measured(window, customer) for window in random.sample(range(1, 50), 2)]
        self._measure(60)

        for action in actions:
            last = self.today + timedelta(days=action.window_days)
            own = [
                (amount, cost)
                for customer, day, amount, cost in bought
                if customer == action.partner_id and self.today < day <= last
            ]
            self.assertAlmostEqual(action.revenue, sum(amount for amount, _cost in own), 2)
            self.assertAlmostEqual(action.contribution, sum(amount - cost for amount, cost in own), 2)

    def test_loop_is_closed_when_done_and_measured(self):
        done, waiting = self._measured(), self._measured()
        done._log_outcome(self._ending("reached"))
        self._measure(31)
        self.assertEqual((done.closed_on, waiting.closed_on), (self._day(days_ago=-31), False))

        waiting._log_outcome(self._ending("reached"))
        self.assertTrue(waiting.closed_on)

    def test_what_lapses_after_it_was_measured_is_closed(self):
        action = self._measured()
        action.sudo().event = "entered"
        self._measure(31)
        self.assertFalse(action.closed_on)

        self.profile.sudo().strategy_id = self._strategy("risk")
        self.env["retail.action"]._lapse(self.company, self._day(days_ago=-40))
        self.assertEqual((action.state, action.closed_on), ("lapsed", self._day(days_ago=-40)))

    def test_who_is_left_alone_is_measured_too(self):
        action = self._measured()
        action.sudo().state = "held_out"
        self._buys(self.anna, 70, days_ago=-5)
        self._measure(31)
        self.assertEqual((action.revenue, bool(action.closed_on)), (70, True))

    def test_negative_window_is_refused(self):
        with self.assertRaisesRegex(Exception, "days_in_range"), mute_logger("odoo.sql_db"):
            self._rule("key", "entered").window_days = 0
            self.env.flush_all()
