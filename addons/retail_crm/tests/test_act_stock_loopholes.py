from odoo.service.model import call_kw
from odoo.tests import tagged

from .test_act_stock import StockCommon


@tagged("post_install", "-at_install")
class TestActStockLoopholes(StockCommon):
    """What a warehouse worker could send to get at what is protected."""

    def test_no_key_of_a_client_opens_a_protected_quantity(self):
        self._stocks(4)
        self.env["retail.protection"].create(
            {
                "product_id": self.goods.id,
                "warehouse_id": self.warehouse.id,
                "quantity": 4,
                "strategy_ids": self._strategy("strategic").ids,
            }
        )
        delivery = self._orders(self.new, 3)
        worker = self._user("worker", "stock.group_stock_user")
        for key in ([], [0], True):
            env, context = self.env(user=worker), {"context": {"retail_protections": key}}
            with self.assertUndone("protected until"):
                call_kw(env["stock.move"], "write", [delivery.move_ids.ids, {"quantity": 2}], context)
            call_kw(env["stock.picking"], "action_assign", [delivery.ids], context)
            self.assertReserved({delivery: 0})
