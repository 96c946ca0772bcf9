import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
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
        draft._activate()
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
            draft._activate()

    def test_policy_without_a_segment_for_everybody_is_refused(self):
        draft = self._draft()
        last = draft.band_ids.filtered(lambda band: band.segment_id.code == "transactional")
        with self.assertRaisesRegex(ValidationError, "every customer"):
            draft.write({"band_ids": [(2, last.id)]})

    @mute_logger("odoo.sql_db")
    def test_half_life_of_zero_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "between 1 and 1040"):
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
        draft._activate()
        run = self._run()
        self.assertTrue(run.is_full)
        self.assertEqual((run.policy_id, run.policy_version), (draft, 2))
        self.assertEqual(self._profiles()[self.partners["one"]].value, 50)
