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


@tagged("post_install", "-at_install")
class TestActLoopEvents(RetailCommon):
    """Events become actions, once each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._customer("Anna")
        cls.profile = cls._in_segment(
            cls.anna,
            "key",
            value=120,
            first_purchase_date=cls._day(days_ago=400),
            last_purchase_date=cls._day(days_ago=3),
        )

    def _create_due(self, days_later=0):
        return self.env["retail.action"]._create_due(self.company, self._day(days_ago=-days_later))

    def _actions(self, customer=None, **values):
        domain = [("partner_id", "=", (customer or self.anna).id)]
        return self.env["retail.action"].search(domain + [(name, "=", value) for name, value in values.items()])

    def _moves(self, customer, before, after, days_ago=0):
        """The customer's movement from the segment ``before`` to ``after``, with the profile standing there."""
        profile = self._profile(customer)
        profile.sudo().write({"segment_id": self._segment(after).id, "strategy_id": self._strategy(after).id})
        return self.env["retail.profile.change"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "day": self._day(days_ago=days_ago),
                "from_segment_id": before and self._segment(before).id,
                "to_segment_id": self._segment(after).id,
                "cause": "run",
            }
        )

    def test_creating_twice_changes_nothing(self):
        self._moves(self.anna, "transactional", "key")

        self.assertEqual(self._create_due(), 1)
        self.assertEqual(self._create_due(), 0)
        self.assertEqual(self._create_due(days_later=1), 0)
        action = self._actions()
        self.assertEqual((action.event, action.state), ("entered", "open"))
        self.assertEqual(action.due_on, self._day(days_ago=-5))
        self.assertEqual(action.terms["points_multiplier"], 1.5)
        self.assertEqual(action.policy_id, self.env["retail.policy"]._get_active(self.company))

    def test_a_movement_is_one_event_of_the_strategy_it_concerns(self):
        expected = {
            ("transactional", "strategic"): ("entered", "strategic"),
            ("strategic", "key"): ("left", "strategic"),
            ("key", "risk"): ("entered", "risk"),
            ("risk", "key"): ("left", "risk"),
        }
        for (before, after), (event, owner) in expected.items():
            with self.subTest(before=before, after=after):
                customer = self._customer(f"{before} {after}")
                self._in_segment(customer, after, first_purchase_date=self._day(days_ago=400))
                self._moves(customer, before, after)
                self._create_due()
                action = self._actions(customer)
                self.assertEqual((action.event, action.strategy_id), (event, self._strategy(owner)))

    def test_taking_stock_is_no_event(self):
        self._moves(self.anna, None, "key")

        self.assertEqual(self._create_due(), 0)

    def test_a_newcomer_is_one(self):
        self.profile.sudo().first_purchase_date = self._day(days_ago=2)
        self._moves(self.anna, None, "key")

        self.assertEqual(self._create_due(), 1)
