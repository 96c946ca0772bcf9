from odoo.fields import Command
from odoo.tests import tagged

from .common import NO_LIMIT
from .test_authority_paths import REFUSED, PathsCommon


@tagged("post_install", "-at_install")
class TestAuthorityLoopholes(PathsCommon):
    """Ways to somebody else's authority, fund or card."""

    def test_more_of_what_a_manager_promised_is_the_promise_of_who_adds_it(self):
        for values in ({"product_uom_qty": 5}, {"product_uom_id": self.env.ref("uom.product_uom_dozen").id}):
            with self.subTest(change=values):
                order = self._quote(discount=20, user=self.manager)
                line = order.order_line
                self._call("write", order.ids, {"order_line": [Command.update(line.id, values)]})
                self.assertRefusedCall("action_confirm", order.ids)

    def test_a_feature_that_costs_more_is_part_of_the_list_price(self):
        attribute = self.env["product.attribute"].create(
            {
                "name": "Engraving",
                "create_variant": "no_variant",
                "value_ids": [Command.create({"name": name}) for name in ("None", "Gold")],
            }
        )
        lines = self.env["product.template.attribute.line"].create(
            {
                "product_tmpl_id": self.tea.product_tmpl_id.id,
                "attribute_id": attribute.id,
                "value_ids": [Command.set(attribute.value_ids.ids)],
            }
        )
        gold = lines.product_template_value_ids[1]
        gold.price_extra = 900
        order = self._quote()
        self._call(
            "write",
            order.order_line.ids,
            {"product_no_variant_attribute_value_ids": [Command.set(gold.ids)], "price_unit": 100},
            model="sale.order.line",
        )
        self.assertEqual(order._get_figures().discount_amount, 900)
        self.assertRefusedCall("action_confirm", order.ids)

    def test_no_card_pays_that_is_not_charged(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Gift cards",
                "program_type": "gift_card",
                "applies_on": "future",
                "trigger": "auto",
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 1,
                            "discount_applicability": "order",
                            "required_points": 1,
                        }
                    )
                ],
            }
        )
        card = self.env["loyalty.card"].create({"program_id": program.id, "points": 0})
        order = self._quote(quantity=2)
        self._call(
            "create",
            [
                {
                    "order_id": order.id,
                    "product_id": program.reward_ids.discount_line_product_id.id,
                    "name": "Gift card",
                    "price_unit": -150,
                    "reward_id": program.reward_ids.id,
                    "coupon_id": card.id,
                    "points_cost": 150,
                    "reward_identifier_code": "x",
                }
            ],
            model="sale.order.line",
        )
        self.assertRefusedCall("write", order.ids, {"state": "sale"}, words="charges the card")

    def test_an_approval_of_which_the_fund_was_given_back_confirms_nothing(self):
        order = self._quote(discount=20)
        self._answers(self._asks(order))
        order.order_line.discount = 5
        order.action_confirm()
        self._call("write", order.ids, {"state": "draft"})
        self._call("write", order.order_line.ids, {"discount": 20}, model="sale.order.line")
        self.assertRefusedCall("action_confirm", order.ids)

    def test_what_was_confirmed_otherwise_is_asked_of_nobody_any_more(self):
        order = self._quote(discount=20)
        request = self._asks(order)
        order.order_line.discount = 5
        order.action_confirm()
        request.sudo().deadline = "2020-01-01"
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm_authority.ir_cron_retail_authority").method_direct_trigger()
        self.assertEqual((request.state, request.times_late), ("cancelled", 0))
        self.assertFalse(request.sudo().activity_ids)

    def test_who_has_limits_of_their_own_answers_by_them(self):
        self.env["retail.authority"].create(
            {
                "company_id": self.company.id,
                "user_id": self.manager.id,
                "discount_percent": 15,
                "margin_percent": -NO_LIMIT,
                "next_id": self.levels["approver"].id,
            }
        )
        request = self._asks(self._quote(discount=20))
        with self.assertUndone("above your own authority"):
            self._answers(request)

    def test_the_ceiling_holds_after_the_confirmation_as_well(self):
        self.env["retail.term"].create(
            {"company_id": self.company.id, "has_discount_ceiling": True, "discount_ceiling": 5}
        )
        order = self._quote(discount=5)
        order.action_confirm()
        self.assertRefusedCall(
            "write", order.order_line.ids, {"discount": 9}, model="sale.order.line", words="Without a manager"
        )

    def test_a_line_is_no_delivery_because_a_client_says_so(self):
        if "is_delivery" not in self.env["sale.order.line"]._fields:
            self.skipTest("No carriers are installed.")
        order = self._quote(price=10)
        self._call("write", order.order_line.ids, {"is_delivery": True}, model="sale.order.line")
        with self.assertUndone(REFUSED):
            order.action_confirm()
