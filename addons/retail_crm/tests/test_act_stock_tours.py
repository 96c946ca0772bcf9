from odoo import fields
from odoo.tests import HttpCase, tagged

from .test_act_stock import StockCommon


@tagged("post_install", "-at_install")
class TestActStockTours(StockCommon, HttpCase):
    """The page Shortages in a real browser, as warehouse worker and as manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        # the browser's clock cannot be set
        cls.today = fields.Date.today()
        cls.new.name, cls.alliance.name = "Nora New", "Anna Alliance"

    def _tour(self, name, groups):
        user = self._user(f"shortage_{name}", groups, lang="en_US")
        self.start_tour(
            "/odoo/retail-shortages", f"retail_crm_shortage_{name}", login=user.login, timeout=120
        )

    def _run_short(self):
        """The older order holds all there is, and an alliance customer waits."""
        self._stocks(5)
        delivered = self._orders(self.alliance, 1)
        delivered.move_ids.picked = True
        delivered._action_done()
        older = self._orders(self.new, 4)
        return older, self._orders(self.alliance, 3, commitment_date=fields.Datetime.now())

    def test_warehouse_worker_serves_the_alliance_customer_first(self):
        older, alliance = self._run_short()
        self._tour("warehouse", "stock.group_stock_user")
        self.env.invalidate_all()
        self.assertReserved({older: 1, alliance: 3})

    def test_manager_serves_somebody_else_with_a_reason_and_looks_around(self):
        older, _alliance = self._run_short()
        older.do_unreserve()
        self._tour("manager", "retail_crm.group_manager")
        self.env.invalidate_all()
        self.assertReserved({older: 4})
        self.assertTrue(self.env["retail.shortage.decision"].search([("is_override", "=", True)]))

    def test_nobody_waits_for_anything(self):
        self._tour("empty", "stock.group_stock_user")
