"""The import in any order, twice at once, and with many rows."""

import contextlib
import io
import tracemalloc

import psycopg2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import sql_db
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .history_import_common import HEADER, HistoryImportCase

DOCUMENTS = st.tuples(
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from(["", "R1", "R2"]),
    st.sampled_from(["2024-05-01", "2024-05-02"]),
)
AMOUNTS = st.integers(-50_000, 50_000)


@tagged("post_install", "-at_install")
class TestHistoryImportSize(HistoryImportCase):
    def test_memory_does_not_grow_with_the_file(self):
        self.env["res.partner"].create(
            [{"name": f"Customer {number}", "ref": f"C{number}"} for number in range(20)]
        )

        def peak(rows):
            lines = (f"C{number % 20},Ann,2024-05-01,R{number},10\n" for number in range(rows))
            stream = io.BytesIO(f"{HEADER}\n{''.join(lines)}".encode())
            tracemalloc.start()
            self.History.import_csv(self.company, stream, dry_run=True)
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return peak / 1e6

        small, large = peak(12_000), peak(72_000)
        self.assertLess(large, small + 2, "megabytes: six times the rows, the same memory")

    def test_number_of_statements_does_not_grow_with_the_file(self):
        self.env["res.partner"].create(
            [{"name": f"Customer {number}", "ref": f"C{number}"} for number in range(20)]
        )
        self._import("C1,Ann,2024-05-01,R,10")
        counts = []
        for rows in (10, 2000):
            before = self.cr.sql_log_count
            self._import(*(f"C{number % 20},Ann,2024-06-01,{rows}-{number},10" for number in range(rows)))
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestHistoryImportAnyOrder(HistoryImportCase):
    @settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=40,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.dictionaries(DOCUMENTS, st.lists(AMOUNTS, min_size=1, max_size=4), min_size=1), st.randoms())
    def test_any_chunks_in_any_order_add_up_to_the_same(self, documents, random):
        chunks = [{} for _chunk in range(3)]
        for document, cents in documents.items():
            random.choice(chunks)[document] = cents
        expected = {}
        for (customer, _reference, _day), cents in documents.items():
            expected[customer] = expected.get(customer, 0) + sum(cents)
        with contextlib.closing(self.env.cr.savepoint()):
            for chunk in [*chunks, random.choice(chunks)]:
                self._import_chunk(chunk, random)
            rows = self._rows()
            self.assertEqual(len(rows), sum(map(len, documents.values())))
            totals = {
                partner.ref: round(100 * sum(purchases.mapped("amount")))
                for partner, purchases in rows.grouped("partner_id").items()
            }
            self.assertEqual(totals, expected)

    def _import_chunk(self, chunk, random):
        lines = [
            f"{customer},,{day},{reference},{amount / 100}"
            for (customer, reference, day), cents in chunk.items()
            for amount in cents
        ]
        random.shuffle(lines)
        if lines:
            self._import(*lines)


@tagged("post_install", "-at_install")
class TestHistoryImportTwice(HistoryImportCase):
    """Two people with the same file. Rows are committed by transactions of their own and taken away afterwards."""

    CHANNEL = "test of two imports"

    def setUp(self):
        super().setUp()
        self.shop = self.env.ref("base.main_company")
        self.partner = self.env.ref("base.main_partner")
        self.connection = sql_db.db_connect(self.env.cr.dbname)

    @contextlib.contextmanager
    def _transaction(self):
        with contextlib.closing(self.connection.cursor()) as cr:
            yield self.env(cr=cr)

    def _import_in(self, env, *lines):
        file = io.BytesIO("\n".join([HEADER, *lines]).encode())
        return env["retail.purchase.history"].import_csv(self.shop.with_env(env), file, channel=self.CHANNEL)

    def test_second_import_is_refused_while_the_first_runs(self):
        with self._transaction() as first, self._transaction() as second:
            first.cr.execute(
                "SELECT pg_advisory_xact_lock(hashtext('retail.purchase.history'), %s)", [self.shop.id]
            )
            with self.assertRaisesRegex(UserError, "Another import for this company is under way"):
                self._import_in(second, "C1,Ann,2024-05-01,R1,10")

    def test_same_file_twice_at_once_counts_once(self):
        with self._transaction() as setup:
            setup.cr.execute(
                "INSERT INTO retail_customer_ref (company_id, channel, ref, partner_id) VALUES (%s, %s, 'C1', %s)",
                [self.shop.id, self.CHANNEL, self.partner.id],
            )
            setup.cr.commit()
        self.addCleanup(self._remove)
        with self._transaction() as first, self._transaction() as second:
            second.cr.execute("SELECT 1")  # from here on it does not see what the first one writes
            self.assertEqual(self._import_in(first, "C1,Ann,2024-05-01,R1,10")["created"], 1)
            first.cr.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.SerializationFailure):
                self._import_in(second, "C1,Ann,2024-05-01,R1,10")
            second.cr.rollback()  # the server does so, and calls again
            self.assertEqual(self._import_in(second, "C1,Ann,2024-05-01,R1,10")["already_there"], 1)

    def _remove(self):
        with self._transaction() as env:
            env.cr.execute("DELETE FROM retail_purchase_history WHERE channel = %s", [self.CHANNEL])
            env.cr.execute("DELETE FROM retail_customer_ref WHERE channel = %s", [self.CHANNEL])
            env.cr.execute("DELETE FROM retail_profile_touched WHERE partner_id = %s", [self.partner.id])
            env.cr.commit()
