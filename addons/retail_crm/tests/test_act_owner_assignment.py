import doctest
import random
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..owners import balance, working_time
from .test_act_owner import OwnersCommon


@tagged("post_install", "-at_install")
class TestActOwnerAssignment(OwnersCommon):
    """Customers are shared out among staff: by role, store and how full everybody is."""

    def _customers(self, number, segment="transactional", **values):
        customers = self._customer(f"{segment} 0")
        customers |= self.env["res.partner"].create(
            [{"name": f"{segment} {index}"} for index in range(1, number)]
        )
        for index, customer in enumerate(customers):
            self._in_segment(customer, segment, value=1000 - index, **values)
        return customers

    def _assignment(self, **values):
        return self.env["retail.owner.assignment"].with_user(self.max).create(values)

    def _assign(self, **values):
        assignment = self._assignment(**values)
        assignment.action_propose()
        assignment.action_apply()
        self.assertEqual(assignment.state, "done")
        self.env.invalidate_all()
        return assignment

    def _shares(self, customers):
        groups = customers._read_group([("id", "in", customers.ids)], ["retail_owner_id"], ["__count"])
        return dict(groups)

    def test_customers_are_shared_so_that_everybody_is_as_full_as_the_others(self):
        customers = self._customers(12)
        self._staff(self.ann, capacity=20)
        self._staff(self.ben, capacity=10)
        self._assign(scope="unowned")
        self.assertEqual(self._shares(customers), {self.ann: 8, self.ben: 4})

    def test_everybody_gets_some_of_the_most_valuable_customers(self):
        customers = self._customers(8)
        self._staff(self.ann)
        self._staff(self.ben)
        self._assign(scope="unowned")
        self.assertEqual(self._shares(customers[:4]), {self.ann: 2, self.ben: 2})

    def test_a_proposal_changes_nothing_and_says_who_gets_how_many(self):
        customers = self._customers(5)
        self._staff(self.ann)
        self._give(customers[0], self.ann)
        assignment = self._assignment(scope="unowned")
        assignment.action_propose()
        self.assertEqual(self._shares(customers), {self.ann: 1, self.env["res.users"]: 4})
        line = assignment.line_ids
        self.assertEqual((line.user_id, line.before, line.gained, line.after), (self.ann, 1, 4, 5))
        self.assertEqual((assignment.customer_count, assignment.change_count), (4, 4))

    def test_a_customer_goes_to_the_role_that_the_strategy_asks_for(self):
        strategic, small = self._customers(1, "strategic"), self._customers(1, "transactional")
        self._staff(self.ann, "vip_representative")
        self._staff(self.ben, "customer_service")
        self._assign()
        self.assertEqual((self._owner(strategic), self._owner(small)), (self.ann, self.ben))

    def test_customers_nobody_was_given_to_stay_with_their_salesperson_in_that_role(self):
        customers = self._customers(4)
        customers[2:].user_id, customers[:2].user_id = self.ann, self.max
        self._staff(self.ann)
        self._staff(self.ben)
        self._staff(self.max, "manager")
        self._assign(scope="unowned")
        self.assertEqual((customers[2:].retail_owner_id, customers[:2].retail_owner_id), (self.ann, self.ben))

    def test_a_customer_goes_to_the_store_of_most_purchases(self):
        north, south = self.env["retail.store"].create(
            [{"name": name, "code": name, "company_id": self.company.id} for name in ("North", "South")]
        )
        customer, elsewhere = self._customers(2)
        for days_ago in (30, 20):
            self._buys(customer, 10, days_ago=days_ago, store_id=south.id)
        self._buys(customer, 500, days_ago=1, store_id=north.id)
        self._staff(self.ann, store_ids=north.ids)
        self._staff(self.ben, store_ids=south.ids)
        self._staff(self.max)
        self._assign()
        self.assertEqual((self._owner(customer), self._owner(elsewhere)), (self.ben, self.max))

    def test_when_all_are_full_the_customers_of_least_value_stay_without_an_owner(self):
        customers = self._customers(5)
        self._staff(self.ann, capacity=3)
        assignment = self._assign(scope="unowned", keep_to_capacity=True)
        self.assertEqual(assignment.unplaced_count, 2)
        self.assertEqual(customers.filtered("retail_owner_id"), customers[:3])

    def test_without_anybody_of_the_role_nothing_happens(self):
        customers = self._customers(2, "strategic")
        self._staff(self.ann, "customer_service")
        assignment = self._assignment()
        assignment.action_propose()
        self.assertEqual((assignment.change_count, assignment.unplaced_count), (0, 2))
        self.assertFalse(customers.retail_owner_id)

    def test_evening_out_moves_no_more_customers_than_needed(self):
        customers = self._customers(10)
        self._give(customers, self.ann, how="assigned")
        self._staff(self.ann)
        self._staff(self.ben)
        assignment = self._assign(scope="even")
        self.assertEqual(self._shares(customers), {self.ann: 5, self.ben: 5})
        self.assertEqual(assignment.applied_count, 5)

    def test_customers_of_who_left_go_to_others(self):
        customers = self._customers(2)
        staff = self._staff(self.ann)
        self._give(customers, self.ann)
        staff.active = False
        self._staff(self.ben)
        self._assign(scope="misfit")
        self.assertEqual(self._shares(customers), {self.ben: 2})

    def test_an_owner_chosen_by_hand_stays(self):
        customer = self._customers(1, "strategic")
        self._staff(self.ann, "customer_service")
        self._staff(self.ben, "vip_representative")
        self._give(customer, self.ann)
        self._assign(scope="even")
        self.assertEqual(self._owner(customer), self.ann)

    def test_who_left_has_no_customers_any_more_even_if_chosen_by_hand(self):
        customer = self._customers(1)
        self._give(customer, self.ann)
        self._staff(self.ben)
        self.ann.active = False
        self._assign(scope="misfit")
        self.assertEqual(self._owner(customer), self.ben)

    def test_somebody_chosen_by_hand_need_not_be_on_the_list_of_staff(self):
        customer = self._customers(1)
        self._give(customer, self.max)
        self._staff(self.ben)
        self._assign(scope="even")
        self.assertEqual(self._owner(customer), self.max)

    def test_who_got_another_owner_meanwhile_keeps_it(self):
        customer = self._customers(1)
        self._staff(self.ann)
        assignment = self._assignment()
        assignment.action_propose()
        self._give(customer, self.max)
        assignment.action_apply()
        self.assertEqual(self._owner(customer), self.max)
        self.assertEqual((assignment.applied_count, assignment.skipped_count), (0, 1))

    def test_an_assignment_is_applied_once(self):
        self._customers(1)
        self._staff(self.ann)
        assignment = self._assign()
        with self.assertUndone("Start a new one"):
            assignment.action_apply()

    def test_a_large_one_is_done_in_the_background_and_goes_on_after_a_kill(self):
        customers = self._customers(6)
        self._staff(self.ann)
        self.patch(type(self.env["retail.owner.assignment"]), "_count_customers", lambda self: 10**6)
        module = "odoo.addons.retail_crm.models.retail_owner_assignment"
        self.startPatcher(patch(f"{module}.AT_ONCE", 2))
        self.startPatcher(patch(f"{module}.CHUNK", 4))
        assignment = self._assignment()
        assignment.action_propose()
        self.assertEqual(assignment.state, "requested")
        assignment.sudo()._go_on()
        self.assertEqual(assignment.state, "proposed")
        assignment.action_apply()
        # a process does one chunk and is killed
        assignment._apply_chunk()
        self.assertEqual((assignment.state, assignment.applied_count), ("applying", 4))
        assignment.sudo()._go_on()
        self.assertEqual((assignment.state, assignment.applied_count), ("done", 6))
        self.assertEqual(self._shares(customers), {self.ann: 6})

    def test_only_managers_assign(self):
        assignment = self._assignment()
        with self.assertRaises(AccessError):
            assignment.with_user(self.ann).action_propose()

    def test_new_customers_of_a_segment_get_an_owner_and_others_wait_for_an_assignment(self):
        new, known = self._customers(2, "key")
        self._staff(self.ben, "member_adviser")
        self._moves(new, None, "key")
        self.env["retail.owner"]._follow_segments(self.company, self.today)
        self.assertEqual((self._owner(new), self._owner(known)), (self.ben, self.env["res.users"]))

    def test_new_customers_of_a_segment_stay_with_their_salesperson(self):
        new = self._customers(3, "key")
        new.user_id = self.ben
        self._staff(self.ann, "member_adviser")
        self._staff(self.ben, "member_adviser", capacity=300)
        self._moves(new[0], None, "key")
        self.env["retail.owner"]._follow_segments(self.company, self.today)
        self.assertEqual(self._owner(new[0]), self.ben)

    def test_who_moves_up_gets_an_owner_of_the_higher_role_with_a_note(self):
        customer = self._customers(1, "strategic")
        self._staff(self.ann, "vip_representative")
        self._staff(self.ben, "member_adviser")
        self._give(customer, self.ben, how="assigned")
        self._moves(customer, "key", "strategic")
        self.env["retail.owner"]._follow_segments(self.company, self.today)
        self.env["retail.owner"]._follow_segments(self.company, self.today)
        rows = self.env["retail.owner"].search([("partner_id", "=", customer.id)])
        self.assertEqual(rows.user_id, self.ann | self.ben)
        self.assertEqual((rows[0].user_id, rows[0].role), (self.ann, "vip_representative"))
        self.assertIn("Came from Key to Strategic", rows[0].note)

    def test_who_stays_in_the_role_keeps_the_owner(self):
        customer = self._customers(1, "strategic")
        self._staff(self.ann, "vip_representative")
        self._staff(self.ben, "vip_representative")
        self._give(customer, self.ben, how="assigned")
        self._moves(customer, "key", "strategic")
        self.assertEqual(self.env["retail.owner"]._follow_segments(self.company, self.today), 0)

    def _moves(self, customer, source, target):
        self.env["retail.profile.change"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "day": self.today,
                "from_segment_id": source and self._segment(source).id,
                "to_segment_id": self._segment(target).id,
                "cause": "run",
            }
        )


