from datetime import date, timedelta
from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.sql_db import db_connect
from odoo.tests import Form, TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger

from .test_rights import NO_MEMBERS, RightsCommon

TOMORROW = date(2025, 7, 1)
YESTERDAY = date(2025, 6, 29)


class PolicyCycleCase(RightsCommon):
    """The shop on a fixed day; what people do goes the way that every client's call takes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(cls.today))
        cls.policy = cls.env["retail.policy"]._get_active(cls.company)
        cls.users["second approver"] = cls._user("retail_approver_2", "retail_crm.group_approver")
        cls.users["manager who approves"] = cls._user(
            "retail_both", "retail_crm.group_manager,retail_crm.group_approver"
        )

    def _draft(self, author="manager", **values):
        """A new version written by ``author``."""
        action = self._call(author, "retail.policy", "action_new_version", self.policy.ids)
        draft = self.env["retail.policy"].browse(action["res_id"])
        if values:
            self._call(author, "retail.policy", "write", draft.ids, values)
        return draft

    def _tried(self, draft, change_share=0.03, **values):
        """The draft on trial, with a completed trial of which ``change_share`` (0-1) changes a month."""
        draft.state = "trial"
        self.env["retail.trial"].create(
            {
                "policy_id": draft.id,
                "baseline_policy_id": self.policy.id,
                "company_id": self.company.id,
                "state": "done",
                "change_share": change_share,
                **values,
            }
        )
        return draft

    def _decide(self, role, policy, kind, **values):
        """Press the button, fill the window, confirm."""
        action = self._call(role, "retail.policy", f"action_{kind}", policy.ids)
        decision = self.env["retail.policy.decision"].browse(action["res_id"])
        self._confirm(role, decision, **values)
        return decision

    def _confirm(self, role, decision, **values):
        if values:
            self._call(role, decision._name, "write", decision.ids, values)
        return self._call(role, decision._name, "action_confirm", decision.ids)

    def _get_messages(self, policy):
        return "\n".join(policy.message_ids.mapped("body"))


@tagged("post_install", "-at_install")
class TestPolicyCycle(PolicyCycleCase):
    """Who may take which step."""

    def test_manager_drafts_and_approver_approves(self):
        draft = self._tried(self._draft(half_life_weeks=13))
        self._decide("approver", draft, "approve")
        self.assertEqual((draft.state, self.policy.state), ("active", "retired"))
        self.assertEqual((draft.approved_by_id, draft.approved_on), (self.users["approver"], self.today))
        self.assertEqual((draft.activated_on, draft.author_id), (self.today, self.users["manager"]))
        self.assertTrue(self.company.retail_full_run_needed)

    def test_only_approvers_decide(self):
        for kind, state in (
            ("approve", "trial"),
            ("send_back", "trial"),
            ("call_off", "approved"),
            ("activate", "approved"),
            ("roll_back", "retired"),
        ):
            draft = self._draft()
            draft.write({"state": state, "effective_date": TOMORROW})
            for role in ("manager", "staff", "finance", "auditor", *NO_MEMBERS):
                self.assertRefused(role, "retail.policy", f"action_{kind}", draft.ids)
                decision = {"policy_id": draft.id, "kind": kind, "reason": "x"}
                self.assertRefused(role, "retail.policy.decision", "create", decision)
            self.assertEqual(draft.state, state)
            draft.write({"state": "draft", "effective_date": False})

    def test_only_managers_draft_and_try(self):
        draft = self._draft()
        for role in ("approver", "staff", "finance", "auditor", *NO_MEMBERS):
            self.assertRefused(role, "retail.policy", "action_start_trial", draft.ids)
            self.assertRefused(role, "retail.policy", "action_new_version", draft.ids)
            self.assertRefused(role, "retail.policy", "write", draft.ids, {"half_life_weeks": 13})
        draft.state = "trial"
        for role in ("approver", "staff", "finance", "auditor", *NO_MEMBERS):
            self.assertRefused(role, "retail.policy", "action_back_to_draft", draft.ids)
        self.assertEqual((draft.state, draft.half_life_weeks), ("trial", 26))

    def test_nobody_writes_a_decision_directly(self):
        draft = self._draft()
        user = self.users["manager who approves"]
        for values in (
            {"state": "active"},
            {"state": "approved", "effective_date": "2025-07-01"},
            {"approved_by_id": user.id},
            {"author_id": user.id},
            {"editor_ids": [(5,)]},
            {"version": 7},
            {"rolled_back_from_id": self.policy.id},
            {"activated_on": "2025-01-01"},
        ):
            for role in ("manager", "approver", "manager who approves"):
                self.assertRefused(role, "retail.policy", "write", draft.ids, values)
        for method in ("_approve", "_activate", "_roll_back"):
            self.assertRefused("approver", "retail.policy", method, draft.ids)
        horizon = {"horizon_weeks": 4}
        self.assertRefused("manager", "retail.policy", "write", self.policy.ids, horizon)
        self.assertEqual((draft.state, draft.version), ("draft", 2))

    def test_trial_freezes_the_rules_and_back_to_draft_frees_them(self):
        for weeks in range(60):
            self._buys(self.customer, 20, days_ago=7 * weeks)
        self._rescore()
        draft = self._draft()
        action = self._call("manager", "retail.policy", "action_start_trial", draft.ids)
        trial = self.env["retail.trial"].browse(action["res_id"])
        self.assertEqual((draft.state, trial.policy_id, trial.state), ("trial", draft, "requested"))
        self.assertRefused("manager", "retail.policy", "write", draft.ids, {"half_life_weeks": 13})
        self.assertRefused("manager", "retail.policy", "action_start_trial", draft.ids)
        self._call("manager", "retail.policy", "action_back_to_draft", draft.ids)
        self.assertEqual((draft.state, trial.state, trial.is_outdated), ("draft", "cancelled", True))
        self._call("manager", "retail.policy", "write", draft.ids, {"half_life_weeks": 13})
        self.assertEqual(draft.half_life_weeks, 13)

    def test_shop_without_history_cannot_try_and_the_draft_stays_one(self):
        draft = self._draft()
        with self.assertUndone("A trial"):
            self._call("manager", "retail.policy", "action_start_trial", draft.ids)
        self.assertEqual(draft.state, "draft")

    def test_policy_sent_back_returns_to_draft_with_the_reason(self):
        draft = self._tried(self._draft())
        with self.assertUndone("give the reason"):
            self._decide("approver", draft, "send_back", reason="  ")
        self._decide("approver", draft, "send_back", reason="Too many would leave Key")
        self.assertEqual((draft.state, draft.sent_back_by_id), ("draft", self.users["approver"]))
        self.assertEqual(draft.sent_back_reason, "Too many would leave Key")
        self.assertIn("Too many would leave Key", self._get_messages(draft))
        self.assertTrue(draft.trial_ids.is_outdated)
        message = draft.message_ids.filtered(lambda message: "Sent back" in message.body)
        self.assertEqual(message.author_id, self.users["approver"].partner_id)
        self.assertIn(self.users["manager"].partner_id, message.partner_ids)

    def test_steps_out_of_turn_are_refused(self):
        draft = self._draft()
        for method in ("send_back", "call_off", "activate", "roll_back"):
            self.assertRefused("approver", "retail.policy", f"action_{method}", draft.ids)
        self.assertRefused("manager", "retail.policy", "action_back_to_draft", draft.ids)
        with self.assertUndone("has been in use"):
            self._call("approver", "retail.policy", "action_approve", self.policy.ids)
        self.assertRefused("manager", "retail.policy", "action_start_trial", self.policy.ids)

    def test_every_step_is_in_the_history(self):
        draft = self._tried(self._draft(half_life_weeks=13))
        self._decide("approver", draft, "approve", effective_date=TOMORROW, reason="Agreed with finance")
        self.env.flush_all()
        said = self._get_messages(draft)
        self.assertIn("Approved, to decide from 07/01/2025.", said)
        self.assertIn("Agreed with finance", said)

    def test_policies_of_other_companies_are_out_of_reach(self):
        stranger = self._create_company("Other Shop")
        draft = self.env["retail.policy"]._get_active(stranger).copy()
        draft.state = "trial"
        self.assertRefused("approver", "retail.policy", "action_approve", draft.ids)
        decision = self._call(
            "approver", "retail.policy.decision", "create", {"policy_id": self.policy.id, "kind": "approve"}
        )
        decision = self.env["retail.policy.decision"].browse(decision)
        decision.policy_id = draft
        self.assertRefused("approver", "retail.policy.decision", "action_confirm", decision.ids)
        self.assertEqual(draft.state, "trial")


@tagged("post_install", "-at_install")
class TestPolicyApproval(PolicyCycleCase):
    """What an approval needs."""

    def test_draft_that_was_never_tried_needs_a_reason(self):
        draft = self._draft()
        with self.assertUndone("was never tried"):
            self._decide("approver", draft, "approve")
        self.assertEqual(draft.state, "draft")
        self._decide("approver", draft, "approve", reason="We just opened")
        self.assertEqual((draft.state, draft.approval_reason), ("active", "We just opened"))

    def test_trial_that_is_not_completed_needs_a_reason(self):
        for values in ({"state": "failed"}, {"state": "running"}, {"is_outdated": True}):
            draft = self._tried(self._draft(), **values)
            with self.assertUndone("No trial of .* has been completed"):
                self._decide("approver", draft, "approve")

    def test_missed_bar_needs_a_reason_and_is_shown_red(self):
        draft = self._tried(self._draft(), change_share=0.08)
        with self.assertUndone("missed a bar"):
            self._decide("approver", draft, "approve", reason=" ")
        decision = self._decide("approver", draft, "approve", reason="Only this month")
        self.assertIn("text-danger", decision.verdicts)
        self.assertEqual(draft.state, "active")

    def test_bars_that_are_met_or_not_measured_need_no_reason(self):
        draft = self._tried(self._draft())
        decision = self._decide("approver", draft, "approve")
        self.assertIn("text-success", decision.verdicts)
        self.assertIn("not measured", decision.verdicts)
        self.assertNotIn("text-danger", decision.verdicts)
        self.assertFalse(draft.approval_reason)

    def test_window_asks_for_the_reason_where_one_is_needed(self):
        action = self._call("approver", "retail.policy", "action_approve", self._draft().ids)
        decision = self.env["retail.policy.decision"].with_user(self.users["approver"])
        with (
            self.assertRaisesRegex(AssertionError, "reason"),
            Form(decision.browse(action["res_id"])) as form,
        ):
            form.effective_date = TOMORROW

    def test_trial_against_former_rules_no_longer_counts(self):
        draft, other = self._tried(self._draft()), self._tried(self._draft())
        self._decide("approver", other, "approve")
        self.assertTrue(draft.trial_ids.is_outdated)
        with self.assertUndone("No trial of .* has been completed"):
            self._decide("approver", draft, "approve")

    def test_named_business_owner_approves_and_nobody_else(self):
        draft = self._tried(self._draft(business_owner_id=self.users["second approver"].id))
        with self.assertUndone("waits for the approval of retail_approver_2"):
            self._call("approver", "retail.policy", "action_approve", draft.ids)
        self._decide("second approver", draft, "approve")
        self.assertEqual(draft.approved_by_id, self.users["second approver"])

    def test_own_policy_may_be_approved_unless_the_company_wants_a_second_person(self):
        draft = self._tried(self._draft("manager who approves"))
        self.company.retail_policy_second_person = True
        with self.assertUndone("wants a second person"):
            self._decide("manager who approves", draft, "approve")
        self.company.retail_policy_second_person = False
        self._decide("manager who approves", draft, "approve")
        self.assertEqual(draft.state, "active")

    def test_whoever_edited_a_policy_is_no_second_person(self):
        self.company.retail_policy_second_person = True
        draft = self._draft()
        band = draft.band_ids.filtered(lambda band: band.segment_id.code == "key")
        self._call("manager who approves", "retail.policy.band", "write", band.ids, {"leave": 60})
        # the last edit is somebody else's
        self._call("manager", "retail.policy", "write", draft.ids, {"half_life_weeks": 13})
        self._tried(draft)
        with self.assertUndone("wants a second person"):
            self._decide("manager who approves", draft, "approve")
        self._decide("approver", draft, "approve")
        self.assertEqual(draft.state, "active")

    def test_what_changed_since_the_window_was_opened_is_not_approved(self):
        draft = self._draft()
        action = self._call("approver", "retail.policy", "action_approve", draft.ids)
        decision = self.env["retail.policy.decision"].browse(action["res_id"])
        self._call("manager", "retail.policy", "write", draft.ids, {"half_life_weeks": 2})
        with self.assertUndone("was changed since"):
            self._confirm("approver", decision, reason="Fine")
        self.assertEqual(draft.state, "draft")

    def test_second_approver_learns_who_was_first(self):
        draft = self._tried(self._draft())
        action = self._call("second approver", "retail.policy", "action_approve", draft.ids)
        decision = self.env["retail.policy.decision"].browse(action["res_id"])
        self._decide("approver", draft, "approve", effective_date=TOMORROW)
        with self.assertUndone("already approved by retail_approver .*on 06/30/2025"):
            self._confirm("second approver", decision)
        self.assertEqual(draft.approved_by_id, self.users["approver"])

    def test_decision_for_other_rules_than_those_active_now_is_not_taken(self):
        draft, other = self._tried(self._draft()), self._tried(self._draft())
        action = self._call("approver", "retail.policy", "action_approve", draft.ids)
        self._decide("second approver", other, "approve")
        decision = self.env["retail.policy.decision"].browse(action["res_id"])
        with self.assertUndone("Meanwhile another policy became active"):
            self._confirm("approver", decision, reason="Fine")
        self.assertEqual((draft.state, other.state), ("trial", "active"))


@tagged("post_install", "-at_install")
class TestPolicyDates(PolicyCycleCase):
    """From which day a version decides."""

    def _approve(self, day, **values):
        draft = self._tried(self._draft(**values))
        self._decide("approver", draft, "approve", effective_date=day)
        return draft

    def test_approved_policy_waits_for_its_day(self):
        draft = self._approve(TOMORROW, half_life_weeks=13)
        self.assertEqual((draft.state, self.policy.state), ("approved", "active"))
        run = self._rescore()
        self.assertEqual((run.policy_id, draft.state), (self.policy, "approved"))
        run = self._rescore(as_of=TOMORROW)
        self.assertEqual((run.policy_id, run.policy_version), (draft, 2))
        self.assertTrue(run.is_full)
        self.assertEqual((draft.state, self.policy.state), ("active", "retired"))
        self.assertEqual((draft.activated_on, draft.effective_date), (TOMORROW, TOMORROW))

    def test_movements_name_the_version_that_decided(self):
        self._approve(TOMORROW)
        self._rescore(as_of=TOMORROW)
        change = self.env["retail.profile.change"].search([("partner_id", "=", self.customer.id)], limit=1)
        read = self._call("staff", "retail.profile.change", "read", change.ids, ["policy_version"])
        self.assertEqual(read[0]["policy_version"], 2)

    def test_of_several_whose_day_has_come_the_latest_decides(self):
        first = self._approve(TOMORROW)
        second = self._approve(TOMORROW + timedelta(days=1))
        later = self._approve(TOMORROW + timedelta(days=30))
        run = self._rescore(as_of=TOMORROW + timedelta(days=3))
        self.assertEqual(run.policy_id, second)
        self.assertEqual((first.state, second.state, later.state), ("retired", "active", "approved"))
        self.assertFalse(first.activated_on)

    def test_policy_overtaken_before_its_run_never_decides(self):
        overtaken = self._approve(TOMORROW)
        with freeze_time(TOMORROW + timedelta(days=1)):
            draft = self._approve(False)
        self._rescore(as_of=TOMORROW + timedelta(days=1))
        self.assertEqual((overtaken.state, draft.state), ("retired", "active"))

    def test_day_in_the_past_is_refused(self):
        with self.assertUndone("06/29/2025 is over"):
            self._draft(effective_date=YESTERDAY)
        draft = self._tried(self._draft())
        with self.assertUndone("06/29/2025 is over"):
            self._decide("approver", draft, "approve", effective_date=YESTERDAY)
        self.assertEqual(draft.state, "trial")

    def test_two_policies_cannot_begin_on_the_same_day(self):
        self._approve(TOMORROW)
        draft = self._tried(self._draft())
        with self.assertUndone("version 2 already decides from 07/01/2025"):
            self._decide("approver", draft, "approve", effective_date=TOMORROW)
        self.assertEqual(draft.state, "trial")
        self._decide("approver", draft, "approve", effective_date=TOMORROW + timedelta(days=1))
        # another company has its own calendar
        stranger = self.env["retail.policy"]._get_active(self._create_company("Other Shop")).copy()
        stranger._approve(TOMORROW, "Opening day")
        self.assertEqual(stranger.state, "approved")

    def test_waiting_policy_is_called_off(self):
        draft = self._approve(TOMORROW)
        self._decide("second approver", draft, "call_off", reason="Not before the sale")
        self.assertEqual((draft.state, draft.approved_by_id.ids, draft.effective_date), ("draft", [], False))
        self.assertEqual(draft.sent_back_reason, "Not before the sale")
        self.assertEqual(self._rescore(as_of=TOMORROW).policy_id, self.policy)

    def test_waiting_policy_is_activated_before_its_day(self):
        draft = self._approve(TOMORROW)
        self._call("approver", "retail.policy", "action_activate", draft.ids)
        self.assertEqual((draft.state, draft.effective_date), ("active", self.today))
        self.assertEqual(self._rescore().policy_id, draft)

    def test_planned_day_is_proposed_to_the_approver(self):
        draft = self._tried(self._draft(effective_date=TOMORROW))
        self._decide("approver", draft, "approve")
        self.assertEqual((draft.state, draft.effective_date), ("approved", TOMORROW))

    def test_run_that_fails_leaves_the_policy_waiting(self):
        draft = self._approve(TOMORROW)
        RetailRun = type(self.env["retail.run"])
        self.patch(RetailRun, "_choose_model", lambda *args: 1 / 0)
        with mute_logger("odoo.addons.retail_crm.models.retail_job"):
            run = self.env["retail.run"].run_company(self.company, as_of=TOMORROW)
        self.assertEqual((run.state, draft.state, self.policy.state), ("failed", "approved", "active"))


@tagged("post_install", "-at_install")
class TestPolicyRollBack(PolicyCycleCase):
    """Back to former rules."""

    def _replace(self, **values):
        draft = self._tried(self._draft(**values))
        self._decide("approver", draft, "approve")
        return draft

    def test_former_rules_return_as_a_new_version(self):
        self.policy.write({"horizon_weeks": 26, "median_gap_days": 50})
        current = self._replace(half_life_weeks=13, horizon_weeks=4)
        self._rescore()
        action = self._call("approver", "retail.policy", "action_roll_back", self.policy.ids)
        decision = self.env["retail.policy.decision"].browse(action["res_id"])
        self.assertIn("13 weeks", decision.difference)
        self._confirm("approver", decision, reason="Key shrank to nothing")
        policy = self.env["retail.policy"]._get_active(self.company)
        self.assertEqual((policy.version, policy.rolled_back_from_id), (3, self.policy))
        self.assertEqual((self.policy.state, current.state), ("retired", "retired"))
        self.assertFalse(policy._get_difference(self.policy))
        self.assertEqual((policy.horizon_weeks, policy.median_gap_days), (26, 50))
        self.assertEqual((policy.approved_by_id, policy.author_id), (self.users["approver"],) * 2)
        self.assertEqual(policy.approval_reason, "Key shrank to nothing")
        self.assertIn("Back to the rules of version 1.", self._get_messages(policy))
        run = self._rescore()
        self.assertTrue(run.is_full)
        self.assertEqual(run.policy_id, policy)

    def test_owner_who_is_no_approver_any_more_stands_in_nobodys_way(self):
        owner = self.users["second approver"]
        self._decide("second approver", self._tried(self._draft(business_owner_id=owner.id)), "approve")
        former = self.env["retail.policy"]._get_active(self.company)
        self._decide("approver", self._tried(self._draft()), "approve")
        owner.group_ids -= self.env.ref("retail_crm.group_approver")
        action = self._call("manager", "retail.policy", "action_new_version", former.ids)
        self.assertFalse(self.env["retail.policy"].browse(action["res_id"]).business_owner_id)
        self._decide("approver", former, "roll_back", reason="Better after all")
        active = self.env["retail.policy"]._get_active(self.company)
        self.assertEqual(active.rolled_back_from_id, former)

    def test_roll_back_needs_a_reason(self):
        current = self._replace()
        with self.assertUndone("give the reason"):
            self._decide("approver", self.policy, "roll_back")
        self.assertEqual(current.state, "active")

    def test_two_who_roll_back_do_it_once(self):
        self._replace()
        action = self._call("second approver", "retail.policy", "action_roll_back", self.policy.ids)
        decision = self.env["retail.policy.decision"].browse(action["res_id"])
        self._decide("approver", self.policy, "roll_back", reason="Back")
        with self.assertUndone("was changed since"):
            self._confirm("second approver", decision, reason="Back")
        self.assertEqual(self.env["retail.policy"]._get_active(self.company).version, 3)


@tagged("post_install", "-at_install")
class TestPolicyConcurrency(TransactionCase):
    """Two people at the same moment, each with a connection of their own, on rows that are really committed."""

    def setUp(self):
        super().setUp()
        self.company = self.env.ref("base.main_company")
        self.first, self.second = (
            self._connect(uid) for uid in (self.env.ref("base.user_admin").id, SUPERUSER_ID)
        )
        self.last_id = max(self.first["retail.policy"].search([]).ids)
        self.addCleanup(self._forget_policies)
        draft = self.first["retail.policy"].create({"name": "Draft", "company_id": self.company.id})
        self.first.cr.commit()
        self.draft_id = draft.id

    def _connect(self, uid):
        cursor = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cursor.close)
        return api.Environment(cursor, uid, {})

    def _forget_policies(self):
        cursor = self._connect(SUPERUSER_ID).cr
        new = [self.last_id]
        cursor.execute("DELETE FROM mail_message WHERE model = 'retail.policy' AND res_id > %s", new)
        cursor.execute("DELETE FROM mail_followers WHERE res_model = 'retail.policy' AND res_id > %s", new)
        cursor.execute("DELETE FROM retail_policy WHERE id > %s", new)
        cursor.commit()

    def _see(self, env):
        """Let the transaction of ``env`` begin; from here on it does not see what others commit."""
        env.cr.rollback()
        return env["retail.policy"].browse(self.draft_id).state

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def _meet(self, one, other):
        """``one`` and ``other`` act on what both saw before; the server retries what could not be serialized."""
        self._see(self.second)
        result = one(self.first)
        self.first.cr.commit()
        self.patch(self.second.registry, "reset_changes", lambda: None)
        return result, retrying(partial(other, self.second), self.second)

    def _approve(self, env):
        policy = env["retail.policy"].browse(self.draft_id)
        policy._approve(policy._today() + timedelta(days=30), "Never tried")

    def test_of_two_who_approve_one_succeeds_and_the_other_learns_of_it(self):
        with self.assertRaisesRegex(UserError, "already approved by"):
            self._meet(self._approve, self._approve)
        self._see(self.second)
        policy = self.second["retail.policy"].browse(self.draft_id)
        self.assertEqual((policy.state, policy.approved_by_id.id), ("approved", self.first.uid))
        said = policy.message_ids.filtered(lambda message: "Approved, to decide" in (message.body or ""))
        self.assertEqual(len(said), 1)

    def test_edit_does_not_slip_into_what_is_being_approved(self):
        def edit(env):
            env["retail.policy"].browse(self.draft_id).band_ids[0].enter = 0.6

        with self.assertRaisesRegex(UserError, "has been approved as it is"):
            self._meet(self._approve, edit)

    def test_two_versions_created_at_once_get_different_numbers(self):
        def create(env):
            return env["retail.policy"].browse(self.draft_id).copy().version

        one, other = self._meet(create, create)
        self.assertEqual(other, one + 1)
