from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import StoryCase


@tagged("post_install", "-at_install")
class TestDecisions(StoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env["retail.run"]._today(cls.company)

    def test_rules_have_changed_once_and_each_run_names_its_version(self):
        lenient = self._ref("policy_lenient")
        runs = self.env["retail.run"].search([("company_id", "=", self.company.id)], order="as_of")
        former = lenient.search([("company_id", "=", self.company.id), ("state", "=", "retired")])
        self.assertEqual(runs.mapped("policy_version"), [1, 1, 2, 2, 2, 2])
        self.assertEqual((lenient.state, lenient.approved_by_id), ("active", self._ref("user_approver")))
        self.assertEqual(former.retired_on, lenient.activated_on)
        self.assertEqual(former.message_ids.author_id.user_ids, self._ref("user_approver"))

    def test_autumn_policy_was_tried_and_waits_for_the_approver(self):
        autumn, trial = self._ref("policy_autumn"), self._ref("trial_autumn")
        self.assertEqual((autumn.state, autumn.author_id), ("trial", self._ref("user_manager")))
        self.assertEqual((trial.state, trial.months, trial.verdict), ("done", 12, "missed"))
        self.assertEqual(autumn._get_current_trial(), trial)
        self.assertLess(trial.money_effect, 0)
        self.assertIn(self._ref("user_approver").partner_id, autumn.message_ids.notified_partner_ids)

    def test_approver_approves_with_a_reason_and_rolls_back(self):
        autumn = self._ref("policy_autumn").with_user(self._ref("user_approver"))
        lenient = autumn.browse(self._ref("policy_lenient").id)
        decision = self._open(autumn, autumn.action_approve())
        with self.assertRaisesRegex(UserError, "missed a bar"):
            decision.action_confirm()
        decision.reason = "The staff will understand"
        decision.action_confirm()
        self.assertEqual((autumn.state, lenient.state), ("active", "retired"))
        decision = self._open(autumn, lenient.action_roll_back())
        decision.reason = "The staff did not understand"
        restored = self._open(autumn, decision.action_confirm())
        self.assertEqual((restored.state, restored.half_life_weeks), ("active", 26))

    def test_appeals_are_open_accepted_and_rejected(self):
        customers = ("blue_heron_catering", "aisha_rahman", "lucas_weber")
        appeals = [self._ref(f"appeal_{customer}") for customer in customers]
        self.assertEqual([appeal.outcome for appeal in appeals], ["open", "pinned", "rejected"])
        self.assertEqual({appeal.user_id for appeal in appeals}, {self._ref("user_staff")})
        window = appeals[0].with_user(self._ref("user_manager")).action_answer()
        self.assertEqual(window["res_model"], "retail.appeal.answer")

    def test_a_pin_that_ends_in_five_days_reminds_the_manager(self):
        pin = self._ref("pin_aisha_rahman")
        manager = self._ref("user_manager")
        reminder = self._ref("aisha_rahman").activity_ids.filtered(lambda one: one.user_id == manager)
        self.assertEqual(pin.date_end, self.today + timedelta(days=5))
        self.assertEqual(len(reminder), 1)
        self.assertEqual(reminder.date_deadline, pin.date_end)

    def test_both_pins_disagree_with_the_figures(self):
        disagreeing = self.env["retail.segment.pin"].search([("disagrees_since", "!=", False)])
        self.assertEqual(disagreeing, self._ref("pin_jade_garden") | self._ref("pin_aisha_rahman"))

    @staticmethod
    def _open(record, action):
        """The record that ``action`` shows to the user of ``record``."""
        return record.env[action["res_model"]].browse(action["res_id"])
