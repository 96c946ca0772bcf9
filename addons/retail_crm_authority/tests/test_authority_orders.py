from odoo.tests import tagged

from .common import AuthorityCommon


@tagged("post_install", "-at_install")
class TestAuthorityOrders(AuthorityCommon):
    """What may be confirmed, by whom."""

    def test_discount_within_authority_is_confirmed_at_once_and_noted(self):
        order = self._quote(discount=10)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._log(order), ["granted"])

    def test_an_order_at_list_price_leaves_no_trace(self):
        order = self._quote()
        order.action_confirm()
        self.assertEqual((order.state, self._log(order)), ("sale", []))

    def test_discount_above_authority_waits_for_approval(self):
        order = self._quote(discount=20)
        self.assertEqual(order.retail_authority_state, "above")
        with self.assertUndone("limit is 10"):
            order.action_confirm()
        request = self._asks(order)
        self.assertEqual(request.authority_id.role, "manager")
        with self.assertUndone("limit is 10"):
            order.action_confirm()
        self._answers(request)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._log(order), ["asked", "approved", "confirmed"])
