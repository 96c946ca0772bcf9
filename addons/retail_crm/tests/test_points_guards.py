"""What clients of the external API could write past the ledger, and may not."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .points_common import PointsCommon


@tagged("post_install", "-at_install")
class TestPointsGuards(PointsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._user("guard_staff", "sales_team.group_sale_salesman")
        cls.chief = cls._user("guard_chief", "sales_team.group_sale_manager")

    def _confirmed(self, user):
        order = self._order(80, user_id=user.id)
        order.action_confirm()
        return order.with_user(user)

    def test_what_an_order_was_confirmed_with_is_not_written_by_hand(self):
        order = self._confirmed(self.staff)
        wallet = self._wallet()
        for values in (
            {"retail_opening_points": {str(wallet.id): [-1000, 0]}},
            {"retail_points_multiplier": 1000},
            {"retail_points_rules": {}},
            {"retail_former_documents": {"stock.move": 10**9}},
            {"retail_tier_id": False},
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                order.write(values)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.create({"partner_id": self.customer.id, "retail_points_multiplier": 1000})
        order.order_line.write({"product_uom_qty": 2, "price_unit": 80})
        self.assertPoints(160)

    def test_defaults_that_a_client_sends_do_not_say_what_an_order_was_confirmed_with(self):
        wallet = self._card(points=10).retail_wallet_id
        line = {"product_id": self.product.id, "price_unit": 80, "tax_ids": False}
        values = {"partner_id": self.customer.id, "order_line": [(0, 0, line)]}
        orders = self.env["sale.order"].with_user(self.staff)
        forged = {
            "default_retail_opening_points": {str(wallet.id): [-1000, 0]},
            "default_retail_points_multiplier": 1000,
        }
        for name, value in forged.items():
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                orders.with_context(**{name: value}).create(values)
        orders.create(values).with_context(**forged).action_confirm()
        self.assertPoints(90)

    def test_cost_of_a_claimed_reward_is_not_written_by_hand(self):
        self._card(points=150)
        order = self._order(80, user_id=self.staff.id)
        self._redeems(order)
        order.action_confirm()
        line = order.order_line.filtered("reward_id").with_user(self.staff)
        card = line.coupon_id.sudo()
        for values in ({"points_cost": 0}, {"coupon_id": False}, {"reward_id": False}):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                line.write(values)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.with_user(self.staff).order_line.create(
                {
                    "order_id": order.id,
                    "name": "Reward",
                    "product_id": self.product.id,
                    "reward_id": self.reward.id,
                    "coupon_id": card.id,
                    "points_cost": 1,
                }
            )
        self.assertPoints(130)

    def test_reward_of_a_confirmed_order_is_claimed_by_the_button(self):
        self._card(points=150)
        order = self._confirmed(self.staff)
        order.action_open_reward_wizard()
        self.assertTrue(order.order_line.filtered("reward_id"))
        self.assertPoints(130)

    def test_what_a_confirmed_order_earned_is_not_written_by_hand(self):
        order = self._confirmed(self.chief)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.coupon_point_ids.points = 1000
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.write({"coupon_point_ids": [(1, order.coupon_point_ids.id, {"points": 1000})]})
        self.assertPoints(80)

    def test_points_of_a_program_that_is_added_to_a_confirmed_order_count_once(self):
        order = self._confirmed(self.chief)
        card = self.env["loyalty.card"].search([("partner_id", "=", self.customer.id)])
        order.sudo()._add_points_for_coupon({card: 90})
        self.assertPoints(90)

    def test_auditor_verifies_wallets_of_the_own_company_only(self):
        auditor = self._user("guard_auditor", "retail_crm.group_auditor")
        self._card(points=50)
        elsewhere = self._create_company("Elsewhere")
        stranger = self._program("Strangers", company_id=elsewhere.id)
        self._card(points=50, program=stranger)
        self._wallet().with_user(auditor).action_verify()
        with self.assertRaises(AccessError):
            self._wallet(program=stranger).with_user(auditor).action_verify()
