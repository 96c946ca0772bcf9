from odoo.tests import tagged

from odoo.addons.retail_crm.tests.points_common import PointsCommon

from .common import AuthorityCommon


@tagged("post_install", "-at_install")
class TestAuthorityPoints(AuthorityCommon, PointsCommon):
    """Points given as goodwill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        limits = cls.env["retail.points.limit"].search([("company_id", "=", cls.company.id)])
        limits.write({"deal_limit": 1000, "month_limit": 1000})
        cls._limit("staff", points=50, month_points=80)
        cls._limit("manager", points=200, month_points=200)
        cls.wallet = cls._card(cls.anna, 0).retail_wallet_id

    def _gives(self, points):
        return self._as()["retail.points.adjustment"].create(
            {"wallet_id": self.wallet.id, "points": points, "reason": "Sorry"}
        )

    def test_points_within_authority_are_given_at_once_and_above_are_asked_for(self):
        self.assertEqual(self._gives(50).state, "done")
        self.assertEqual(self._gives(51).state, "requested")
        self.assertEqual(self._gives(40).state, "requested", "80 in a month")
        self.assertEqual(self._gives(-40).state, "done", "taking is no goodwill")

    def test_points_that_the_limit_for_points_stops_are_not_charged(self):
        self.env["retail.points.limit"].search([("company_id", "=", self.company.id)]).deal_limit = 10
        self.assertEqual(self._gives(30).state, "requested")
        self.assertEqual(
            self.env["retail.authority.fund"]._get_used(self.seller, self.company)["points_used"], 0
        )

    def test_who_approves_points_has_authority_for_them(self):
        request = self._gives(300)
        with self.assertUndone("more points than you may"):
            request.with_env(self._as(self.manager))._answer("approved")
        request.with_env(self._as(self.approver))._answer("approved")
        self.assertEqual(request.state, "approved")
