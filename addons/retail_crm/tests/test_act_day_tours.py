from odoo.tests import HttpCase, tagged

from .act_day_common import ActDayCommon


@tagged("post_install", "-at_install")
class TestActDayTours(ActDayCommon, HttpCase):
    """My day, Team and the planning of many actions in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        (cls.dora | cls.emil | cls.manager).lang = "en_US"
        cls.dora.group_ids |= cls.env.ref("sales_team.group_sale_salesman")
        cls.manager.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.env["retail.staff"].create(
            {
                "user_id": cls.emil.id,
                "company_id": cls.company.id,
                "deputy_id": cls.dora.id,
                "absent_from": cls.today,
            }
        )
        cls.anna.phone = "+32 470 55 01 01"
        cls.bert, cls.clara = cls.env["res.partner"].create([{"name": "Bert Claes"}, {"name": "Clara"}])
        cls._in_key(cls.bert)
        cls._in_key(cls.clara)

    def test_staff_call_and_log_what_came_of_it(self):
        late = self._plan("Ask about the order", -2, value=300)
        wine = self._plan("Call about wine", customer=self.bert, user=self.emil)
        catalogue = self._plan("Send the catalogue", customer=self.clara)

        self.start_tour(
            "/odoo/retail-dashboard", "retail_crm_my_day_staff", login=self.dora.login, timeout=120
        )

        self.assertEqual((late.state, late.outcome_id), ("done", self._ending("reached")))
        self.assertEqual((wine.state, wine.due_on > self.today), ("open", True))
        self.assertEqual(catalogue.user_id, self.manager)
        self.assertIn("Prefers paper", catalogue.note)

    def test_a_manager_gives_what_is_nobodys_to_somebody(self):
        self._plan("Ask about the order", -2)
        self._plan("Call about wine", customer=self.bert, user=self.emil)
        lost = self._action(self.clara, user_id=False)

        self.start_tour(
            "/odoo/retail-team-day", "retail_crm_team_manager", login=self.manager.login, timeout=120
        )

        self.assertEqual(lost.user_id, self.dora)
        self.assertEqual(self.company.retail_queue_order, "value")

    def test_a_manager_plans_something_for_many(self):
        self._plan("Ask about the order")

        self.start_tour(
            "/odoo/action-retail_crm.retail_profile_action",
            "retail_crm_batch_manager",
            login=self.manager.login,
            timeout=120,
        )

        planned = self.env["retail.action"].search([("name", "=", "Invite to the tasting")])
        self.assertEqual(planned.partner_id, self.bert | self.clara)
        self.assertEqual(planned.user_id, self.dora)
        self.assertEqual(len(set(planned.mapped("due_on"))), 2)

    def test_who_has_nothing_to_do_is_told_so(self):
        self.start_tour(
            "/odoo/retail-my-day", "retail_crm_my_day_empty", login=self.manager.login, timeout=120
        )
