import random
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..models import retail_points_ageing
from ..points.event import PointsEvent
from ..points.exact import to_points
from .points_common import PointsCommon


class Killed(BaseException):
    """As if somebody had pulled the plug."""


@tagged("post_install", "-at_install")
class TestPointsExpiryJobs(PointsCommon):
    """The nightly job, run twice, killed half-way or with the clock set back: nothing happens twice."""

    def setUp(self):
        super().setUp()
        # a test commits nothing; what the job did stays
        self.startPatcher(patch.object(type(self.env["ir.cron"]), "_commit_progress", self._commit))
        self.startPatcher(patch.object(retail_points_ageing, "BATCH", 3))
        self.committed = 0
        self.killed_after = None

    def _commit(self, *_arguments, **_options):
        self.committed += 1
        if self.committed == self.killed_after:
            raise Killed
        return float("inf")

    def _lots(self, *last_days, pending_until=None):
        """A customer of ten points for each of the days; None is for ever."""
        customer = self._customer("Bob")
        wallet = self._card(customer).sudo().retail_wallet_id
        wallet._book(
            [
                PointsEvent(
                    wallet,
                    "add",
                    "earn",
                    to_points(10),
                    wallet._new_key("test"),
                    expires_on=day,
                    release_on=pending_until,
                    earned_on=self.today - timedelta(days=100),
                )
                for day in last_days
            ]
        )
        return wallet

    def _age(self, day):
        with freeze_time(f"{day} 23:30:00"):
            self.env["retail.points.ageing"]._cron_age()
        self.env.invalidate_all()

    def _count(self):
        self.env.flush_all()
        return self.env["retail.points.move"].search_count([])

    def _days(self, *offsets):
        return [self.today + timedelta(days=offset) for offset in offsets]

    def test_each_lot_expires_the_day_after_its_last_one(self):
        wallet = self._lots(*self._days(-1, 0, 1), None)
        for offset, left in ((-1, 40), (0, 30), (1, 20), (2, 10), (400, 10)):
            self._age(self.today + timedelta(days=offset))
            self.assertPoints(left, wallet=wallet)

    def test_job_whose_time_is_over_asks_to_be_called_again(self):
        wallet, told = self._lots(*self._days(*range(-8, 0))), []

        def time_is_over(_cron, processed=0, *, remaining=None):
            told.append(remaining)
            return 0

        with patch.object(type(self.env["ir.cron"]), "_commit_progress", time_is_over):
            for left in (50, 20, 0, 0):
                self._age(self.today)
                self.assertPoints(left, wallet=wallet)
        self.assertEqual(told, [1, 1, 1, 0])

    def test_job_run_twice_changes_nothing_twice(self):
        wallet = self._lots(*self._days(*range(-8, 0)))
        self._age(self.today)
        self.assertPoints(0, wallet=wallet)
        moves = self._count()
        for _time in range(2):
            self._age(self.today)
        self.assertEqual(self._count(), moves)

    def test_job_killed_half_way_goes_on_where_it_was(self):
        wallet = self._lots(*self._days(*range(-8, 0)))
        self.killed_after = 2
        # assertRaises would take everything back
        with suppress(Killed):
            self._age(self.today)
        self.assertEqual(self.committed, 2)
        # two batches of three are through
        self.env.invalidate_all()
        self.assertPoints(20, wallet=wallet)
        self.killed_after = None
        self._age(self.today)
        self.assertPoints(0, wallet=wallet)
        self.assertEqual([kind for kind, *_ in self._moves(wallet=wallet)].count("expire"), 8)

    def test_batch_that_is_killed_has_done_nothing(self):
        wallet = self._lots(*self._days(*range(-8, 0)))
        moves = self._count()
        with self.assertRaises(Killed), self.env.cr.savepoint():
            self.env["retail.points.ageing"]._expire_batch(self.today)
            raise Killed
        self.env.invalidate_all()
        self.assertEqual(self._count(), moves)
        self.assertPoints(80, wallet=wallet)

    def test_clock_set_back_and_forth_changes_nothing_twice(self):
        wallet = self._lots(*self._days(-1, 5), pending_until=self.today - timedelta(days=2))
        self.assertPoints(0, pending=20, wallet=wallet)
        self._age(self.today)
        self.assertPoints(10, wallet=wallet)
        moves = self._count()
        for offset in (-700, -3, 0, -1, 4):
            self._age(self.today + timedelta(days=offset))
        self.assertEqual(self._count(), moves)

    def test_release_comes_before_expiry_and_counts_once(self):
        wallet = self._lots(*self._days(-1), pending_until=self.today - timedelta(days=1))
        for _time in range(2):
            self._age(self.today)
            self.assertPoints(0, wallet=wallet)
        self.assertEqual(
            self._moves(wallet=wallet), [("earn", 10, 0), ("release", 0, 10), ("expire", -10, -10)]
        )

    def test_debt_is_paid_before_points_expire(self):
        wallet = self._lots(self.today - timedelta(days=1))
        # a debt came up while somebody else earned: nobody had locked anything
        self.env.cr.execute(SQL("UPDATE retail_points_wallet SET debt = 4 WHERE id = %s", wallet.id))
        self.env["retail.points.move"].create(
            {
                "wallet_id": wallet.id,
                "kind": "reverse",
                "amount": -4,
                "available_amount": -4,
                "source_key": "test",
            }
        )
        self.env.invalidate_all()
        self.assertPoints(6, debt=4, wallet=wallet)
        self._age(self.today)
        self.assertPoints(0, wallet=wallet)

    def test_expired_points_of_many_customers_cost_the_same_number_of_queries(self):
        self.startPatcher(patch.object(retail_points_ageing, "BATCH", 1000))
        counts = []
        for customers in (2, 20):
            for _number in range(customers):
                self._lots(self.today - timedelta(days=1))
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["retail.points.ageing"]._expire_batch(self.today)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestPointsFirstInFirstOut(PointsCommon):
    """Lots are spent as a plain queue says, on random sequences."""

    SEQUENCES, STEPS = 8, 25

    def test_lots_are_spent_as_a_plain_queue_says(self):
        for seed in range(self.SEQUENCES):
            with self.subTest(seed=seed):
                self._live(random.Random(seed))

    def _live(self, chance):
        self.wallet = self._card(self._customer("Bob")).sudo().retail_wallet_id
        self.now = self.today
        self.queue = []  # [last day, day earned, number, points left], as they are spent
        for number in range(self.STEPS):
            self.now += timedelta(days=chance.randrange(4))
            with freeze_time(f"{self.now} 12:00:00"):
                getattr(self, f"_{chance.choice(['add', 'add', 'spend', 'spend', 'expire'])}")(chance, number)
                self.env.flush_all()
                self.env.invalidate_all()
        lots = self.env["retail.points.lot"].search([("wallet_id", "=", self.wallet.id)])
        left = sorted(lots.filtered("remaining").mapped(lambda lot: (lot.expires_on, lot.remaining)))
        self.assertEqual(
            left, sorted((last, float(points)) for last, _day, _number, points in self.queue if points)
        )
        self.assertAddsUp(self.wallet)

    def _amount(self, chance):
        return Decimal(chance.randrange(1, 5000)) / 100

    def _add(self, chance, number):
        last, amount = self.now + timedelta(days=chance.randrange(1, 30)), self._amount(chance)
        key = f"test:{self.wallet.id}:{number}"
        self.wallet._book(
            [PointsEvent(self.wallet, "add", "earn", amount, key, earned_on=self.now, expires_on=last)]
        )
        self.queue.append([last, self.now, number, amount])

    def _spend(self, chance, _number):
        self._forget_expired()
        amount = min(self._amount(chance), sum(entry[3] for entry in self.queue))
        if not amount:
            return
        key = self.wallet._new_key("test")
        self.wallet._book([PointsEvent(self.wallet, "spend", "redeem", amount, key)])
        for entry in sorted(self.queue):
            taken = min(entry[3], amount)
            entry[3] -= taken
            amount -= taken

    def _expire(self, _chance, _number):
        self.env["retail.points.ageing"]._expire_batch(self.now)
        self._forget_expired()

    def _forget_expired(self):
        """Points past their last day cannot be spent, whether the job was there or not."""
        self.queue = [entry for entry in self.queue if entry[0] >= self.now]
