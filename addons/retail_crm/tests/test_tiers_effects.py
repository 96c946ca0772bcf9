from datetime import date

from odoo.fields import Command
from odoo.tests import Form, tagged

from .tiers_common import TiersCommon


@tagged("post_install", "-at_install")
class TestTierEffects(TiersCommon):
    """What a tier does to orders."""

    def setUp(self):
        super().setUp()
        self._ladder()
        self._earns(150)
        self._night()

    def _price_list(self, name):
        return self.env["product.pricelist"].create({"name": name, "company_id": self.company.id})

    def _confirms(self, order):
        order._update_programs_and_rewards()
        order.action_confirm()
        return order

    # ------------------------------------------------------------------ multiplier

    def test_tier_multiplies_points_of_its_program(self):
        self.silver.points_multiplier = 1.5
        order = self._confirms(self._order(10))
        self.assertEqual(order.retail_tier_id, self.silver)
        self.assertPoints(165)

    def test_multipliers_of_strategy_and_tier_are_multiplied(self):
        self.silver.points_multiplier = 1.1
        self.program.retail_uses_multiplier = True
        self._strategy("key").points_multiplier = 1.3
        self._in_segment(self.customer, "key")
        self._confirms(self._order(100))
        self.assertPoints(150 + 143)

    def test_confirmed_order_keeps_the_multiplier_of_its_day(self):
        self.silver.points_multiplier = 2
        order = self._confirms(self._order(10))
        self.silver.points_multiplier = 5
        self.gold.points_multiplier = 7
        self._earns(300)
        self._night(date(2025, 7, 1))
        order.order_line.write({"product_uom_qty": 2, "price_unit": 10})
        order._renew_points()
        self.assertPoints(150 + 300 + 40)
        self.assertEqual(order.retail_tier_id, self.silver)

    def test_quotation_shows_what_the_tier_will_bring(self):
        self.silver.points_multiplier = 2
        order = self._order(10)
        order._update_programs_and_rewards()
        self.assertEqual(order.coupon_point_ids.points, 20)

    def test_other_programs_and_customers_are_not_multiplied(self):
        self.silver.points_multiplier = 3
        other = self._program("Other club")
        self._card(program=other)
        self._card(self._customer("Ben"))
        self._confirms(self._order(10))
        self.assertEqual(self._wallet(program=other).available, 10)

    def test_orders_confirmed_together_keep_the_multiplier_too(self):
        self.silver.points_multiplier = 2
        orders = self._order(10) | self._order(20)
        for order in orders:
            order._update_programs_and_rewards()
        orders.action_confirm()
        self.assertEqual(orders.retail_tier_id, self.silver)
        orders._renew_points()
        self.assertPoints(150 + 60)

    def _with_tier_in_another_program(self, multiplier):
        other = self._program("Other club")
        self._card(program=other)
        tier = self._tier("Friend", 1, program_id=other.id, points_multiplier=multiplier)
        self.env["retail.tier.qualification"]._look_at_days(other)
        self.env.invalidate_all()
        return tier

    def test_order_keeps_the_multipliers_of_the_tiers_in_several_programs(self):
        self.silver.points_multiplier = 2
        friend = self._with_tier_in_another_program(3)
        order = self._confirms(self._order(10))
        order._renew_points()
        self.assertPoints(150 + 20)
        self.assertPoints(30, wallet=self._wallet(program=friend.program_id))

    def test_multiplier_of_one_program_never_comes_to_another(self):
        friend = self._with_tier_in_another_program(3)
        order = self._confirms(self._order(10))
        friend.points_multiplier = 1
        order._renew_points()
        self.assertPoints(150 + 10)

    def test_tier_costs_no_query_at_confirmation(self):
        def count():
            order = self._order(10)
            order._update_programs_and_rewards()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.action_confirm()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count()
        without = count()
        self.silver.points_multiplier = 2
        count()
        self.assertLessEqual(count(), without)

    # ------------------------------------------------------------------ price list

    def _with_price_lists(self):
        self.env.ref("base.group_user").implied_ids = [
            Command.link(self.env.ref("product.group_product_pricelist").id)
        ]

    def test_price_list_of_the_tier_goes_before_that_of_the_strategy(self):
        self._with_price_lists()
        self._strategy("key").pricelist_id = self._price_list("Key customers")
        self._in_segment(self.customer, "key")
        self.silver.pricelist_id = self._price_list("Silver")
        self.assertEqual(self._order(10).pricelist_id.name, "Silver")

    def test_price_list_of_ones_own_goes_before_that_of_the_tier(self):
        self._with_price_lists()
        self.silver.pricelist_id = self._price_list("Silver")
        self.customer.specific_property_product_pricelist = self._price_list("Mine")
        self.assertEqual(self._order(10).pricelist_id.name, "Mine")

    def test_contact_of_a_member_gets_the_price_list(self):
        self._with_price_lists()
        self.silver.pricelist_id = self._price_list("Silver")
        contact = self._customer("Her secretary", parent_id=self.customer.id, type="contact")
        with Form(self.env["sale.order"]) as form:
            form.partner_id = contact
        self.assertEqual(form.record.pricelist_id.name, "Silver")

    # ------------------------------------------------------------------ what customers are shown

    def test_summary_says_where_a_customer_stands(self):
        self.silver.write({"points_multiplier": 1.5, "color": "#C0C0C0", "grace_days": 30})
        self.program.portal_point_name = "stars"
        summary = self._wallet()._get_tier_summary()[self._wallet().id]
        self.assertLessEqual(
            {
                "tier": "Silver",
                "color": "#C0C0C0",
                "since": date(2025, 6, 30),
                "kept_until": date(2026, 6, 30),
                "in_grace": False,
                "multiplier": 1.5,
                "figure": 150,
                "figure_kind": "points",
                "next_tier": "Gold",
                "missing": 150,
                "missing_text": "150 stars to Gold",
                "progress": 0.5,
                "keep_missing": 0,
            }.items(),
            summary.items(),
        )

    def test_summary_of_money_on_top_and_without_a_tier(self):
        (self.silver | self.gold).qualification = "spend"
        self._buys(self.customer, 250.5)
        wallet = self._wallet()
        self.assertEqual(
            wallet._get_tier_summary()[wallet.id]["missing_text"], "$\N{NO-BREAK SPACE}49.50 to Gold"
        )
        self._buys(self.customer, 100)
        self._night()
        top = wallet._get_tier_summary()[wallet.id]
        self.assertEqual((top["tier"], top["next_tier"], top["missing"]), ("Gold", None, None))
        stranger = self._customer("Ben")
        self._card(stranger)
        nothing = self._wallet(stranger)._get_tier_summary()[self._wallet(stranger).id]
        self.assertEqual((nothing["tier"], nothing["missing"]), (None, 100))

    def test_summary_of_many_wallets_costs_the_same_as_of_one(self):
        wallets = self._wallet()
        for number in range(10):
            customer = self._customer(f"Customer {number}")
            self._earns(150, customer)
            wallets |= self._wallet(customer)
        self._night()

        def count(some):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._get_tier_summary()
            return self.env.cr.sql_log_count - before

        count(wallets)
        self.assertLessEqual(count(wallets), count(wallets[:1]))

    def test_program_without_tiers_has_no_summary(self):
        other = self._program("Other club")
        self._card(program=other)
        self.assertEqual(self._wallet(program=other)._get_tier_summary(), {})
