from datetime import datetime, time, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_act_owner import OwnersCommon


@tagged("post_install", "-at_install")
class TestActOwnerHandover(OwnersCommon):
    """Customers go from one person to another, with what that one should know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env["retail.run"]._today(cls.company)
        cls.carla, cls.dirk = cls._customer("Carla"), cls._customer("Dirk")
        cls.env["retail.owner"]._give(cls.carla | cls.dirk, cls.ann, cls.company, how="assigned")

    def _handover(self, author, **values):
        defaults = {"to_id": self.ben.id, "note": "Likes tea"}
        return self.env["retail.handover"].with_user(author).create({**defaults, **values})

    def _hands_over(self, author, **values):
        handover = self._handover(author, **values)
        handover.action_hand_over()
        return handover

    def test_staff_hand_over_a_customer_with_a_note(self):
        handover = self._hands_over(self.ann, partner_ids=self.carla.ids)
        self.assertEqual((self._owner(self.carla), self._owner(self.dirk)), (self.ben, self.ann))
        row = self.env["retail.owner"].search([("partner_id", "=", self.carla.id)], limit=1)
        self.assertEqual((row.how, row.note), ("handed_over", "Likes tea"))
        self.assertEqual((handover.state, handover.customer_count), ("done", 1))
        self.assertIn("Handed over to Ben: Likes tea", self.carla.message_ids[0].preview)

    def test_the_colleague_is_told(self):
        self._hands_over(self.ann, partner_ids=self.carla.ids)
        told = self.env["mail.notification"].search([("res_partner_id", "=", self.ben.partner_id.id)])
        self.assertIn("Ann handed over 1 customers", told.mail_message_id.body)

    def test_staff_hand_over_nobody_elses_customer(self):
        handover = self._handover(self.ben, partner_ids=self.carla.ids, to_id=self.max.id)
        with self.assertRaisesRegex(AccessError, "Carla: somebody else's"):
            handover.action_hand_over()
        handover = self._handover(self.ben, from_id=self.ann.id, to_id=self.max.id)
        with self.assertRaisesRegex(AccessError, "Ask a manager"):
            handover.action_hand_over()
        self.assertEqual(self._owner(self.carla), self.ann)

    def test_a_manager_hands_over_all_customers_of_a_person(self):
        handover = self._hands_over(self.max, from_id=self.ann.id)
        self.assertEqual((self._owner(self.carla), self._owner(self.dirk)), (self.ben, self.ben))
        self.assertEqual(handover.customer_count, 2)

    def test_a_planned_hand_over_happens_on_its_day(self):
        handover = self._hands_over(
            self.ann, partner_ids=(self.carla | self.dirk).ids, day=self.today + timedelta(days=3)
        )
        self.assertEqual((handover.state, self._owner(self.carla)), ("planned", self.ann))
        # meanwhile a manager gives one of them to somebody else
        self.env["retail.owner"]._give(self.dirk, self.max, self.company)
        handover.sudo()._hand_over_planned()
        self.assertEqual((self._owner(self.carla), self._owner(self.dirk)), (self.ben, self.max))
        self.assertEqual(handover.state, "done")

    def test_a_planned_hand_over_of_nobody_is_not_one_of_everybody(self):
        handover = self._hands_over(
            self.ann,
            partner_ids=self.carla.ids,
            from_id=self.ann.id,
            day=self.today + timedelta(days=3),
        )
        self.env["retail.owner"]._give(self.carla, self.max, self.company)
        handover.sudo()._hand_over_planned()

        self.assertEqual(handover.state, "withdrawn")
        self.assertEqual((self._owner(self.carla), self._owner(self.dirk)), (self.max, self.ann))

    def test_a_planned_hand_over_is_looked_at_when_its_day_begins_in_the_shops(self):
        self.company.retail_tz = "America/New_York"
        day = self.today + timedelta(days=3)
        cron = self.env.ref("retail_crm.ir_cron_retail_handover")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self._hands_over(self.ann, partner_ids=self.carla.ids, day=day)

        added = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - triggers
        self.assertGreaterEqual(added.call_at, datetime.combine(day, time(4)))

    def test_a_planned_hand_over_to_who_has_left_is_withdrawn_with_the_reason(self):
        handover = self._hands_over(self.ann, partner_ids=self.carla.ids, day=self.today + timedelta(days=3))
        self.ben.active = False
        handover.sudo()._hand_over_planned()
        self.assertEqual((handover.state, self._owner(self.carla)), ("withdrawn", self.ann))
        self.assertIn("Choose a colleague", handover.note)

    def test_only_author_and_manager_call_off_what_is_planned(self):
        handover = self._hands_over(self.ann, partner_ids=self.carla.ids, day=self.today + timedelta(days=3))
        with self.assertRaises(AccessError):
            handover.with_user(self.ben).action_withdraw()
        handover.with_user(self.ann).action_withdraw()
        self.assertEqual(handover.state, "withdrawn")

    def test_nobody_hands_over_with_the_saved_words_of_somebody_else(self):
        handover = self._handover(self.max, from_id=self.ann.id)
        with self.assertUndone("start a new hand-over"):
            handover.with_user(self.ben).action_hand_over()
        forged = self._handover(self.ben, partner_ids=self.carla.ids, user_id=self.ann.id, state="planned")
        self.assertEqual((forged.user_id, forged.state), (self.ben, "draft"))

    def test_who_is_to_stay_with_a_person_is_left_alone_by_assignments(self):
        self._in_segment(self.carla, "strategic")
        self._staff(self.ben, "customer_service")
        self._staff(self.ann, "vip_representative")
        self._hands_over(self.max, partner_ids=self.carla.ids, is_kept=True)
        assignment = self.env["retail.owner.assignment"].with_user(self.max).create({"scope": "even"})
        assignment.action_propose()
        self.assertFalse(assignment.change_ids)

    def test_profiles_are_found_sorted_and_grouped_by_owner(self):
        mine, nobodys = self._in_segment(self.carla, "key"), self._in_segment(self._customer("Eva"), "key")
        Profile = self.env["retail.profile"].with_user(self.ann)
        both = [("id", "in", (mine | nobodys).ids)]
        self.assertEqual(Profile.search([*both, ("user_id", "=", self.ann.id)]).ids, mine.ids)
        self.assertEqual(Profile.search([*both, ("user_id", "=", False)]).ids, nobodys.ids)
        self.assertEqual(Profile.search([*both, ("user_id", "!=", self.ann.id)]).ids, nobodys.ids)
        groups = Profile._read_group(both, ["user_id"], ["__count"])
        self.assertEqual({user.id: count for user, count in groups}, {self.ann.id: 1, False: 1})
        self.assertEqual(Profile.browse(mine.id).user_id, self.ann)
