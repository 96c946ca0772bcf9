"""Orders that are corrected, returned in part or earn in parts: exactly what was given up is taken back."""

from odoo.fields import Command
from odoo.tests import tagged

from .test_points_returns import PointsReturnsCommon


@tagged("post_install", "-at_install")
class TestPointsCorrections(PointsReturnsCommon):
    def _return_product(self, picking, product, quantity):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
            .create({})
        )
        lines = wizard.product_return_moves
        lines.filtered(lambda line: line.product_id == product).write(
            {"quantity": quantity, "to_refund": True}
        )
        back = wizard._create_return()
        back.move_ids.picked = True
        back.button_validate()

    def _second_product(self, **values):
        product = self._product("Bag", type="consu", **values)
        product.with_company(self.company).taxes_id = False
        return product

    def test_quantity_lowered_to_what_was_kept_takes_nothing_more(self):
        order = self._sell(25, quantity=4)
        self._return(self._deliver(order), 2)
        order.order_line.write({"product_uom_qty": 2, "price_unit": 25})
        self.assertPoints(50)

    def test_goods_that_came_back_and_are_delivered_again_have_their_points_again(self):
        order = self._sell(25, quantity=4)
        back = self._return(self._deliver(order), 2)
        self.assertPoints(50)
        self._return(back, 2)
        self.assertPoints(100)

    def test_return_after_an_exchange_takes_its_points(self):
        order = self._sell(25, quantity=4)
        picking = self._deliver(order)
        self._return(self._return(picking, 1, to_refund=False), 1, to_refund=False)
        self._return(picking, 1)
        self.assertPoints(75)

    def test_line_that_comes_back_takes_what_it_earned_before_tax(self):
        self.program.retail_base = "untaxed"
        tax = self.env["account.tax"].create(
            {"name": "20 %", "amount": 20, "type_tax_use": "sale", "company_id": self.company.id}
        )
        bag = self._second_product()
        taxed = {"product_id": self.goods.id, "price_unit": 100, "tax_ids": [Command.set(tax.ids)]}
        order = self._quotes(self.customer, [taxed, (bag, 1, 100)])
        order.action_confirm()
        self.assertPoints(200)
        self._return_product(self._deliver(order), self.goods, 1)
        self.assertPoints(100)

    def test_line_that_comes_back_takes_what_its_own_rules_gave(self):
        bag = self._second_product()
        self.program.rule_ids = [
            Command.create({"reward_point_mode": "unit", "reward_point_amount": 50, "product_ids": bag.ids})
        ]
        order = self._quotes(self.customer, [(self.goods, 1, 100), (bag, 1, 100)])
        order.action_confirm()
        self.assertPoints(250)
        self._return_product(self._deliver(order), bag, 1)
        self.assertPoints(100)

    def test_discount_line_goes_with_the_goods(self):
        less = self._product("Discount", type="service")
        less.with_company(self.company).taxes_id = False
        for earned_at in ("confirmation", "delivery"):
            self.program.retail_earned_at = earned_at
            self.customer = self._customer(earned_at)
            order = self._quotes(self.customer, [(self.goods, 4, 25), (less, 1, -20)])
            order.action_confirm()
            picking = self._deliver(order)
            self.assertPoints(80)
            self._return(picking, 2)
            self.assertPoints(40)

    def test_points_that_expired_in_one_program_do_not_save_those_of_another(self):
        other = self._program("Other club")
        order = self._sell(100)
        self._wallet(program=other).lot_ids.expires_on = "2020-01-31"
        self.env["retail.points.ageing"]._expire_batch()
        order._action_cancel()
        self.assertPoints(0)
        self.assertPoints(0, wallet=self._wallet(program=other))

    def test_program_for_later_orders_can_be_cancelled(self):
        self.program.applies_on = "future"
        order = self._sell(100)
        order._action_cancel()
        self.assertFalse(sum(self.program.retail_wallet_ids.move_ids.mapped("amount")))


@tagged("post_install", "-at_install")
class TestPointsOfServices(PointsReturnsCommon):
    """Nobody ships a service: it is delivered when somebody says so, or else when it is invoiced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.retail_earned_at = "delivery"
        cls.service = cls._product("Tuning", type="service", invoice_policy="order")
        cls.service.with_company(cls.company).taxes_id = False

    def _book_service(self, quantity=4):
        order = self._quotes(self.customer, [(self.service, quantity, 25)])
        order.action_confirm()
        return order

    def test_service_earns_as_it_is_delivered_by_hand(self):
        order = self._book_service()
        self.assertFalse(self._wallet().move_ids)
        order.order_line.qty_delivered = 1
        self.assertPoints(25)
        order.order_line.qty_delivered = 4
        self.assertPoints(100)
        order.order_line.qty_delivered = 3
        self.assertPoints(75)

    def test_service_that_nobody_says_is_delivered_earns_when_it_is_invoiced(self):
        invoice = self._invoices(self._book_service())
        self.assertPoints(100)
        self._credits(invoice, amount=40)
        self.assertPoints(60)

    def test_service_does_not_make_goods_earn_that_are_not_delivered(self):
        order = self._quotes(self.customer, [(self.service, 1, 40), (self.goods, 1, 60)])
        order.action_confirm()
        service = order.order_line.filtered(lambda line: line.product_id == self.service)
        service.qty_delivered = 1
        self.assertPoints(40)
        self._deliver(order)
        self.assertPoints(100)
