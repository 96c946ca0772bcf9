from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .points_common import PointsCommon


@tagged("post_install", "-at_install")
class TestHouseholds(PointsCommon):
    """Customers who collect points together: one wallet, and every change of the group leaves its trace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bob = cls._customer("Bob")
        cls.card, cls.bobs_card = cls._card(points=10), cls._card(cls.bob, 30)
        cls.manager = cls._user("household_manager", "retail_crm.group_manager")

    def _household(self, *members, head=None, user=None):
        head = head or self.customer
        return (
            self.env["retail.household"]
            .with_user(user or self.manager)
            .create(
                {
                    "name": "The Millers",
                    "head_id": head.id,
                    "member_ids": [Command.link(member.id) for member in members],
                }
            )
        )

    def test_who_joins_brings_the_points_by_a_pair_of_movements(self):
        old = self._wallet(self.bob)
        household = self._household(self.bob)
        self.assertEqual(household.member_ids, self.customer | self.bob)
        self.assertEqual(self._moves(wallet=old), [("adjust", 30, 30), ("merge", -30, -30)])
        self.assertEqual(self._moves(), [("adjust", 10, 10), ("merge", 30, 30)])
        self.assertPoints(40)
        self.assertEqual((self.bobs_card | self.card).mapped("points"), [40, 40])
        self.assertFalse(old.active)

    def test_members_earn_and_redeem_together(self):
        self._household(self.bob)
        self._order(60, customer=self.bob).action_confirm()
        self.assertPoints(100)
        order = self._order(50)
        self._redeems(order)
        self.assertIn("error", self._redeems(self._order(50, customer=self.bob)))
        order.action_confirm()
        self.assertPoints(50)

    def test_member_without_a_card_gets_one_of_the_shared_wallet(self):
        eve = self._customer("Eve")
        self._household(eve)
        self._order(5, customer=eve).action_confirm()
        self.assertPoints(15)
        self.assertFalse(self._wallet(eve))

    def test_customer_of_another_company_is_not_taken_in(self):
        elsewhere = self._create_company("Elsewhere")
        eve = self._customer("Eve", company_id=elsewhere.id)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._household(eve)
        own = self._household()
        theirs = own.sudo().create({"name": "Others", "head_id": eve.id, "company_id": elsewhere.id})
        self.manager.group_ids |= self.env.ref("base.group_partner_manager")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.bob.with_user(self.manager).retail_household_id = theirs
        self.assertFalse(self.bob.retail_household_id)

    def test_who_leaves_starts_anew_and_the_points_stay(self):
        household = self._household(self.bob)
        household.member_ids = [Command.unlink(self.bob.id)]
        self.assertPoints(40)
        self.assertPoints(0, customer=self.bob)
        self.assertEqual(self.bobs_card.points, 0)
        self._order(7, customer=self.bob).action_confirm()
        self.assertPoints(7, customer=self.bob)

    def test_order_of_a_former_member_is_taken_back_where_it_earned(self):
        household = self._household(self.bob)
        order = self._order(30, customer=self.bob, quantity=2)
        order.action_confirm()
        household.member_ids = [Command.unlink(self.bob.id)]
        order.order_line.write({"product_uom_qty": 1, "price_unit": 30})
        self.assertPoints(70)
        order._action_cancel()
        self.assertPoints(40)
        self.assertPoints(0, customer=self.bob)
        order.action_draft()
        order.action_confirm()
        self.assertPoints(30, customer=self.bob)

    def test_dissolved_household_leaves_the_points_with_the_head(self):
        household = self._household(self.bob)
        household.action_dissolve()
        self.assertFalse(household.active)
        self.assertPoints(40)
        self.assertPoints(0, customer=self.bob)
        self._household(self.bob, head=self.bob)

    def test_another_head_takes_over_the_points(self):
        household = self._household(self.bob)
        household.head_id = self.bob
        self.assertPoints(40, customer=self.bob)
        self.assertEqual((self.card | self.bobs_card).mapped("points"), [40, 40])

    def test_head_does_not_just_leave(self):
        self._household(self.bob)
        with self.assertUndone("choose another head"):
            self.customer.retail_household_id = False

    def test_customer_is_in_one_household(self):
        self._household(self.bob)
        with self.assertUndone("is in the household"):
            self._household(self.bob, head=self._customer("Eve"))

    def test_contact_does_not_join_without_its_company(self):
        house = self._customer("Tea House", is_company=True)
        with self.assertUndone("belongs to Tea House"):
            self._household(self._customer("Buyer", parent_id=house.id))

    def test_blocked_customer_does_not_escape_into_a_household(self):
        self._wallet(self.bob).is_blocked = True
        with self.assertUndone("blocked"):
            self._household(self.bob)

    def test_program_of_another_company_is_not_shared(self):
        stranger = self._create_company("Other Shop")
        program = self._program("Theirs", company_id=stranger.id)
        self._card(self.bob, 8, program=program)
        self._household(self.bob)
        self.assertEqual(self._wallet(self.bob, program).available, 8)

    def test_only_managers_change_households(self):
        household = self._household(self.bob)
        staff = self._user("household_staff", "sales_team.group_sale_salesman,base.group_partner_manager")
        self.assertEqual(household.with_user(staff).name, "The Millers")
        with self.assertRaises(AccessError):
            household.with_user(staff).member_ids = [Command.unlink(self.bob.id)]
        with self.assertRaises(AccessError):
            household.with_user(staff).action_dissolve()
        with self.assertRaises(AccessError):
            self.bob.with_user(staff).retail_household_id = False
        with self.assertRaises(AccessError):
            self._customer("Eve").with_user(staff).retail_household_id = household
        with self.assertRaises(UserError):
            household.member_ids = [Command.update(self.bob.id, {"name": "Robert"})]
        self.bob.with_user(staff).write({"name": "Bobby", "retail_household_id": household.id})
        self.assertPoints(40)

    def test_merged_customer_keeps_its_household(self):
        eve = self._customer("Eve")
        self._card(eve, 5)
        self._household(self.bob)
        self._merge(self.bob, eve)
        self.assertEqual(eve.retail_household_id.head_id, self.customer)
        self.assertPoints(45)
        self.assertEqual(self.env["loyalty.card"].search([("partner_id", "=", eve.id)]).points, 45)

    def test_merged_head_is_succeeded(self):
        eve = self._customer("Eve")
        household = self._household(self.bob)
        self._merge(self.customer, eve)
        self.assertEqual((household.head_id, household.member_ids), (eve, eve | self.bob))
        self.assertPoints(40, customer=eve)

    def test_customers_of_different_households_are_not_merged(self):
        eve = self._customer("Eve")
        self._household(self.bob)
        self._household(head=eve)
        with self.assertUndone("different households"):
            self._merge(self.bob, eve)

    def _merge(self, source, target):
        user = self._user("assistant", "base.group_partner_manager,base.group_user")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        wizard._merge((source | target).ids, target.with_user(user))
        self.env.flush_all()
        self.env.invalidate_all()

    def test_quotation_of_who_joins_keeps_its_reservation_and_of_who_leaves_loses_it(self):
        self._wallet(self.bob)._adjust(100, "more")
        order = self._order(50, customer=self.bob)
        self._redeems(order)
        household = self._household(self.bob)
        self.assertEqual(self._wallet().held, {str(order.id): 100})
        household.member_ids = [Command.unlink(self.bob.id)]
        self.assertFalse(self._wallet().held)