@tagged("post_install", "-at_install")
class TestActOwnerCover(OwnersCommon):
    """What is to be done goes along with the customers, and to the deputy while the owner is away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env["retail.run"]._today(cls.company)
        cls.customer = cls._customer("Carla")
        cls.staff = cls._staff(cls.ann, deputy_id=cls.ben.id)

    def _action(self, user=None):
        values = {"partner_id": self.customer.id, "name": "Call", "user_id": (user or self.ann).id}
        return self.env["retail.action"].create(values)

    def _away(self, is_away=True):
        self.staff.absent_from = is_away and self.today
        self._cover()

    def _cover(self):
        self.env["retail.action"]._let_deputies_stand_in(self.company, self.today)

    def assertDoneBy(self, action, owner, doer):
        self.assertEqual((action.user_id, action.activity_id.user_id), (owner, doer))

    def test_open_actions_go_to_the_deputy_during_an_absence_and_come_back(self):
        action = self._action()
        self.assertDoneBy(action, self.ann, self.ann)
        self._away()
        self.assertDoneBy(action, self.ann, self.ben)
        self.assertEqual(action.deputy_id, self.ben)
        self._away(False)
        self.assertDoneBy(action, self.ann, self.ann)

    def test_what_comes_up_during_an_absence_is_the_deputys_at_once(self):
        self._away()
        self.assertDoneBy(self._action(), self.ann, self.ben)

    def test_what_the_deputy_has_begun_stays_there(self):
        begun, untouched = self._action(), self._action()
        self._away()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE retail_action SET covering_since = covering_since - interval '1 minute'"
            " WHERE covering_id IS NOT NULL"
        )
        self.env.invalidate_all()
        begun.with_user(self.ben).note = "Called, will call again"
        self._away(False)
        self.assertDoneBy(begun, self.ann, self.ben)
        self.assertDoneBy(untouched, self.ann, self.ann)

    def test_when_the_deputy_leaves_too_the_next_one_stands_in(self):
        self._staff(self.ben, deputy_id=self.max.id, absent_from=self.today)
        action = self._action()
        self._away()
        self.assertDoneBy(action, self.ann, self.max)

    def test_open_actions_follow_the_customer_to_a_new_owner(self):
        self._give(self.customer, self.ann)
        action, asked = self._action(), self._action(self.max)
        self._give(self.customer, self.ben)
        self.assertDoneBy(action, self.ben, self.ben)
        self.assertDoneBy(asked, self.max, self.max)

    def test_done_actions_stay_with_who_did_them(self):
        self._give(self.customer, self.ann)
        action = self._action()
        action.activity_id.action_feedback("Done")
        self._give(self.customer, self.ben)
        self.assertEqual((action.state, action.user_id), ("done", self.ann))

    def test_giving_an_action_to_somebody_else_ends_the_deputys_part(self):
        action = self._action()
        self._away()
        action.user_id = self.max
        self.assertDoneBy(action, self.max, self.max)
        self._cover()
        self.assertDoneBy(action, self.max, self.max)

    def test_actions_of_an_absent_owner_are_made_for_owner_and_deputy(self):
        self._in_segment(self.customer, "strategic", value=10)
        self._give(self.customer, self.ann)
        self.staff.absent_from = self.today
        self.env["retail.profile.change"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "day": self.today,
                "from_segment_id": self._segment("key").id,
                "to_segment_id": self._segment("strategic").id,
                "cause": "run",
            }
        )
        self.env["retail.action.job"]._act(self.company, self.today)
        actions = self.env["retail.action"].search([("partner_id", "=", self.customer.id)])
        self.assertTrue(actions)
        for action in actions:
            self.assertDoneBy(action, self.ann, self.ben)

    def test_merged_customers_have_one_owner(self):
        other = self._customer("Carla again")
        self._give(self.customer, self.ann)
        self._give(other, self.ben)
        action = self.env["retail.action"].create(
            {"partner_id": other.id, "name": "Call", "user_id": self.ben.id}
        )
        self.env["base.partner.merge.automatic.wizard"]._merge((other | self.customer).ids, self.customer)
        self.env.invalidate_all()
        current = self.env["retail.owner"].search(
            [("partner_id", "=", self.customer.id), ("until", "=", False)]
        )
        self.assertEqual(current.user_id, self.ann)
        self.assertEqual(action.partner_id, self.customer)
        self.assertDoneBy(action, self.ann, self.ann)


@tagged("post_install", "-at_install")
class TestActOwnerEngines(OwnersCommon):
    """Plain Python: fair shares and working hours."""

    def test_examples(self):
        for module in (balance, working_time):
            self.assertFalse(doctest.testmod(module).failed)

    def test_no_single_customer_could_be_placed_more_fairly(self):
        chance = random.Random(5)
        for _case in range(30):
            people = {
                key: balance.Person(chance.choice([20, 50, 100]), chance.randint(0, 60)) for key in range(8)
            }
            groups = {
                key: balance.Group(chance.randint(0, 80), chance.sample(range(8), chance.randint(1, 5)))
                for key in range(10)
            }
            shares = balance.share_out(people, groups)
            loads = {
                key: person.load + sum(share.get(key, 0) for share in shares.values())
                for key, person in people.items()
            }
            for key, group in groups.items():
                self.assertEqual(sum(shares[key].values()), group.count)
                for source, number in shares[key].items():
                    for target in group.candidates if number else ():
                        gain = (2 * loads[source] - 1) / people[source].capacity
                        cost = (2 * loads[target] + 1) / people[target].capacity
                        # whole customers: less than what one of them weighs
                        self.assertLess(
                            gain - cost, 2 / min(people[source].capacity, people[target].capacity)
                        )

    def test_nobody_gets_more_than_there_is_time_for(self):
        people = {"Ann": balance.Person(10, 4), "Ben": balance.Person(3, 5)}
        shares = balance.share_out(people, {1: balance.Group(20, ["Ann", "Ben"])}, keep_to_capacity=True)
        self.assertEqual(shares, {1: {"Ann": 6, "Ben": 0}})
