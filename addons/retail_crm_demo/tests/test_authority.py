from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import StoryCase


@tagged("post_install", "-at_install")
class TestAuthority(StoryCase):
    """What docs/demo.md says of who may grant how much."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff, cls.manager = cls._ref("user_staff"), cls._ref("user_manager")

    def _question(self, order):
        return self.env["retail.authority.request"].search([("order_id", "=", self._ref(order).id)])

    def test_emma_gets_a_fifth_off_when_the_manager_agrees(self):
        order = self._ref("quotation_emma").with_user(self.staff)
        request = self._question("quotation_emma").with_user(self.manager)
        self.assertEqual((request.user_id, request.state), (self.staff, "requested"))
        with self.assertRaisesRegex(UserError, "20 %"), self.env.cr.savepoint():
            order.action_confirm()
        self.assertTrue(request.can_answer)
        request._answer("approved", "Yes, and tell her that we are sorry.")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_the_caterer_was_refused_a_discount_and_has_the_prices_of_before(self):
        request = self._question("quotation_caterer")
        self.assertEqual((request.state, request.closed_by_id), ("refused", self.manager))
        log = self.env["retail.authority.log"].search([("document_id", "=", request.order_id.id)], order="id")
        self.assertEqual(log.mapped("kind"), ["asked", "refused"])
        order = request.order_id.with_user(self.staff)
        self.assertFalse(any(order.order_line.mapped("discount")))
        order.action_confirm()
        self.assertEqual(order.state, "sale")
