from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .act_day_common import ActDayCommon

MONDAY = date(2035, 1, 1)


@tagged("post_install", "-at_install")
class TestActBatch(ActDayCommon):
    """A manager plans actions for many customers, spread over days and people."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env["res.partner"].create([{"name": f"Customer {i}"} for i in range(7)])
        for number, customer in enumerate(cls.customers):
            cls._in_key(customer, value=100 * number)

    def _batch(self, customers=None, **values):
        batches = self.env["retail.action.batch"].with_user(self.manager)
        batch = batches.browse(batches._open(customers or self.customers)["res_id"])
        batch.write({"name": "Invite to the tasting", "start_on": MONDAY, "per_day": 2, **values})
        return batch

    def _people(self, *users):
        return {"user_ids": [Command.set([user.id for user in users])]}

    def _planned(self):
        return self.env["retail.action"].search([("name", "=", "Invite to the tasting")])

    def test_nobody_gets_more_than_so_many_a_day(self):
        batch = self._batch(**self._people(self.dora, self.emil))

        told = batch.plan
        batch.action_create()

        # seven customers in turn: four for Dora, three for Emil, two a day each
        self.assertEqual(told["days"], ["2035-01-01", "2035-01-02"])
        counts = {person["name"]: person["counts"] for person in told["people"]}
        self.assertEqual(counts, {"Dora": [2, 2], "Emil": [2, 1]})
        groups = self.env["retail.action"]._read_group(
            [("id", "in", self._planned().ids)], ["user_id", "due_on:day"], ["__count"]
        )
        self.assertEqual(
            {(user.name, day.day): count for user, day, count in groups},
            {("Dora", 1): 2, ("Dora", 2): 2, ("Emil", 1): 2, ("Emil", 2): 1},
        )

    def test_most_value_comes_first(self):
        self._batch(per_day=1, **self._people(self.dora)).action_create()

        self.assertEqual(
            self._planned().sorted("due_on").mapped("partner_id.name"),
            [f"Customer {i}" for i in range(6, -1, -1)],
        )

    def test_weekends_absences_and_full_days_are_left_out(self):
        friday = MONDAY + timedelta(days=4)
        self._action(name="due already", due_on=friday, user_id=self.dora.id)
        self.env["retail.staff"].create(
            {
                "user_id": self.dora.id,
                "company_id": self.company.id,
                "absent_from": MONDAY + timedelta(days=7),
                "absent_until": MONDAY + timedelta(days=8),
            }
        )

        batch = self._batch(start_on=friday, **self._people(self.dora))

        # one on Friday beside the other, none at the weekend, none while she is away
        days = [date(2035, 1, 5), date(2035, 1, 10), date(2035, 1, 11), date(2035, 1, 12)]
        self.assertEqual(batch.plan["days"], [str(day) for day in days])
        self.assertEqual(batch.plan["people"][0]["counts"], [1, 2, 2, 2])
        batch.is_every_day = True
        self.assertEqual(batch.plan["days"][1], "2035-01-06")

    def test_each_customer_stays_with_who_looks_after_her(self):
        first, second, *others = self.customers
        self.env["retail.owner"]._give(first, self.emil, self.company)
        second.user_id = self.dora

        self._batch().action_create()

        owners = {action.partner_id: action.user_id for action in self._planned()}
        self.assertEqual((owners[first], owners[second]), (self.emil, self.dora))
        self.assertFalse(any(owners[other] for other in others))

    def test_customers_of_a_salesperson_who_left_get_actions_without_an_owner(self):
        gone = self._user("batch_gone", "retail_crm.group_user")
        self.customers.user_id = gone
        gone.active = False

        self._batch().action_create()

        self.assertEqual(len(self._planned()), 7)
        self.assertFalse(self._planned().user_id)

    def test_a_very_large_number_a_day_is_no_burden(self):
        batch = self._batch(per_day=2_000_000_000, **self._people(self.dora))
        self.assertEqual(batch.plan["people"][0]["counts"], [7])

    def test_who_is_busy_or_left_alone_is_left_out(self):
        self._plan("Call", customer=self.customers[0])
        strategy = self._strategy("key")
        strategy.holdout_share = 10
        self.env["retail.holdout"].create(
            {
                "company_id": self.company.id,
                "strategy_id": strategy.id,
                "partner_id": self.customers[1].id,
                "is_held_out": True,
            }
        )

        batch = self._batch(**self._people(self.dora))

        self.assertEqual(batch.plan["left_out"], {"busy": 1, "held_out": 1})
        self.assertEqual(batch.plan["count"], 5)
        batch.action_create()
        self.assertFalse(self._planned().partner_id & self.customers[:2])

    def test_nothing_is_planned_twice(self):
        batch = self._batch(**self._people(self.dora))
        batch.action_create()

        with self.assertUndone("planned already"):
            batch.action_create()
        with self.assertUndone("nothing to plan"):
            self._batch(**self._people(self.dora)).action_create()
        self.assertEqual(len(self._planned()), 7)

    def test_bad_input_plans_nothing(self):
        stranger = self._user("batch_stranger", "base.group_user")
        for values, words in (
            ({"name": " "}, "Say what"),
            ({"per_day": 0}, "At least one"),
            ({"start_on": date(2020, 1, 1)}, "past"),
            (self._people(stranger), "Choose a colleague"),
        ):
            with self.assertUndone(words):
                self._batch(**values).action_create()
        with self.assertUndone("Choose the customers"):
            self.env["retail.action.batch"].with_user(self.manager)._open(self.env["res.partner"])
        self.assertFalse(self._planned())

    def test_staff_plan_nothing_for_many(self):
        with self.assertRaises(AccessError):
            self.env["retail.action.batch"].with_user(self.dora)._open(self.customers)

    def test_what_somebody_plans_is_theirs_until_it_is_done(self):
        batch = self._batch()
        with self.assertRaises(AccessError):
            batch.with_user(self._user("batch_other", "retail_crm.group_manager")).read(["plan"])

    def test_actions_are_dealt_out_to_colleagues(self):
        actions = self.env["retail.action"]
        for number in range(3):
            actions |= self._plan(f"Call {number}", number)
        handovers = self.env["retail.action.handover"].with_user(self.dora)
        form = Form(handovers.with_context(active_ids=actions.ids))
        form.user_ids.add(self.emil)
        form.user_ids.add(self.manager)
        form.note = "I am on holiday"

        form.save().action_hand_over()

        self.assertEqual(self._names(self.emil), ["Call 0", "Call 2"])
        self.assertEqual(self._names(self.manager), ["Call 1"])
        self.assertIn("I am on holiday", actions[0].note)
