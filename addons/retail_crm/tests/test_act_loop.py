from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RetailCommon


@tagged("post_install", "-at_install")
class TestActLoop(RetailCommon):
    """Actions made by hand, and what a person may change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._user("loop_clerk", "retail_crm.group_user")
        cls.anna = cls._customer("Anna")
        cls._in_segment(cls.anna, "key", value=120)

    def _as_clerk(self, record):
        return record.with_user(self.clerk)

    def test_an_action_by_hand_keeps_who_the_customer_is_now(self):
        action = self._as_clerk(self.env["retail.action"]).create(
            {"partner_id": self.anna.id, "name": "Call about tea", "state": "done", "revenue": 5}
        )

        self.assertEqual((action.state, action.revenue, action.event), ("open", 0, "manual"))
        self.assertEqual(action.strategy_id, self._strategy("key"))
        self.assertEqual(action.terms["contact_days"], 30)
        self.assertEqual(action.value_at_stake, 120)

    def test_a_new_company_has_the_rules_of_the_standard_strategies(self):
        standard = self.env.ref("retail_crm.strategy_alliance").action_rule_ids
        own = self._strategy("strategic").action_rule_ids

        self.assertTrue(own)
        self.assertEqual(set(own.mapped("event")), set(standard.mapped("event")))
        self.assertFalse(own & standard)

    def test_what_decided_is_never_edited(self):
        action = self.env["retail.action"].create({"partner_id": self.anna.id, "name": "Call"})

        with self.assertRaisesRegex(UserError, "Log the outcome"):
            self._as_clerk(action).write({"state": "done"})
        self._as_clerk(action).write({"user_id": self.clerk.id})
        self.assertEqual(action.user_id, self.clerk)
