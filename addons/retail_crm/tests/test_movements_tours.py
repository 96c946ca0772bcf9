from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RetailCommon


@tagged("post_install", "-at_install")
class TestMovementsTours(RetailCommon, HttpCase):
    """The page Movements and its lists in a real browser, as manager and as staff."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        # the browser's clock cannot be set
        cls.today = fields.Date.today()

    def _open_shop(self, seller):
        """Anna, whom the seller looks after, rose from transactional to strategic; Bert is new."""
        anna = self._customer("Anna Peeters")
        self.env["retail.owner"]._give(anna, seller, self.company, day=self.today)
        self._buys(anna, 5, days_ago=90)
        for number in range(10):
            self._buys(self._customer(f"Customer {number}"), 100 + 5 * number, days_ago=80 - number)
        self._rescore(as_of=self._day(days_ago=70))
        self._buys(anna, 900, days_ago=5)
        self._buys(self._customer("Bert Claes"), 1, days_ago=2)
        self._rescore()
        self.assertSegments({anna: "strategic"})

    def _tour(self, name, groups):
        seller = self._user(
            "movements_seller", "sales_team.group_sale_salesman", name="Sally Seller", lang="en_US"
        )
        self._open_shop(seller)
        user = self._user(f"movements_{name}", groups, lang="en_US")
        self.start_tour(
            "/odoo/retail-who-moved", f"retail_crm_movements_{name}", login=user.login, timeout=120
        )

    def test_manager_looks_who_moved_and_plans_the_next_step(self):
        self._tour("manager", "retail_crm.group_manager,sales_team.group_sale_manager")
        activity = self.env["mail.activity"].search([("summary", "=", "Invite for a coffee")])
        self.assertEqual(activity.res_model, "res.partner")

    def test_staff_narrow_the_page_to_an_owner(self):
        self._tour("staff", "retail_crm.group_user")

    def test_manager_of_an_empty_shop_is_told_what_will_be_here(self):
        user = self._user("movements_empty", "retail_crm.group_manager", lang="en_US")
        self.start_tour("/odoo/retail-who-moved", "retail_crm_movements_empty", login=user.login, timeout=120)
