from decimal import Decimal

from hypothesis import given, settings, strategies

from odoo.tests import BaseCase, tagged

from ..points.exact import BOUND, NotPoints, to_points
from ..points.purse import Lot, NotEnough, Purse, joined

AMOUNTS = strategies.decimals("0.01", 100, places=2)
STEPS = strategies.lists(
    strategies.one_of(
        strategies.tuples(strategies.just("add"), AMOUNTS, strategies.booleans()),
        strategies.tuples(strategies.just("spend"), AMOUNTS),
        strategies.tuples(strategies.just("take_back"), AMOUNTS, strategies.integers(0, 9)),
        strategies.tuples(strategies.just("release"), strategies.integers(0, 9)),
        strategies.tuples(strategies.just("expire"), strategies.integers(0, 9)),
        strategies.tuples(strategies.just("repay")),
    ),
    max_size=25,
)


@tagged("post_install", "-at_install")
class TestPurse(BaseCase):
    """Arithmetic of lots, without a database."""

    def _purse(self, *remaining, debt=0, pending=()):
        lots = [Lot(number, Decimal(points), number in pending) for number, points in enumerate(remaining)]
        return Purse(lots, Decimal(debt))

    def _told(self, parts):
        return [(part.lot_id, int(part.amount), int(part.available)) for part in parts]

    def test_oldest_lot_is_spent_first(self):
        self.assertEqual(
            self._told(self._purse(10, 20, 30).spend(Decimal(25))), [(0, -10, -10), (1, -15, -15)]
        )

    def test_pending_points_cannot_be_spent(self):
        with self.assertRaises(NotEnough):
            self._purse(10, 90, pending={1}).spend(Decimal(11))

    def test_reserved_points_cannot_be_spent(self):
        purse = self._purse(10)
        with self.assertRaises(NotEnough):
            purse.spend(Decimal(6), reserved=Decimal(5))
        self.assertEqual(purse.available, 10)

    def test_taking_back_begins_with_the_own_lot_and_ends_in_debt(self):
        purse = self._purse(10, 20)
        self.assertEqual(
            self._told(purse.take_back(Decimal(35), own={1})), [(1, -20, -20), (0, -10, -10), (None, -5, -5)]
        )
        self.assertEqual(purse.debt, 5)

    def test_taking_back_pending_points_leaves_the_others(self):
        purse = self._purse(10, 20, pending={1})
        self.assertEqual(self._told(purse.take_back(Decimal(15), own={1})), [(1, -15, 0)])

    def test_giving_back_fills_what_was_spent_last_first(self):
        purse = self._purse(10, 20)
        purse.spend(Decimal(25))
        parts = purse.give_back(Decimal(18), [(0, Decimal(10)), (1, Decimal(15))])
        self.assertEqual(self._told(parts), [(1, 15, 15), (0, 3, 3)])

    def test_debt_is_repaid_from_what_comes(self):
        purse = self._purse(30, debt=20)
        self.assertEqual(self._told(purse.repay()), [(0, -20, -20), (None, 20, 20)])
        self.assertEqual((purse.available, purse.debt), (10, 0))

    @settings(derandomize=True, database=None, deadline=None, max_examples=300)
    @given(STEPS)
    def test_parts_are_the_change_and_spending_is_first_in_first_out(self, steps):
        purse, moved, usable = Purse([]), Decimal(0), Decimal(0)
        for step in steps:
            parts = self._take_step(purse, *step)
            moved += sum(part.amount for part in parts)
            usable += sum(part.available for part in parts)
            self.assertEqual(moved, purse.available + purse.pending)
            self.assertEqual(usable, purse.available)
            self.assertTrue(all(lot.remaining >= 0 for lot in purse.lots))
            self.assertGreaterEqual(purse.debt, 0)

    def _take_step(self, purse, kind, *details):
        if kind == "add":
            lot = Lot(len(purse.lots), Decimal(0), details[1])
            purse.lots.append(lot)
            return [purse._change(lot, details[0])]
        if kind == "spend":
            return self._spend(purse, details[0])
        if kind == "take_back":
            return joined(purse.take_back(details[0], own={details[1]}))
        if kind == "repay":
            return purse.repay()
        if details[0] >= len(purse.lots):
            return []
        return getattr(purse, kind)(details[0])

    def _spend(self, purse, amount):
        before, debt = [(lot.id, lot.remaining) for lot in purse.lots if not lot.is_pending], purse.debt
        if amount > purse.available:
            with self.assertRaises(NotEnough):
                purse.spend(amount)
            return []
        parts = joined(purse.spend(amount))
        # the oracle: a plain queue
        wanted, expected = amount + debt, []
        for lot, remaining in before:
            if share := min(remaining, wanted):
                expected.append((lot, -share))
                wanted -= share
        self.assertEqual([(part.lot_id, part.amount) for part in parts if part.lot_id is not None], expected)
        return parts


@tagged("post_install", "-at_install")
class TestExactPoints(BaseCase):
    def test_floats_become_exact(self):
        self.assertEqual(sum(to_points(0.1) for _ in range(10)), 1)
        self.assertEqual(to_points(99999999.999999), Decimal("99999999.999999"))

    def test_what_is_no_amount_is_refused(self):
        for value in (float("nan"), float("inf"), float("-inf"), "many", None, BOUND + 1, 1e300):
            with self.assertRaises(NotPoints):
                to_points(value)
