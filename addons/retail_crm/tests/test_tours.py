from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RetailCommon


@tagged("post_install", "-at_install")
class TestTours(RetailCommon, HttpCase):
    """The shop in a real browser, as the people who work there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        # the browser's clock cannot be set
        cls.today = fields.Date.today()

    def _open_shop(self):
        """Anna is strategic and buys every fortnight; Bert bought much and stays away; ten others buy a little."""
        anna = self._customer("Anna Peeters", phone="+32 470 55 01 01")
        bert = self._customer("Bert Claes")
        for purchase in range(8):
            self._buys(anna, 400, days_ago=3 + 14 * purchase)
            self._buys(bert, 300, days_ago=300 + 14 * purchase)
        for number in range(10):
            customer = self._customer(f"Customer {number}")
            self._buys(customer, 10, days_ago=20 + number)
            self._buys(customer, 5, days_ago=5 + number)
        # every segment is there today, and nobody was a month ago
        self._rescore()
        self.assertSegments({anna: "strategic", bert: "risk"})

    def _tour(self, name, groups, path):
        user = self._user(f"{name}_user", groups, lang="en_US")
        self.start_tour(path, f"retail_crm_{name}", login=user.login, timeout=120)

    def test_manager_looks_who_is_who_and_recomputes(self):
        self._open_shop()
        self._tour(
            "manager", "retail_crm.group_manager,sales_team.group_sale_manager", "/odoo/retail-dashboard"
        )
        run = self.env["retail.run"].search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(run.state, "requested")

    def test_staff_find_a_customer_by_a_piece_of_the_phone_number(self):
        self._open_shop()
        self._tour("staff", "sales_team.group_sale_salesman", "/odoo/action-retail_crm.retail_profile_action")

    def test_manager_defends_a_segment(self):
        self._open_shop()
        bert = self._profile(self.env["res.partner"].search([("name", "=", "Bert Claes")]))
        path = f"/odoo/action-retail_crm.retail_profile_action/{bert.id}"
        self._tour("explanation", "retail_crm.group_manager", path)

    def test_finance_looks_at_purchases_and_a_customer(self):
        self._open_shop()
        self._tour("finance", "retail_crm.group_finance", "/odoo/action-retail_crm.retail_purchase_action")

    def test_manager_of_an_empty_shop_is_shown_the_first_steps(self):
        self._tour("first_steps", "retail_crm.group_manager", "/odoo/retail-dashboard")

    def test_manager_tries_a_policy_and_an_approver_lets_it_decide(self):
        self._open_shop()
        policy = self.env["retail.policy"]._get_active(self.company)
        self._tour("policy_manager", "retail_crm.group_manager", f"/odoo/retail-policies/{policy.id}")
        draft = self.env["retail.policy"].search([("company_id", "=", self.company.id), ("version", "=", 2)])
        self.assertEqual((draft.state, draft.half_life_weeks), ("trial", 13))
        draft.trial_ids._replay()
        self._tour("policy_approver", "retail_crm.group_approver", "/odoo/retail-policies")
        self.assertEqual((draft.state, policy.state), ("active", "retired"))
        self.assertEqual(draft.approval_reason, "Agreed in the meeting of managers")
