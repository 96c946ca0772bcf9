from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from .points_common import PointsAccountingCommon


@tagged("post_install", "-at_install")
class TestPointsQueries(PointsAccountingCommon):
    """What the ledger adds to Odoo's own work, in queries: orders of two programs that differ in nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.programs = {True: cls.program}
        cls.programs[False] = cls._without_ledger_program()

    @classmethod
    def _without_ledger_program(cls):
        with cls._ledger(False):
            return cls._program("Club without a ledger")

    @classmethod
    @contextmanager
    def _ledger(cls, is_on):
        """As Odoo does it alone, unless the ledger ``is_on``."""
        if is_on:
            yield
            return
        orders, programs = type(cls.env["sale.order"]), type(cls.env["loyalty.program"])
        with (
            patch.object(programs, "_keeps_ledger", lambda program: False),
            patch.object(orders, "_book_points", lambda order: None),
            patch.object(orders, "_reserve_points", lambda order: None),
        ):
            yield

    def _count(self, is_on, points=None, redeems=False, number=1):
        """Queries of confirming ``number`` orders of a customer with that many points, with the ledger or without."""
        program = self.programs[is_on]
        (self.programs[True] | self.programs[False]).active = False
        program.active = points is not None
        customer = self._customer("Somebody")
        with self._ledger(is_on):
            if points is not None:
                self._card(customer, 2 * points, program)
            first, *orders = [
                self.env["sale.order"].union(*(self._order(80, customer) for _number in range(number)))
                for _time in range(2)
            ]
            for order in (first, *orders):
                for each in order if redeems else ():
                    self._redeems(each, program.reward_ids)
            # as on a server that has confirmed orders before
            first.action_confirm()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            orders[0].action_confirm()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

    def _count_more(self, **options):
        """Queries with the ledger minus those without it."""
        return self._count(True, **options) - self._count(False, **options)

    def test_confirming_an_order_costs_at_most_six_queries_more(self):
        # looks at what is booked: that needs no program
        self.assertLessEqual(self._count_more(), 1, "without a program")
        # barred, booked so far, wallet, lot, move; less what Odoo writes on the card and says of it
        self.assertLessEqual(self._count_more(points=0), 6, "the order earns")
        # and lock, lots, reservations, less the same
        self.assertLessEqual(self._count_more(points=500, redeems=True), 6, "the order earns and redeems")

    def test_confirming_an_order_that_earns_when_it_is_paid_costs_at_most_six_queries_more(self):
        self.program.retail_earned_at = "payment"
        self.assertLessEqual(self._count_more(points=500), 6)
        self.assertLessEqual(self._count_more(points=500, redeems=True), 6)

    def test_twenty_orders_confirmed_at_once_are_booked_together(self):
        one = self._count_more(points=0)
        twenty = self._count_more(points=0, number=20)
        # each order asks whether its card is barred and reads its balance; what they earn is booked in one go
        self.assertLessEqual(twenty, one + 19 * 3)

    def test_list_of_cards_or_wallets_costs_the_same_for_any_number(self):
        self.reader = self._user("points_reader", "sales_team.group_sale_salesman_all_leads")
        for number in range(80):
            self._card(self._customer(f"Customer {number}"), 10)
        for model in ("loyalty.card", "retail.points.wallet"):
            self._count_reading(model, 80)
            self.assertEqual(self._count_reading(model, 8), self._count_reading(model, 80), model)

    def _count_reading(self, model, limit):
        """Queries of the list as the web client shows it to a salesperson."""
        records = self.env(user=self.reader)[model]
        fields = records.get_views([(False, "list")])["models"][model]["fields"]
        shown = records.fields_get(attributes=["type"]).keys() & fields.keys()
        specification = {
            name: {"fields": {"display_name": {}}} if records._fields[name].type == "many2one" else {}
            for name in shown
        }
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        found = records.web_search_read(
            [("program_id", "=", self.program.id)], specification, limit=limit, order="id"
        )
        self.assertEqual(len(found["records"]), limit)
        return self.env.cr.sql_log_count - before
