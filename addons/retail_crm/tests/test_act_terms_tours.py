from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_act_terms_guard import GuardCommon


@tagged("post_install", "-at_install")
class TestActTermsTours(GuardCommon, HttpCase):
    """Terms in a real browser: who sells under them, and who makes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        cls.company.write({"retail_has_margin_floor": True, "retail_margin_floor": 25})
        cls.term = cls._term(
            strategy_id=cls.strategy.id,
            tenure="old",
            has_discount_ceiling=True,
            discount_ceiling=12,
            has_free_delivery=True,
        )

    def test_salesperson_sees_the_terms_and_is_refused_beyond_them(self):
        order = self._sale()
        path = f"/odoo/sales/{order.id}"
        # the refusal is an error that the server logs
        with mute_logger("odoo.http"):
            self.start_tour(path, "retail_crm_terms_staff", login=self.staff.login, timeout=120)
        self.assertEqual((order.state, order.order_line.discount), ("sale", 10))

    def test_manager_edits_a_rule(self):
        self.start_tour(
            "/odoo/retail-terms", "retail_crm_terms_manager", login=self.manager.login, timeout=120
        )
        self.env.invalidate_all()
        self.assertEqual((self.term.discount_ceiling, self.term._get_snapshot()["return_days"]), (20, 60))
