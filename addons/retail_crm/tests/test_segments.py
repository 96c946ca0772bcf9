import datetime

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from .test_scoring import AS_OF, ScoringCase


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
