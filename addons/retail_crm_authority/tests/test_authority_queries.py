from unittest.mock import patch

from odoo.tests import tagged

from .common import AuthorityCommon


@tagged("post_install", "-at_install")
class TestAuthorityQueries(AuthorityCommon):
    def _count(self, discount, is_on):
        """Queries of confirming an order, with authority or as without this addon."""
        orders = [self._quote(discount=discount, quantity=3) for _time in range(2)]
        # as on a server that has confirmed orders before
        orders[0].action_confirm()
        self.env.flush_all()
        self.env.invalidate_all()
        grant = type(orders[1])._grant if is_on else lambda order: None
        before = self.env.cr.sql_log_count
        with patch.object(type(orders[1]), "_grant", grant):
            orders[1].action_confirm()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_confirming_an_order_costs_at_most_three_queries_more(self):
        self._count(0, True)
        self.assertEqual(self._count(0, True) - self._count(0, False), 0, "nothing is granted")
        # limits of the person towards the segment, the fund of the month, the log
        self.assertLessEqual(self._count(5, True) - self._count(5, False), 3)
