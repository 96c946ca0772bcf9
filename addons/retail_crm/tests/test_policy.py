import datetime
import math

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RetailCommon
from .test_scoring import AS_OF, ScoringCase


class PolicyCommon(RetailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["retail.policy"]._get_active(cls.company)

    def _draft(self, **values):
        """A new version of the active policy with other rules."""
        draft = self.env["retail.policy"].browse(self.policy.action_new_version()["res_id"])
        draft.write(values)
        return draft

    def _band(self, policy, code):
        return policy.band_ids.filtered(lambda band: band.segment_id.code == code)


@tagged("post_install", "-at_install")
class TestPolicy(PolicyCommon):
    def test_each_company_starts_with_one_active_policy_and_four_strategies(self):
        self.assertEqual(self.policy.version, 1)
        strategies = self.env["retail.strategy"].search([("company_id", "=", self.company.id)])
        self.assertEqual(
            {strategy.segment_id.code: strategy.code for strategy in strategies},
            {
                "strategic": "alliance",
                "key": "learning",
                "transactional": "transactional",
                "risk": "cautious",
            },
        )

    def test_new_version_takes_over_and_the_old_one_retires(self):
        draft = self._draft()
        self.assertEqual((draft.version, draft.state), (2, "draft"))
        draft._activate()
        self.assertEqual((self.policy.state, draft.state), ("retired", "active"))
        self.assertEqual(self.env["retail.policy"]._get_active(self.company), draft)

    def test_versions_created_together_get_numbers_of_their_own(self):
        values = {"name": "Draft", "company_id": self.company.id}
        drafts = self.env["retail.policy"].create([values, values])
        self.assertEqual(drafts.mapped("version"), [2, 3])

    def test_version_state_and_author_are_not_taken_from_the_client(self):
        forged = {"version": 99, "state": "active", "author_id": self.env.ref("base.user_admin").id}
        draft = self.env["retail.policy"].create(
            {"name": "Draft", "company_id": self.company.id, "approved_on": "2025-01-01", **forged}
        )
        self.assertEqual((draft.version, draft.state, draft.author_id), (2, "draft", self.env.user))
        self.assertFalse(draft.approved_on)


@tagged("post_install", "-at_install")
class TestPolicyInUse(PolicyCommon):
    """What was tried, approved or used stays as it was, by whichever way one tries to change it."""

    def _ways_to_change(self, policy):
        band, spare = policy.band_ids[0], self._spare_segment()
        stranger = self._draft().band_ids[0]
        line = {"policy_id": policy.id, "segment_id": spare.id, "kind": "value", "enter": 50, "leave": 45}
        Band = self.env["retail.policy.band"]
        return {
            "half-life": lambda: policy.write({"half_life_weeks": 10}),
            "payment": lambda: policy.write({"payment_enter": 0.5}),
            "threshold set beforehand": lambda: policy.write({"accept_change_share": 50}),
            "company": lambda: policy.write({"company_id": self.env.ref("base.main_company").id}),
            "line through the policy": lambda: policy.write(
                {"band_ids": [Command.update(band.id, {"enter": 0.4})]}
            ),
            "line removed through the policy": lambda: policy.write({"band_ids": [Command.delete(band.id)]}),
            "line taken from elsewhere": lambda: policy.write({"band_ids": [Command.link(stranger.id)]}),
            "line": lambda: band.write({"enter": 0.4}),
            "order": lambda: band.write({"sequence": 99}),
            "line removed": band.unlink,
            "line added": lambda: Band.create(line),
            "line moved in": lambda: stranger.write({"policy_id": policy.id}),
            "line moved out": lambda: band.write({"policy_id": self._draft().id}),
            "deleted": policy.unlink,
        }

    def _spare_segment(self):
        found = self.env["retail.segment"].search([("code", "=", "spare")])
        return found or self.env["retail.segment"].create({"name": "Spare", "code": "spare"})

    def _assert_nothing_changes(self, policy):
        before = self._rules(policy)
        for way, change in self._ways_to_change(policy).items():
            with self.subTest(state=policy.state, way=way):
                with self.assertRaises(UserError):
                    change()
                self.assertEqual(self._rules(policy), before)

    def _rules(self, policy):
        self.env.invalidate_all()
        bands = [(band.segment_id.code, band.sequence, band.enter, band.leave) for band in policy.band_ids]
        return (
            policy.half_life_weeks,
            policy.payment_enter,
            policy.accept_change_share,
            policy.company_id,
            bands,
        )

    def test_policy_on_trial_keeps_its_rules(self):
        draft = self._draft()
        draft.state = "trial"
        self._assert_nothing_changes(draft)

    def test_approved_policy_keeps_its_rules(self):
        draft = self._draft()
        draft.write({"state": "approved", "effective_date": "2100-01-01"})
        self._assert_nothing_changes(draft)

    def test_active_policy_keeps_its_rules(self):
        self._assert_nothing_changes(self.policy)
        with self.assertUndone("Create a new version"):
            self.policy.half_life_weeks = 10

    def test_former_policy_keeps_its_rules(self):
        self._draft()._activate()
        self._assert_nothing_changes(self.policy)

    def test_draft_stays_in_its_company(self):
        draft = self._draft()
        with self.assertUndone("stays in its company"):
            draft.company_id = self.env.ref("base.main_company")

    def test_horizon_that_a_run_finds_reaches_the_active_policy(self):
        self.policy._fit_horizon(20)
        self.assertEqual((self.policy.horizon_weeks, self.policy.median_gap_days), (13, 20))

    def test_segment_in_use_is_not_deleted_and_the_message_says_where(self):
        customer = self._customer()
        segment = self._spare_segment()
        pin = {"partner_id": customer.id, "company_id": self.company.id, "reason": "x"}
        users = {
            "Pinned segment": lambda: self.env["retail.segment.pin"].create(
                {**pin, "segment_id": segment.id}
            ),
            "Relationship strategy": lambda: self.env["retail.strategy"].create(
                {"name": "x", "code": "x", "segment_id": segment.id, "company_id": self.company.id}
            ),
            "Customer profile": lambda: self._in_segment(customer, "spare"),
            "Segment thresholds": lambda: self._draft(
                band_ids=[
                    Command.create({"segment_id": segment.id, "enter": 60, "leave": 55, "sequence": 35})
                ]
            ),
            "Segment movement": lambda: self.env["retail.profile.change"]._log_pin(
                self._in_segment(customer, "key"), segment
            ),
        }
        for place, use in users.items():
            with self.subTest(place=place), self.cr.savepoint() as savepoint:
                use()
                with self.assertUndone(f"in use: .*{place}"):
                    segment.unlink()
                savepoint.rollback()
        segment.unlink()


@tagged("post_install", "-at_install")
class TestPolicyBadInput(PolicyCommon):
    """A clear error, and nothing changes."""

    def test_thresholds_out_of_order_are_refused(self):
        draft = self._draft()
        strategic = self._band(draft, "strategic")
        for enter, leave in ((90, 95), (90, 60), (120, 85)):
            with self.assertUndone("out of order"):
                draft.write({"band_ids": [Command.update(strategic.id, {"enter": enter, "leave": leave})]})
        strategic.leave = 60
        for use in (draft.action_start_trial, draft._activate):
            with self.assertUndone("out of order"):
                use()

    def test_policy_without_a_segment_for_everybody_is_refused(self):
        draft = self._draft()
        with self.assertUndone("every customer"):
            draft.write({"band_ids": [Command.delete(self._band(draft, "transactional").id)]})

    def test_risk_left_above_its_entry_is_refused(self):
        draft = self._draft()
        with self.assertUndone("within 0-1"):
            draft.write({"band_ids": [Command.update(self._band(draft, "risk").id, {"leave": 0.9})]})

    def test_numbers_out_of_range_are_refused(self):
        draft = self._draft()
        for field, values in {
            "half_life_weeks": (0, 0.9, -5, 1041),
            "horizon_weeks": (-1, 261),
            "risk_purchase_days": (0, -1),
            "payment_enter": (0.1, 1.1),
            "payment_overdue_amount": (-1,),
            "trial_months": (0, 11, 37),
            "accept_change_share": (-1, 101),
            "accept_flip_share": (-1, 101),
            "accept_moved_share": (-1, 101),
            "accept_gini_loss": (-0.1, 1.1),
        }.items():
            for value in values:
                with self.subTest(field=field, value=value), self.assertRaises(ValidationError):
                    draft[field] = value

    @mute_logger("odoo.sql_db")
    def test_database_itself_refuses_a_half_life_below_one_week(self):
        draft = self._draft()
        for value in ("0.5", "NaN", "Infinity"):
            with self.subTest(value=value), self.assertRaises(CheckViolation):
                self.env.cr.execute(
                    "UPDATE retail_policy SET half_life_weeks = %s WHERE id = %s", [value, draft.id]
                )

    def test_what_is_no_number_is_refused(self):
        draft = self._draft()
        band = self._band(draft, "key")
        for value in (math.nan, math.inf, -math.inf):
            for field in ("half_life_weeks", "payment_enter", "payment_overdue_amount", "accept_flip_share"):
                with self.subTest(field=field), self.assertUndone("enter a number"):
                    draft.write({field: value})
            for field in ("enter", "leave"):
                with self.subTest(field=field), self.assertUndone("enter a number"):
                    band.write({field: value})
                with self.subTest(field=field), self.assertUndone("enter a number"):
                    draft.write({"band_ids": [Command.update(band.id, {field: value})]})
        with self.assertUndone("enter a number"):
            self.env["retail.policy"].create({"name": "x", "half_life_weeks": math.nan})

    def test_somebody_who_is_no_approver_cannot_answer_for_a_policy(self):
        staff = self._user("policy_staff", "retail_crm.group_user")
        with self.assertUndone("no approver"):
            self._draft().business_owner_id = staff


@tagged("post_install", "-at_install")
class TestPolicyDifference(PolicyCommon):
    """What a version changes, in words."""

    def _said(self, draft):
        return [
            f"{row['label']}: {row['before']} -> {row['after']}. {row['meaning']}".strip()
            for row in draft._get_difference(self.policy)
        ]

    def test_new_version_changes_nothing(self):
        draft = self._draft()
        self.assertEqual(draft._get_difference(self.policy), [])
        self.assertIn("Same rules as the active policy", draft.difference)

    def test_active_policy_is_not_compared_with_itself(self):
        self.assertFalse(self.policy.difference)

    def test_numbers_are_compared_in_words(self):
        draft = self._draft(half_life_weeks=13, payment_enter=0.4, payment_overdue_amount=50)
        self.assertEqual(
            self._said(draft),
            [
                "Half-life of value: 26 weeks -> 13 weeks. Older purchases count less.",
                "Payment risk begins: at 30% unpaid -> at 40% unpaid. Late payers are noticed later.",
                "Overdue amount tolerated: $\xa00.00 -> $\xa050.00. Fewer customers are a payment risk.",
            ],
        )
        self.assertIn("26 weeks", draft.difference)

    def test_thresholds_are_compared_in_words(self):
        draft = self._draft()
        self._band(draft, "strategic").write({"enter": 95, "leave": 80})
        self._band(draft, "risk").enter = 0.6
        self.assertEqual(
            self._said(draft),
            [
                "Risk: comes in: when 50% likely to stay away -> when 60% likely to stay away. Alarms come later.",
                "Strategic: comes in: among the best 10% -> among the best 5%. Fewer customers come in.",
                "Strategic: stays: while among the best 15% -> while among the best 20%. Customers stay longer.",
            ],
        )

    def test_segments_that_come_and_go_and_their_order_are_told(self):
        segment = self.env["retail.segment"].create({"name": "Regular", "code": "regular"})
        draft = self._draft(
            band_ids=[
                Command.create({"segment_id": segment.id, "enter": 40, "leave": 35, "sequence": 35}),
            ]
        )
        self._band(draft, "key").unlink()
        self._band(draft, "risk").sequence = 99
        self.assertEqual(
            self._said(draft),
            [
                "Key: among the best 30% -> not used. Its customers move to other segments.",
                "Regular: not used -> among the best 60%. This segment is new.",
                "Order of the segments: Risk, Strategic, and Transactional -> Strategic, Transactional, and Risk. "
                "A customer belongs to the first one that fits.",
            ],
        )

    def test_horizon_that_is_taken_over_is_no_difference(self):
        self.policy.horizon_weeks = 26
        draft = self._draft()
        self.assertEqual(self._said(draft), [])
        draft.horizon_weeks = 13
        self.assertEqual(
            self._said(draft),
            [
                "Horizon of risk and forecast: 26 weeks -> 13 weeks. Risk and expected revenue look less far "
                "ahead."
            ],
        )


@tagged("post_install", "-at_install")
class TestPolicyRun(ScoringCase):
    def test_other_half_life_rebuilds_the_statistics(self):
        self._load([("one", AS_OF - datetime.timedelta(weeks=10), "1", 100, 1, None)])
        self._run()
        draft = self.policy.copy({"half_life_weeks": 10})
        draft._activate()
        run = self._run()
        self.assertTrue(run.is_full)
        self.assertEqual((run.policy_id, run.policy_version), (draft, 2))
        self.assertEqual(self._profiles()[self.partners["one"]].value, 50)
