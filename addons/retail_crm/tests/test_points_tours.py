from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..points.event import PointsEvent
from .points_common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsTours(PointsCommon, HttpCase):
    """The screens of points in a real browser, as the people who look at them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        # the browser's clock cannot be set
        cls.today = fields.Date.today()
        cls.customer.name = "Anna Peeters"

    def _open_shop(self):
        """Anna has 120 points, of which 20 expire, and waits for 15; she earned 30 of them with an order."""
        self._card(points=70)
        self._order(30).action_confirm()
        wallet = self._wallet()
        soon, later = self.today + timedelta(days=20), self.today + timedelta(days=10)
        wallet._book(
            [
                PointsEvent(wallet, "add", "earn", Decimal(20), "tour:1", expires_on=soon),
                PointsEvent(wallet, "add", "earn", Decimal(15), "tour:2", release_on=later),
            ]
        )
        self._buys(self.customer, 100)
        self._rescore()

    def _tour(self, name, groups, path):
        user = self._user(f"{name}_user", groups, lang="en_US")
        self.start_tour(path, f"retail_crm_{name}", login=user.login, timeout=120)

    def test_staff_open_the_wallet_from_the_customer_and_read_the_statement(self):
        self._open_shop()
        groups = "sales_team.group_sale_salesman_all_leads"
        self._tour("points_statement", groups, f"/odoo/res.partner/{self.customer.id}")

    def test_staff_look_whom_to_call_before_points_expire(self):
        self._open_shop()
        self._tour("points_expiring", "retail_crm.group_user", "/odoo/retail-points-expiring")

    def test_finance_look_whether_points_tie_out_and_open_what_is_behind(self):
        self._open_shop()
        self._tour("points_roll_forward", "retail_crm.group_finance", "/odoo/retail-points-roll-forward")
