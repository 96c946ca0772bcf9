from odoo import fields
from odoo.tests import HttpCase, tagged

from .tiers_common import TiersCommon


@tagged("post_install", "-at_install")
class TestTiersTours(TiersCommon, HttpCase):
    """Tiers in a real browser, as the people who work with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        # the browser's clock cannot be set
        cls.today = fields.Date.today()
        cls.customer.name = "Anna Peeters"

    def setUp(self):
        super().setUp()
        self._ladder()
        self.env["retail.tier.benefit"].create(
            {"name": "Box of tea", "tier_id": self.silver.id, "quantity": 2, "cost": 4}
        )
        self._earns(250)
        self._night()

    def _tour(self, name, groups, action):
        user = self._user(f"tiers_{name}", groups, lang="en_US")
        path = f"/odoo/action-retail_crm.{action}"
        self.start_tour(path, f"retail_crm_tiers_{name}", login=user.login, timeout=120)

    def test_staff_hand_over_a_benefit(self):
        self._tour("staff", "sales_team.group_sale_salesman", "retail_tier_standing_action")
        used = self.env["retail.tier.benefit.use"].search([("wallet_id", "=", self._wallet().id)])
        self.assertEqual(used.user_id.login, "tiers_staff")

    def test_manager_invites_and_withdraws(self):
        self._tour("manager", "retail_crm.group_manager", "retail_tier_standing_action")
        self.assertTier("Silver")

    def test_finance_sees_what_benefits_cost(self):
        self._tour("finance", "retail_crm.group_finance", "retail_tier_benefit_report_action")
