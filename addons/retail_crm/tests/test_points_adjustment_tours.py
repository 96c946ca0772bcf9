from odoo.tests import HttpCase, tagged

from .points_common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsAdjustmentTours(PointsCommon, HttpCase):
    """Points by hand and from a file, in a real browser, as the people who do it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        cls.manager = cls._user("points_manager_user", "retail_crm.group_manager", lang="en_US")

    def test_staff_ask_for_points_and_a_manager_approves(self):
        anna = self._customer("Anna Peeters")
        self._card(anna, 40)
        staff = self._user("points_staff_user", "sales_team.group_sale_salesman", lang="en_US")
        self.start_tour(
            "/odoo/action-retail_crm.retail_points_wallet_action",
            "retail_crm_points_staff",
            login=staff.login,
        )
        request = self.env["retail.points.adjustment"].search([("user_id", "=", staff.id)])
        self.assertEqual(
            (request.state, request.points, request.category_id.name), ("requested", 60, "Complaint")
        )
        self.start_tour(
            "/odoo/action-retail_crm.retail_points_adjustment_action_to_answer",
            "retail_crm_points_manager",
            login=self.manager.login,
        )
        self.assertPoints(100, customer=anna)

    def test_manager_imports_points(self):
        self.start_tour(
            "/odoo/action-retail_crm.retail_points_import_action",
            "retail_crm_points_import",
            login=self.manager.login,
        )
        imported = self.env["retail.points.history"].search([("program_id", "=", self.program.id)])
        self.assertEqual(sorted(imported.mapped("points")), [12.5, 250])
