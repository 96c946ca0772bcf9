from odoo.tests import tagged

from .common import RetailAccountingCommon


@tagged("post_install", "-at_install")
class TestPurchaseSources(RetailAccountingCommon):
    """Nothing counts twice, whatever documents tell of it."""

    def test_order_part_invoice_rest_credit_and_refund_count_once(self):
        customer = self._customer()
        order = self._sells(customer, [(self.product, 10, 30)], days_ago=20)
        self.assertPurchases(customer, revenue=300, rows=1)
        first = self._invoices(order, quantity=4, days_ago=15)
        self.assertPurchases(customer, revenue=300, rows=2)
        self._invoices(order, days_ago=10)
        self.assertPurchases(customer, revenue=300, rows=2)
        self._credits(first, amount=50, days_ago=5)
        self.assertPurchases(customer, revenue=250, rows=3)
        self._buys(customer, 20)
        self._rescore()
        self.assertSegments({customer: "transactional"})
