"""CPU of PostgreSQL and Python, and the table of what was measured."""

import statistics
import time

import psutil

from odoo.tools import SQL


class Meter:
    """Measures pieces of work in ``env``, of a shop of ``customers`` customers; ``rows`` is the table."""

    def __init__(self, env, customers):
        self.env = env
        self.customers = customers
        self.rows = []
        # the CPU of workers would be that of other processes
        env.cr.execute("SET max_parallel_workers_per_gather = 0")
        env.cr.execute("SELECT pg_backend_pid()")
        self.backend = psutil.Process(env.cr.fetchone()[0])
        env.cr.commit()

    def cpu(self, work):
        """CPU seconds of one call."""
        start = self._spent()
        work()
        return self._spent() - start

    def _spent(self):
        times = self.backend.cpu_times()
        return times.user + times.system + time.process_time()

    def medians(self, *works, times=5, calls=1):
        """Median CPU seconds of each of ``works``, which are called in turn, ``calls`` times each at a go."""
        measured = [
            [self.cpu(lambda work=work: [work() for _call in range(calls)]) / calls for work in works]
            for _time in range(times)
        ]
        return [statistics.median(column) for column in zip(*measured)]

    def count_queries(self, work):
        start = self.env.cr.sql_log_count
        work()
        return self.env.cr.sql_log_count - start

    def execute(self, query):
        """Work that has PostgreSQL run the whole query and hand nothing over."""
        return lambda: self.env.cr.execute(SQL("EXPLAIN (ANALYZE, TIMING OFF) %s", query))

    def undone(self, work):
        """``work`` with its effect on the database taken back."""

        def run():
            with self.env.cr.savepoint(flush=False) as savepoint:
                work()
                self.env.flush_all()
                savepoint.rollback()
            self.env.invalidate_all(flush=False)

        return run

    def vacuum(self, *tables):
        """What autovacuum does between two nights."""
        self.env.cr.commit()
        connection = self.env.cr._cnx
        connection.autocommit = True
        for table in tables:
            self.env.cr.execute(SQL("VACUUM ANALYZE %s", SQL.identifier(table)))
        connection.autocommit = False

    def report(self, work, figure, unit="x", at_most=None, at_least=None):
        """Add a row to the table; a bound makes it a demand."""
        demand, is_met = "", None
        if at_most is not None:
            demand, is_met = f"<= {at_most:g}", figure <= at_most
        if at_least is not None:
            demand, is_met = f">= {at_least:g}", figure >= at_least
        self.rows.append(
            [work, f"{figure:,.3g}" if figure < 1000 else f"{figure:,.0f}", unit, demand, is_met]
        )
        print("   ", *self.rows[-1], flush=True)
