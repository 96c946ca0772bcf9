from odoo.fields import Command
from odoo.tests import tagged

from .common import AuthorityCommon


@tagged("post_install", "-at_install")
class TestAuthorityFigures(AuthorityCommon):
    """What lowers the price of an order: everything, however it is done."""

    def assertFigures(self, order, **expected):
        figures = order._get_figures()
        for name, value in expected.items():
            self.assertAlmostEqual(getattr(figures, name), value, 2, name)

    def test_discount_of_a_line_and_a_changed_price_count_alike(self):
        self.assertFigures(self._quote(discount=20), discount_percent=20, discount_amount=20)
        self.assertFigures(self._quote(price=80), discount_percent=20, discount_amount=20)
        self.assertFigures(self._quote(price=90, discount=50), discount_percent=55, discount_amount=55)

    def test_a_price_that_was_raised_hides_nothing(self):
        order = self._quote(price=200, discount=50)
        self.assertFigures(order, discount_amount=0)
        order = self._quote(discount=50)
        order.order_line = [Command.create({"product_id": self.tea.id, "price_unit": 150})]
        self.assertFigures(order, list_value=250, discount_amount=50, discount_percent=20)

    def test_a_discount_on_the_whole_order_counts(self):
        self.company.sale_discount_product_id = self._product("Discount", list_price=0)
        for kind, values in (
            ("so_discount", {"discount_percentage": 0.2}),
            ("amount", {"discount_amount": 20}),
            ("sol_discount", {"discount_percentage": 0.2}),
        ):
            order = self._quote()
            wizard = self._as()["sale.order.discount"].create(
                {"sale_order_id": order.id, "discount_type": kind, **values}
            )
            wizard.action_apply_discount()
            self.assertFigures(order, discount_percent=20, discount_amount=20, total=80)
            with self.assertUndone("limit is 10"):
                order.action_confirm()

    def test_a_reward_counts(self):
        order = self._quote()
        reward = self._program("promotion", discount=20).reward_ids
        order._update_programs_and_rewards()
        self._claims(order, reward)
        self.assertFigures(order, discount_percent=20, discount_amount=20, total=80)
        with self.assertUndone("limit is 10"):
            order.action_confirm()

    def test_a_gift_card_is_money_and_no_discount(self):
        program = self._program("gift_card", discount_mode="per_point", discount=1)
        card = self.env["loyalty.card"].create({"program_id": program.id, "points": 50})
        order = self._quote()
        order._try_apply_code(card.code)
        self._claims(order, program.reward_ids, card)
        self.assertEqual(order.amount_total, 50)
        self.assertFigures(order, discount_amount=0, total=100, margin_percent=40)
        order.action_confirm()

    def test_a_line_that_looks_like_a_gift_card_and_charges_none_is_a_discount(self):
        program = self._program("gift_card", discount_mode="per_point", discount=1)
        card = self.env["loyalty.card"].create({"program_id": program.id, "points": 50})
        order = self._quote()
        order.order_line = [
            Command.create(
                {
                    "product_id": self.product.id,
                    "price_unit": -50,
                    "reward_id": program.reward_ids.id,
                    "coupon_id": card.id,
                    "points_cost": 0,
                    "name": "Gift card",
                }
            )
        ]
        self.assertFigures(order, discount_amount=50)

    def test_a_line_that_takes_off_is_a_discount(self):
        for line in ({"product_uom_qty": -1, "price_unit": 20}, {"price_unit": -20}):
            order = self._quote()
            order.order_line = [Command.create({"product_id": self.product.id, **line})]
            self.assertFigures(order, discount_amount=20, discount_percent=20)

    def test_what_is_given_away_is_a_gift_at_list_price(self):
        order = self._quote(quantity=9)
        order.order_line = [Command.create({"product_id": self.tea.id, "price_unit": 0})]
        self.assertFigures(order, gift_amount=100, discount_amount=0, list_value=900)
        with self.assertUndone("given away"):
            order.action_confirm()
        self._limit("staff", gift_amount=100, month_gift=100)
        order.action_confirm()
        self.assertEqual(
            self.env["retail.authority.fund"]._get_used(self.seller, self.company)["gift_used"], 100
        )

    def test_margin_is_what_stays_of_what_is_paid_whatever_cost_was_typed(self):
        self._limit("staff", margin_percent=35, discount_percent=50)
        order = self._quote(discount=10)
        self.assertFigures(order, margin_percent=100 * 30 / 90)
        order.order_line.purchase_price = 1
        self.assertFigures(order, margin_percent=100 * 30 / 90)
        with self.assertUndone("margin is 33.33"):
            order.action_confirm()
        order.order_line.discount = 5
        order.action_confirm()

    def test_the_price_list_of_the_order_sets_the_list_price(self):
        cheap = self.env["product.pricelist"].create(
            {
                "name": "Club",
                "company_id": self.company.id,
                "item_ids": [Command.create({"compute_price": "percentage", "percent_price": 30})],
            }
        )
        self.assertFigures(self._quote(pricelist_id=cheap.id), discount_amount=0, list_value=70)
        self.assertFigures(self._quote(pricelist_id=cheap.id, price=63, discount=0), discount_percent=10)

    def test_a_service_without_a_list_price_costs_what_was_typed(self):
        order = self._quote()
        advice = self._product("Advice", list_price=0)
        order.order_line = [Command.create({"product_id": advice.id, "price_unit": 100, "discount": 10})]
        self.assertFigures(order, list_value=200, discount_amount=10, discount_percent=5)

    def test_amounts_are_held_against_limits_in_the_currency_of_the_company(self):
        self._rate(self.euro, {self.today.replace(year=2020): 0.5})
        euros = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": self.euro.id, "company_id": self.company.id}
        )
        order = self._quote(pricelist_id=euros.id, discount=10)
        self.assertEqual(order.amount_untaxed, 45)
        self.assertFigures(order, list_value=100, discount_amount=10, total=90, margin_percent=100 * 30 / 90)

    # ------------------------------------------------------------------ limits

    def test_money_limits_beside_percent(self):
        with self.assertUndone("limit for one order is \\$\xa0100"):
            self._quote(discount=9, quantity=20).action_confirm()

    def test_a_person_s_own_row_and_the_segment_s_come_first(self):
        strategic = self._segment("strategic")
        authority = self.env["retail.authority"]
        values = {"company_id": self.company.id, "discount_percent": 20, "margin_percent": -1000}
        authority.create({**values, "role": "staff", "segment_id": strategic.id})
        with self.assertUndone("limit is 10"):
            self._quote(discount=20).action_confirm()
        self._in_segment(self.anna, "strategic")
        self._quote(discount=20).action_confirm()
        authority.create({**values, "user_id": self.seller.id, "discount_percent": 5})
        with self.assertUndone("limit is 5"):
            self._quote(discount=20).action_confirm()

    def test_products_of_a_set_share_its_price(self):
        cup = self._product("Cup", list_price=50)
        combos = self.env["product.combo"].create(
            [
                {"name": product.name, "combo_item_ids": [Command.create({"product_id": product.id})]}
                for product in (self.tea, cup)
            ]
        )
        breakfast = self._product(
            "Breakfast", type="combo", list_price=90, combo_ids=[Command.set(combos.ids)]
        )

        def order(discount):
            items = [
                Command.create(
                    {
                        "product_id": item.product_id.id,
                        "combo_item_id": item.id,
                        "linked_virtual_id": "set",
                        "price_unit": share,
                        "discount": discount,
                    }
                )
                for item, share in zip(combos.combo_item_ids, (60, 30), strict=True)
            ]
            line = {"product_id": breakfast.id, "virtual_id": "set", "discount": discount}
            return self._as()["sale.order"].create(
                {"partner_id": self.anna.id, "order_line": [Command.create(line), *items]}
            )

        self.assertFigures(order(0), list_value=90, discount_amount=0)
        self.assertFigures(order(20), list_value=90, discount_amount=18)
        with self.assertUndone("limit is 10"):
            order(20).action_confirm()
        order(0).action_confirm()

    def test_the_fund_of_a_month_is_used_up_and_returned(self):
        self._limit("staff", month_amount=15)
        first, second = self._quote(discount=10), self._quote(discount=10)
        first.action_confirm()
        with self.assertUndone("fund for discounts \\$\xa05.00 is left"):
            second.action_confirm()
        first._action_cancel()
        second.action_confirm()

    def test_a_limit_set_in_the_middle_of_a_month_counts_what_was_granted_before(self):
        self._quote(discount=10).action_confirm()
        self._limit("staff", month_amount=15)
        with self.assertUndone("fund for discounts \\$\xa05.00 is left"):
            self._quote(discount=10).action_confirm()
        self._quote(discount=5).action_confirm()

    def test_the_share_of_a_month_is_of_all_that_was_sold(self):
        self._limit("staff", month_percent=5)
        with self.assertUndone("share of discounts"):
            self._quote(discount=10).action_confirm()
        self._quote(quantity=2).action_confirm()
        self._quote(discount=10).action_confirm()

    def test_without_a_limit_everything_goes_through(self):
        self.levels["staff"].is_unlimited = True
        self._quote(discount=90).action_confirm()
        # more is taken off than the goods cost
        order = self._quote()
        order.write({"order_line": [Command.create({"product_id": self.tea.id, "price_unit": -150})]})
        order.action_confirm()

    # ------------------------------------------------------------------ helpers

    def _program(self, kind, **reward):
        self.env["loyalty.program"].search([]).active = False
        return self.env["loyalty.program"].create(
            {
                "name": "Program",
                "program_type": kind,
                "applies_on": "future" if kind == "gift_card" else "current",
                "trigger": "auto",
                "company_id": self.company.id,
                "rule_ids": [Command.clear(), Command.create({})],
                "reward_ids": [Command.clear(), Command.create(reward)],
            }
        )

    def _claims(self, order, reward, coupon=None):
        coupon = coupon or order.coupon_point_ids.coupon_id
        self.assertFalse(order._apply_program_reward(reward, coupon))
