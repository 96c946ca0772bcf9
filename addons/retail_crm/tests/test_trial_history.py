import datetime
import random

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..trial import TrialHistory

DAYS = [datetime.date(2024, 1, 31) + datetime.timedelta(days=31 * number) for number in range(14)]
FACTS = SQL.identifier("test_trial_fact")


@tagged("post_install", "-at_install")
class TestTrialHistory(TransactionCase):
    """Statistics of many days from one pass against the statement that computes those of a single day."""

    def _store(self, rows):
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE %s (partner_id int4, day date, known_on date, revenue float8,
                    contribution float8, is_return boolean, is_cost_estimated boolean, store_id int4)""",
                FACTS,
            )
        )
        for row in rows:
            self.env.cr.execute(SQL("INSERT INTO %s VALUES %s", FACTS, (*row, False, None)))

    def _random_rows(self, seed):
        """Purchases and returns of forty customers; some are known only weeks after their day, some on two days."""
        chance = random.Random(seed)
        for _number in range(600):
            day = datetime.date(2023, 6, 1) + datetime.timedelta(days=chance.randrange(800))
            known_on = day + datetime.timedelta(days=chance.choice([0, 0, 0, 1, 40, 200]))
            is_return = chance.random() < 0.2
            amount = round(chance.uniform(0, 300), 2) * (-1 if is_return else 1)
            yield chance.randrange(40), day, known_on, amount, round(amount * 0.4, 2), is_return

    def _history(self, **half_lives):
        history = TrialHistory(self.env, FACTS, DAYS, half_lives)
        history.prepare()
        return history

    def test_every_day_has_the_statistics_that_were_known_then(self):
        self._store(self._random_rows(seed=3))
        history = self._history(slow=26, fast=2)
        for day in DAYS:
            history.snapshot(day, "test_trial_now")
            for name, half_life in (("slow", 26), ("fast", 2)):
                self.assertEqual(
                    self._read(history.sql_statistics("test_trial_now", name), day, half_life),
                    self._read(self._sql_of_the_day(day, half_life), day, half_life),
                )

    def test_what_followed_is_what_was_bought_in_between(self):
        rows = list(self._random_rows(seed=4))
        self._store(rows)
        history = self._history(value=26)
        after, until = DAYS[3], DAYS[9]
        expected = {}
        for partner, day, _known_on, _revenue, contribution, is_return in rows:
            if after < day <= until:
                total, has_bought = expected.get(partner, (0, False))
                expected[partner] = (total + contribution, has_bought or not is_return)
        found = {
            partner: (round(contribution, 2), has_bought)
            for partner, contribution, has_bought in self.env.execute_query(history.sql_brought(after, until))
        }
        self.assertEqual(found, {p: (round(total, 2), bought) for p, (total, bought) in expected.items()})

    def test_very_old_purchase_under_a_short_half_life_is_worth_nothing(self):
        self._store([(1, datetime.date(1990, 1, 1), datetime.date(1990, 1, 1), 100, 40, False)])
        history = self._history(value=1)
        history.snapshot(DAYS[0], "test_trial_now")
        [row] = self._read(history.sql_statistics("test_trial_now", "value"), DAYS[0], 1)
        self.assertEqual(row[-1], 0)

    def _sql_of_the_day(self, day, half_life):
        return SQL("(%s)", self.env["retail.profile.statistics"]._sql_statistics(FACTS, day, half_life))

    def _read(self, statistics, day, half_life):
        return self.env.execute_query(
            SQL(
                """SELECT partner_id, first_day, last_day, purchase_days, revenue, contribution, %s
                     FROM %s stat ORDER BY partner_id""",
                self.env["retail.scoring"]._sql_value(day, half_life),
                statistics,
            )
        )
