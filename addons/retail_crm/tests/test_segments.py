import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .test_scoring import AS_OF, ScoringCase


@tagged("post_install", "-at_install")
class TestPolicy(ScoringCase):
    def _draft(self):
        action = self.policy.action_new_version()
        return self.env["retail.policy"].browse(action["res_id"])

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

    def test_active_policy_cannot_be_changed(self):
        with self.assertRaisesRegex(UserError, "Create a new version"):
            self.policy.half_life_weeks = 10
        with self.assertRaisesRegex(UserError, "Create a new version"):
            self.policy.band_ids[0].enter = 0.1
        with self.assertRaisesRegex(UserError, "Create a new version"):
            self.policy.band_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "Create a new version"):
            self.policy.unlink()

    def test_new_version_takes_over_and_the_old_one_retires(self):
        draft = self._draft()
        self.assertEqual((draft.version, draft.state), (2, "draft"))
        draft.action_activate()
        self.assertEqual((self.policy.state, draft.state), ("retired", "active"))
        self.assertEqual(self.env["retail.policy"]._get_active(self.company), draft)

    def test_thresholds_out_of_order_are_refused(self):
        draft = self._draft()
        strategic = draft.band_ids.filtered(lambda band: band.segment_id.code == "strategic")
        for enter, leave in ((90, 95), (90, 60), (120, 85)):
            with self.assertRaisesRegex(ValidationError, "out of order"), self.env.cr.savepoint():
                draft.write({"band_ids": [(1, strategic.id, {"enter": enter, "leave": leave})]})
        strategic.leave = 60
        with self.assertRaisesRegex(ValidationError, "out of order"):
            draft.action_activate()

    def test_policy_without_a_segment_for_everybody_is_refused(self):
        draft = self._draft()
        last = draft.band_ids.filtered(lambda band: band.segment_id.code == "transactional")
        with self.assertRaisesRegex(ValidationError, "every customer"):
            draft.write({"band_ids": [(2, last.id)]})

    @mute_logger("odoo.sql_db")
    def test_half_life_of_zero_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "longer than 0 weeks"):
            self._draft().half_life_weeks = 0

    def test_risk_left_above_its_entry_is_refused(self):
        draft = self._draft()
        risk = draft.band_ids.filtered(lambda band: band.kind == "risk")
        with self.assertRaisesRegex(ValidationError, "within 0-1"):
            draft.write({"band_ids": [(1, risk.id, {"leave": 0.9})]})

    def test_segment_in_use_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Archive the segment"):
            self.env.ref("retail_crm.segment_key").unlink()

    def test_other_half_life_rebuilds_the_statistics(self):
        self._load([("one", AS_OF - datetime.timedelta(weeks=10), "1", 100, 1, None)])
        self._run()
        draft = self._draft()
        draft.half_life_weeks = 10
        draft.action_activate()
        run = self._run()
        self.assertTrue(run.is_full)
        self.assertEqual((run.policy_id, run.policy_version), (draft, 2))
        self.assertEqual(self._profiles()[self.partners["one"]].value, 50)


@tagged("post_install", "-at_install")
class TestPin(ScoringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(AS_OF))
        cls.manager = new_test_user(
            cls.env,
            "pin_manager",
            groups="retail_crm.group_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        self._load([("anna", AS_OF - datetime.timedelta(days=3), "1", 100, 1, None)])
        self._run()
        self.profile = self._profiles()[self.partners["anna"]]

    def _pin(self, **values):
        return (
            self.env["retail.segment.pin"]
            .with_user(self.manager)
            .create(
                {
                    "partner_id": self.partners["anna"],
                    "segment_id": self.env.ref("retail_crm.segment_strategic").id,
                    "reason": "Buys for a hotel chain",
                    **values,
                }
            )
        )

    def test_pin_takes_effect_at_once_and_survives_runs(self):
        self._pin()
        for _attempt in range(2):
            self.profile.invalidate_recordset()
            self.assertEqual(self.profile.segment_id.code, "strategic")
            self.assertEqual(self.profile.pinned_segment_id.code, "strategic")
            self.assertEqual(self.profile.computed_segment_id.code, "transactional")
            self.assertEqual(self.profile.strategy_id.code, "alliance")
            self._run()

    def test_pin_is_logged_as_movement_with_author(self):
        self._pin()
        change = self.env["retail.profile.change"].search(
            [("partner_id", "=", self.partners["anna"])], limit=1
        )
        self.assertEqual((change.cause, change.user_id), ("pin", self.manager))
        self.assertEqual(
            (change.from_segment_id.code, change.to_segment_id.code), ("transactional", "strategic")
        )

    def test_archived_pin_gives_way_to_the_computed_segment(self):
        self._pin().active = False
        self.assertEqual(self.profile.segment_id.code, "transactional")
        self.assertEqual(self.profile.strategy_id.code, "transactional")

    def test_pin_ends_after_its_last_day(self):
        self._pin(date_end=AS_OF + datetime.timedelta(days=1))
        self._run(AS_OF + datetime.timedelta(days=1))
        self.assertEqual(self.profile.segment_id.code, "strategic")
        self._run(AS_OF + datetime.timedelta(days=2))
        self.profile.invalidate_recordset()
        self.assertEqual(self.profile.segment_id.code, "transactional")
        self.assertFalse(self.profile.pinned_segment_id)

    def test_author_cannot_be_forged_and_past_expiry_is_refused(self):
        self.assertEqual(self._pin(user_id=self.env.ref("base.user_root").id).user_id, self.manager)
        with self.assertRaisesRegex(ValidationError, "already be over"):
            self.env["retail.segment.pin"].search([], limit=1).date_end = AS_OF - datetime.timedelta(days=1)
