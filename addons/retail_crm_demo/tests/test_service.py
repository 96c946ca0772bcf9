from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import SEGMENTS, StoryCase


@tagged("post_install", "-at_install")
class TestService(StoryCase):
    """What docs/demo.md says of actions, owners, promises, terms and stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the day on which the story was told, also when the database is older
        cls.today = cls._ref("handover_emma_clarke").day

    def _actions(self, customer, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["retail.action"].search([("partner_id", "=", self._ref(customer).id), *domain])

    def _owner(self, customer):
        return self._ref(customer).retail_owner_id

    # ------------------------------------------------------------------ who looks after whom

    def test_everybody_of_the_story_has_an_owner(self):
        owners = {name: self._owner(name) for name in SEGMENTS}
        self.assertEqual(owners.pop("golden_gate_hotels"), self._ref("user_manager"))
        self.assertEqual(owners.pop("jade_garden"), self._ref("user_manager_zh"))
        for name in ("nora_lindqvist", "liu_yang"):
            self.assertEqual(owners.pop(name), self._ref("user_harbour"), name)
        self.assertEqual(set(owners.values()), {self._ref("user_staff")})

    def test_emma_was_handed_over_with_a_note_and_stays(self):
        rows = self.env["retail.owner"].search([("partner_id", "=", self._ref("emma_clarke").id)])
        self.assertEqual(rows.mapped("user_id"), self._ref("user_staff") | self._ref("user_harbour"))
        self.assertIn("lost its colour", rows[0].note)
        self.assertEqual((rows[0].how, rows[0].until, rows[1].until), ("manual", False, self.today))

    def test_daniel_stands_in_for_jonas(self):
        jonas, daniel = self._ref("user_harbour"), self._ref("user_staff")
        present = self.env["retail.staff"]._get_present(jonas, self.today, self.company)
        self.assertEqual(present, daniel)
        action = self._actions("nora_lindqvist", event="promise_broken")
        self.assertEqual((action.user_id, action.covering_id), (jonas, daniel))
        self.assertEqual(action.activity_id.user_id, daniel)

    # ------------------------------------------------------------------ actions

    def test_robert_is_to_be_called_today_because_he_was_not_reached(self):
        again = self._ref("action_robert_haines")
        self.assertEqual((again.state, again.kind, again.due_on), ("open", "call", self.today))
        self.assertEqual(again.previous_id.outcome_id.code, "no_answer")
        self.assertEqual(again.previous_id.event, "entered")

    def test_blue_heron_was_put_off_and_is_overdue(self):
        action = self._ref("action_blue_heron_catering")
        self.assertEqual((action.event, action.state), ("entered", "open"))
        self.assertEqual(action.due_on, self.today - timedelta(days=3))

    def test_who_came_into_key_today_is_to_be_thanked(self):
        for customer, person in (("wang_meiling", "staff"), ("jade_garden", "manager_zh")):
            action = self._actions(customer, event="entered", state="open")
            self.assertEqual((action.user_id, action.kind), (self._ref(f"user_{person}"), "mail"), customer)

    def test_my_day_of_the_staff_shows_them_and_what_jonas_cannot_do(self):
        day = self.env["retail.my.day"].with_user(self._ref("user_staff")).get_data(limit=400)
        customers = {card["customer"]["id"] for card in day["cards"]}
        for name in ("blue_heron_catering", "robert_haines", "wang_meiling", "nora_lindqvist"):
            self.assertIn(self._ref(name).id, customers, name)
        self.assertNotIn(self._ref("golden_gate_hotels").id, customers)

    def test_what_came_of_the_calls_is_known(self):
        shirts = self._actions("golden_gate_hotels", event="contact_overdue", state="done")
        self.assertEqual(shirts.outcome_id.mapped("code"), ["bought"])
        self.assertTrue(all(shirts.mapped("closed_on")))
        self.assertEqual(sorted(shirts.mapped("revenue")), [784, 1146])

    def test_figures_of_the_loop_are_not_empty(self):
        data = self.env["retail.effect.page"].with_user(self._ref("user_manager")).get_data()
        people = {person["id"]: person for person in data["loop"]["people"]}
        self.assertGreaterEqual(people[self._ref("user_manager").id]["successes"], 3)
        self.assertGreaterEqual(people[self._ref("user_staff").id]["done"], 5)
        verdicts = {strategy["effect"]["verdict"] for strategy in data["strategies"]}
        self.assertEqual(verdicts, {"unknown"})

    # ------------------------------------------------------------------ promises and questions

    def test_promises_are_kept_open_and_broken(self):
        states = {
            name: self._ref(f"promise_{name}").state
            for name in ("sofia_martins", "emma_clarke", "nora_lindqvist")
        }
        self.assertEqual(states, {"sofia_martins": "kept", "emma_clarke": "open", "nora_lindqvist": "broken"})
        self.assertEqual(self._ref("promise_emma_clarke").due_on, self.today + timedelta(days=1))

    def test_the_delivery_date_of_the_hotel_is_a_promise(self):
        promise = self.env["retail.promise"].search([("order_id", "=", self._ref("order_alliance").id)])
        self.assertEqual((promise.kind, promise.source, promise.state), ("date", "order", "open"))

    def test_one_question_was_answered_in_time_and_one_went_up(self):
        leads = self._ref("lead_new_wing") | self._ref("lead_styling")
        questions = self.env["retail.question"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "in", leads.ids)], order="asked_at"
        )
        self.assertEqual(questions.mapped("state"), ["in_time", "late"])
        self.assertEqual(questions[0].answered_by_id, self._ref("user_manager"))
        self.assertEqual(questions[1].escalated_to_id, self._ref("user_manager_zh"))
        self.assertFalse(questions[0].escalated_to_id)

    # ------------------------------------------------------------------ terms and stock

    def test_orders_name_the_rule_that_gave_their_terms(self):
        self.assertEqual(self._ref("order_alliance").retail_term_id, self._ref("term_old_alliance"))
        self.assertEqual(self._ref("order_meiling").retail_term_id, self._ref("term_long_term"))
        self.assertEqual(self._ref("quotation_caterer").retail_term_id, self._ref("term_cautious"))
        self.assertEqual(self._ref("quotation_chen_hao").retail_term_id, self._ref("term_new"))

    def test_staff_give_a_new_customer_no_more_than_five_per_cent(self):
        order = self._ref("quotation_chen_hao").with_user(self._ref("user_staff"))
        order.order_line[0].discount = 10
        with self.assertRaises(UserError):
            order.action_confirm()
        order.order_line[0].discount = 0
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_the_hotel_comes_first_for_rain_jackets(self):
        shortage = self.env["retail.shortage"].with_user(self._ref("user_warehouse"))
        product, warehouse = self._ref("rain_jacket"), self._ref("order_alliance").warehouse_id
        self.assertIn(product.id, [row["product_id"] for row in shortage.get_products()])
        queue = shortage.get_queue(product.id, warehouse.id)
        self.assertEqual(
            [row["order"] for row in queue["rows"]],
            [self._ref("order_alliance").name, self._ref("order_meiling").name],
        )
        self.assertIsNone(queue["rows"][0]["contribution"])

    def test_the_choir_cannot_take_the_blazers_of_the_new_wing(self):
        protection = self._ref("protection_blazer")
        self.assertEqual((protection.state, protection.remaining_quantity), ("active", 12))
        order = self._ref("quotation_choir")
        order.action_confirm()
        blazers = order.picking_ids.move_ids.filtered(lambda move: move.product_id == self._ref("blazer"))
        self.assertEqual(blazers.quantity, 7)

    # ------------------------------------------------------------------ rights

    def test_warehouse_sees_shortages_and_nothing_of_actions(self):
        user = self._ref("user_warehouse")
        for model in ("retail.action", "retail.promise", "retail.owner", "retail.term"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(user).search_read([], ["id"])

    def test_actions_open_for_staff(self):
        Form(self._ref("action_robert_haines").with_user(self._ref("user_staff")))
        Form(self._ref("promise_emma_clarke").with_user(self._ref("user_staff")))
