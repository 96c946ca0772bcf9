from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.retail_crm.tests.common import RetailCommon


@tagged("post_install", "-at_install")
class TestFreeDelivery(RetailCommon):
    """Orders of customers whose terms promise free delivery are delivered for nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Bicycle",
                "product_id": cls._product("Bicycle").id,
                "delivery_type": "fixed",
                "fixed_price": 7,
            }
        )
        cls.env["retail.term"].create(
            {"company_id": cls.company.id, "has_free_delivery": True, "free_delivery_from": 100}
        )
        cls.staff = cls._user("delivery_staff", "sales_team.group_sale_salesman")

    def _order(self, price):
        return self._quotes(self._customer(), [(self.product, 1, price)], user_id=self.staff.id)

    def _choose(self, order):
        """What the salesperson's dialog puts on the order."""
        wizard = (
            self.env["choose.delivery.carrier"]
            .with_user(self.staff)
            .create({"order_id": order.id, "carrier_id": self.carrier.id})
        )
        wizard.update_price()
        wizard.button_confirm()
        return order.order_line.filtered("is_delivery").price_unit

    def test_from_the_amount_on_the_carrier_costs_nothing(self):
        self.assertEqual(self._choose(self._order(100)), 0)
        self.assertEqual(self._choose(self._order(99)), 7)

    def test_the_delivery_itself_does_not_count_towards_the_amount(self):
        order = self._order(95)
        self.assertEqual(self._choose(order), 7)
        self.assertFalse(order.retail_has_free_delivery)
        self.assertEqual(self._choose(order), 7)

    def test_only_what_the_carrier_charges_is_a_charge_for_delivery(self):
        order = self._order(80)
        self._choose(order)
        charge = order.order_line.filtered("is_delivery")
        goods = order.order_line - charge
        goods.is_delivery = True
        self.assertTrue(charge._is_delivery_charge())
        self.assertFalse(goods._is_delivery_charge())

    def test_warehouse_workers_open_deliveries(self):
        """Which delivery methods fit an address is found out with zip prefixes, of which Odoo tells them nothing."""
        self.carrier.zip_prefix_ids = [Command.create({"name": "10"})]
        order = self._quotes(self._customer(zip="10115"), [(self._product("Kettle", type="consu"), 1, 20)])
        order.action_confirm()
        picking = order.picking_ids.with_user(self._user("delivery_worker", "stock.group_stock_user"))
        [delivery] = picking.web_read({"name": {}, "allowed_carrier_ids": {}})
        self.assertIn(self.carrier.id, delivery["allowed_carrier_ids"])
