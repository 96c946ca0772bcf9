"""`retail.purchase.history.import_csv`: what it writes, what it refuses, and that it never does half of it."""
import contextlib
import io
import itertools
import tracemalloc

import openpyxl
import psycopg2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import sql_db
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import SQL, mute_logger

from ..importing.history_import import HistoryImportError

HEADER = "customer_ref,customer_name,date,reference,amount"
DOCUMENTS = st.tuples(
    st.sampled_from(["A", "B", "C"]), st.sampled_from(["", "R1", "R2"]), st.sampled_from(["2024-05-01", "2024-05-02"])
)
AMOUNTS = st.integers(-50_000, 50_000)


@freeze_time("2025-06-15 12:00:00")
class HistoryImportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref("base.EUR")
        cls.company = cls._company("Import shop")
        cls.History = cls.env["retail.purchase.history"]

    @classmethod
    def _company(cls, name):
        return cls.env["res.company"].create({"name": name, "currency_id": cls.euro.id, "retail_tz": "UTC"})

    def _import(self, *lines, header=HEADER, company=None, **options):
        content = "\n".join([header, *lines]).encode()
        return self.History.import_csv(company or self.company, io.BytesIO(content), **options)

    def _rows(self, company=None):
        return self.History.search([("company_id", "=", (company or self.company).id)], order="id")

    def _amounts(self, company=None):
        return sorted(self._rows(company).mapped("amount"))

    @contextlib.contextmanager
    def assertNothingWritten(self):
        """What an import could write is as it was."""
        models = ("retail.purchase.history", "retail.customer.ref", "retail.store", "res.partner")

        def count():
            return {model: self.env[model].with_context(active_test=False).search_count([]) for model in models}

        before = count()
        yield
        self.assertEqual(count(), before)

    def assertRefused(self, reason, *lines, bad_lines=None, **options):
        """The import says ``reason`` of the rows ``bad_lines`` and writes nothing."""
        with self.assertNothingWritten(), self.assertRaisesRegex(UserError, reason) as caught:
            self._import(*lines, **options)
        if bad_lines is not None:
            self.assertEqual([bad["line"] for bad in caught.exception.report["bad_rows"]], bad_lines)
        return caught.exception.report


@tagged("post_install", "-at_install")
class TestHistoryImport(HistoryImportCase):
    # What is written

    def test_rows_become_purchases_of_new_customers(self):
        counts = self._import(
            "C1,Ann,2024-05-01,INV1,120.50,70,2,,MAIN,EUR,+49 30 5550101,ann@example.com",
            "C1,,2024-06-01,RET1,-20.50,,,,MAIN,,,",
            "C2,,2024-05-02,INV2,0,0,,,,,,",
            header=HEADER + ",cost,quantity,product_ref,store,currency,customer_phone,customer_email",
        )
        self.assertEqual((counts["rows"], counts["created"], counts["customers_created"]), (3, 3, 2))
        sale, refund, gift = self._rows()
        self.assertEqual((sale.amount, sale.cost, sale.quantity, sale.has_cost), (120.5, 70, 2, True))
        self.assertEqual((refund.amount, refund.has_cost), (-20.5, False))
        self.assertEqual((gift.amount, gift.cost, gift.has_cost), (0, 0, True), "a known cost of 0 is not an unknown one")
        self.assertEqual((sale.store_id.code, sale.store_id.company_id), ("MAIN", self.company))
        self.assertEqual(sale.store_id, refund.store_id)
        ann = sale.partner_id
        self.assertEqual(ann, refund.partner_id)
        self.assertEqual((ann.name, ann.ref, ann.email), ("Ann", "C1", "ann@example.com"))
        self.assertEqual((ann.phone, ann.company_id.id, ann.is_company), ("+49 30 5550101", False, False))
        self.assertEqual(gift.partner_id.name, "Customer C2")
        self.assertFalse(ann.message_follower_ids)
        self.assertEqual((sale.create_uid, sale.channel, sale.reference), (self.env.user, "history", "INV1"))

    def test_unknown_cost_is_null_for_the_engine(self):
        self._import("C1,Ann,2024-05-01,R1,10,", "C1,Ann,2024-05-01,R2,10,4", header=HEADER + ",cost")
        query = SQL("SELECT cost FROM retail_purchase_history WHERE company_id = %s ORDER BY id", self.company.id)
        self.assertEqual([cost for (cost,) in self.env.execute_query(query)], [None, 4])

    def test_imported_purchases_count_as_purchases(self):
        self._import("C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-03,R2,-4")
        purchases = self.env["retail.purchase"].search([("company_id", "=", self.company.id)])
        self.assertEqual(sorted(purchases.mapped("revenue")), [-4, 10])
        self.assertEqual(set(purchases.mapped("source")), {"history"})

    def test_branch_imports_into_its_main_company(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self._import("C1,Ann,2024-05-01,R1,10", company=branch)
        self.assertEqual(self._amounts(), [10])

    def test_path_and_workbook_import_like_a_stream(self):
        workbook = openpyxl.Workbook()
        workbook.active.append(HEADER.split(","))
        workbook.active.append(["C1", "Ann", "2024-05-01", "R1", 10.25])
        with self.temporary_path(".data") as path:
            workbook.save(path)
            self.History.import_csv(self.company, path)
        self.assertEqual(self._amounts(), [10.25])
        with self.assertRaisesRegex(UserError, "There is no file"):
            self.History.import_csv(self.company, "/nowhere/at/all.csv")

    @contextlib.contextmanager
    def temporary_path(self, suffix):
        import tempfile

        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            yield file.name

    def test_gbk_file_with_semicolons_and_decimal_commas(self):
        content = "customer_ref;customer_name;date;reference;amount\nC1;王小明;31/05/2024;R1;1.234,50\n"
        self.History.import_csv(self.company, io.BytesIO(content.encode("gbk")))
        row = self._rows()
        self.assertEqual((row.partner_id.name, row.amount, str(row.date)), ("王小明", 1234.5, "2024-05-31"))

    def test_ambiguous_dates_are_asked_about_and_the_answer_is_taken(self):
        self.assertRefused("choose the date format", "C1,Ann,01/05/2024,R1,10")
        self._import("C1,Ann,01/05/2024,R1,10", date_format="dmy")
        self.assertEqual(str(self._rows().date), "2024-05-01")

    # Once only

    def test_repeated_import_adds_nothing_in_whatever_order(self):
        lines = ["C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-01,R1,20", "C1,Ann,2024-05-01,R1,10", "C2,Bo,2024-05-01,,5"]
        self._import(*lines)
        for order in itertools.permutations(lines):
            counts = self._import(*order)
            self.assertEqual((counts["created"], counts["already_there"], counts["customers_created"]), (0, 4, 0))
        self.assertEqual(self._amounts(), [5, 10, 10, 20])

    def test_later_export_adds_only_what_is_new(self):
        self._import("C1,Ann,2024-05-01,,10")
        counts = self._import("C1,Ann,2024-05-01,,4", "C1,Ann,2024-05-01,,10", "C1,Ann,2024-05-02,,10")
        self.assertEqual((counts["created"], counts["already_there"]), (2, 1))
        self.assertEqual(self._amounts(), [4, 10, 10])
        self.assertEqual(sorted(self._rows().mapped("ordinal")), [1, 1, 2])

    def test_same_key_with_another_amount_is_refused(self):
        self._import("C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-01,R2,10")
        report = self.assertRefused(
            "already imported with amount 10.00", "C1,Ann,2024-05-01,R2,10", "C1,Ann,2024-05-01,R1,11",
            "C3,New,2024-05-01,R3,1", bad_lines=[3],
        )  # fmt: skip
        self.assertEqual((report["bad_total"], report["bad_rows"][0]["column"]), (1, "amount"))

    def test_one_changed_line_of_a_document_is_refused(self):
        self._import("C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-01,R1,20")
        self.assertRefused(
            "with amount 20.00", "C1,Ann,2024-05-01,R1,10", "C1,Ann,2024-05-01,R1,25", bad_lines=[3]
        )

    def test_channels_do_not_mix(self):
        self._import("C1,Ann,2024-05-01,R1,10", channel="till")
        counts = self._import("C1,Ann,2024-05-01,R1,11", channel="web")
        self.assertEqual((counts["created"], counts["customers_created"]), (1, 0))
        self.assertEqual(self.env["retail.customer.ref"].search_count([("company_id", "=", self.company.id)]), 2)

    def test_two_companies_keep_their_own_rows_and_share_the_person(self):
        other = self._company("Other shop")
        self._import("C1,Ann,2024-05-01,R1,10,MAIN", header=HEADER + ",store")
        counts = self._import("C1,Ann,2024-05-01,R1,11,MAIN", header=HEADER + ",store", company=other)
        self.assertEqual((counts["customers_created"], counts["stores_created"]), (0, ["MAIN"]))
        self.assertEqual((self._amounts(), self._amounts(other)), ([10], [11]))
        self.assertEqual(self._rows().partner_id, self._rows(other).partner_id)
        self.assertNotEqual(self._rows().store_id, self._rows(other).store_id)

    # Whose purchase it is

    def test_customer_number_means_the_contact_with_that_reference(self):
        shop = self.env["res.partner"].create({"name": "Corner shop", "is_company": True})
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": shop.id, "ref": "C1"})
        counts = self._import("C1,Ann,2024-05-01,R1,10")
        self.assertEqual((counts["customers_created"], self._rows().partner_id), (0, shop))
        contact.ref = False
        self._import("C1,Ann,2024-05-02,R2,10")
        self.assertEqual(self._rows().partner_id, shop, "what the first import found out stays")

    def test_two_contacts_with_the_reference_are_refused(self):
        self.env["res.partner"].create([{"name": name, "ref": "C1"} for name in ("Ann", "Anna")])
        self.assertRefused(
            "Several contacts have the reference", "C1,Ann,2024-05-01,R1,10", "C2,Bo,2024-05-01,R1,10", bad_lines=[2]
        )

    def test_archived_contact_is_taken_when_no_active_one_has_the_reference(self):
        archived = self.env["res.partner"].create({"name": "Ann", "ref": "C1", "active": False})
        self._import("C1,Ann,2024-05-01,R1,10")
        self.assertEqual(self._rows().partner_id, archived)
        active = self.env["res.partner"].create({"name": "Ann", "ref": "C2"})
        self.env["res.partner"].create({"name": "Old Ann", "ref": "C2", "active": False})
        self._import("C2,Ann,2024-05-01,R1,10")
        self.assertEqual(self._rows()[-1].partner_id, active)

    def test_contact_of_another_company_is_not_taken(self):
        other = self._company("Other shop")
        stranger = self.env["res.partner"].create({"name": "Ann", "ref": "C1", "company_id": other.id})
        self._import("C1,Ann,2024-05-01,R1,10")
        self.assertNotEqual(self._rows().partner_id, stranger)

    def test_merged_customers_stay_known(self):
        self._import("C1,Ann,2024-05-01,R1,10", "C2,Anne,2024-05-01,R2,20")
        ann, anne = self._rows().partner_id
        self.env["base.partner.merge.automatic.wizard"]._merge((ann | anne).ids, ann)
        counts = self._import("C2,Anne,2024-05-01,R2,20", "C2,Anne,2024-05-03,R3,30")
        self.assertEqual((counts["created"], counts["customers_created"]), (1, 0))
        self.assertEqual(self._rows().partner_id, ann)

    # What the other columns mean

    def test_product_is_found_by_reference_or_barcode(self):
        by_code, by_barcode = self.env["product.product"].create(
            [{"name": "Tea", "default_code": "TEA"}, {"name": "Cup", "barcode": "4006381333931"}]
        )
        self._import(
            "C1,Ann,2024-05-01,R1,10,TEA", "C1,Ann,2024-05-01,R2,10,4006381333931", "C1,Ann,2024-05-01,R3,10,",
            header=HEADER + ",product_ref",
        )  # fmt: skip
        self.assertEqual([row.product_id for row in self._rows()], [by_code, by_barcode, self.env["product.product"]])

    def test_unknown_and_ambiguous_products_are_refused(self):
        self.env["product.product"].create([{"name": name, "default_code": "TEA"} for name in ("Tea", "Green tea")])
        header = HEADER + ",product_ref"
        self.assertRefused("There is no product", "C1,Ann,2024-05-01,R1,10,CUP", header=header, bad_lines=[2])
        self.assertRefused("Several products", "C1,Ann,2024-05-01,R1,10,TEA", header=header, bad_lines=[2])

    def test_store_is_found_by_code_even_when_archived(self):
        store = self.env["retail.store"].create(
            {"name": "Old town", "code": "OLD", "company_id": self.company.id, "active": False}
        )
        counts = self._import("C1,Ann,2024-05-01,R1,10,OLD", header=HEADER + ",store")
        self.assertEqual((counts["stores_created"], self._rows().store_id), ([], store))

    # Foreign currency

    def _rate(self, currency, day, rate):
        return self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": day, "rate": rate, "company_id": self.company.id}
        )

    def test_foreign_amounts_are_converted_at_the_day_as_odoo_does(self):
        pound = self.env.ref("base.GBP")
        for day, rate in (("2024-01-01", 0.8), ("2024-05-01", 0.9), ("2024-07-01", 0.5)):
            self._rate(pound, day, rate)
        self._rate(self.euro, "2023-01-01", 1.1)
        self._import(
            "C1,Ann,2024-04-30,R1,100,50,GBP", "C1,Ann,2024-05-01,R2,-7.77,,gbp", "C1,Ann,2024-06-01,R3,10,,EUR",
            header=HEADER + ",cost,currency",
        )  # fmt: skip
        first, second, third = self._rows()
        for row, original in ((first, 100), (second, -7.77)):
            self.assertAlmostEqual(row.amount, pound._convert(original, self.euro, self.company, row.date))
            self.assertEqual((row.original_amount, row.original_currency_id), (original, pound))
        self.assertAlmostEqual(first.cost, pound._convert(50, self.euro, self.company, first.date))
        self.assertEqual((third.amount, third.original_currency_id.id), (10, False))

    def test_repeated_import_adds_nothing_after_the_rates_changed(self):
        rate = self._rate(self.env.ref("base.GBP"), "2024-01-01", 0.8)
        line, header = "C1,Ann,2024-05-01,R1,100,GBP", HEADER + ",currency"
        self._import(line, header=header)
        rate.rate = 0.7
        self.assertEqual(self._import(line, header=header)["already_there"], 1)
        self.assertRefused("already imported with amount 100.00", line.replace(",GBP", ",EUR"), header=header)

    def test_unknown_currency_is_refused(self):
        self.assertRefused(
            'There is no currency "EURO"', "C1,Ann,2024-05-01,R1,10,EURO", header=HEADER + ",currency", bad_lines=[2]
        )

    def test_currency_without_a_rate_on_that_day_is_refused_with_what_to_do(self):
        self._rate(self.env.ref("base.GBP"), "2024-05-02", 0.8)
        self.assertRefused(
            "no exchange rate for GBP on or before 2024-05-01: add one in Accounting",
            "C1,Ann,2024-05-01,R1,10,GBP", "C1,Ann,2024-05-02,R1,10,GBP", header=HEADER + ",currency", bad_lines=[2],
        )  # fmt: skip

    def test_company_currency_without_a_rate_on_that_day_is_refused(self):
        self._rate(self.env.ref("base.GBP"), "2024-01-01", 0.8)
        self._rate(self.euro, "2024-06-01", 1.1)
        self.assertRefused(
            "no exchange rate for EUR", "C1,Ann,2024-05-01,R1,10,GBP", header=HEADER + ",currency", bad_lines=[2]
        )

    # What is refused, as a whole

    def test_files_that_cannot_be_read_say_what_to_do(self):
        for content, reason in {
            b"": "The file is empty",
            b"\x89PNG\r\n\0\0": "This is not a table",
            b"customer_ref,date\nC1,2024-05-01\n": "Columns are missing from the header: customer_name, reference, amount",
            HEADER.encode(): "no purchases below",
        }.items():
            with self.subTest(reason), self.assertNothingWritten(), self.assertRaisesRegex(HistoryImportError, reason):
                self.History.import_csv(self.company, io.BytesIO(content))

    def test_one_bad_row_keeps_all_rows_out(self):
        good = [f"C{number},Ann,2024-05-01,R{number},10" for number in range(50)]
        for bad, reason in {
            "C1,Ann,2025-06-16,R,10": "lies in the future",
            "C1,Ann,2024-02-30,R,10": "is not a date",
            "C1,Ann,2024-05-01,R,ten": "is not a number",
            "C1,Ann,2024-05-01,R,NaN": "is not an amount",
            "C1,Ann,2024-05-01,R,inf": "is not an amount",
            "C1,Ann,2024-05-01,R,1e13": "beyond a million millions",
            "C1,Ann,2024-05-01,R,": "The cell is empty",
            ",Ann,2024-05-01,R,10": "The cell is empty",
            'C1,"Ann,2024-05-01,R,10': "quotation mark",
        }.items():
            with self.subTest(bad):
                self.assertRefused(reason, *good, bad, bad_lines=[52])

    def test_today_is_the_day_in_the_time_zone_of_the_shops(self):
        self.company.retail_tz = "Pacific/Kiritimati"  # already the 16th
        self._import("C1,Ann,2025-06-16,R,10")
        self.company.retail_tz = "UTC"
        self.assertRefused("only purchases up to 2025-06-15", "C1,Ann,2025-06-16,R2,10")

    def test_report_lists_bad_rows_of_every_kind_by_line_and_counts_all(self):
        lines = ["C1,Ann,2024-05-01,R,x", "C1,Ann,2030-01-01,R,1"] * 700
        report = self.assertRefused("1400 of 1401 rows cannot be imported", *lines, "C1,Ann,2024-05-01,R,1")
        self.assertEqual((report["bad_total"], len(report["bad_rows"])), (1400, 1000))
        self.assertEqual([bad["line"] for bad in report["bad_rows"]], list(range(2, 1002)))
        self.assertEqual([bad["column"] for bad in report["bad_rows"][:2]], ["amount", "date"])

    def test_dry_run_tells_the_same_and_writes_nothing(self):
        lines = ["C1,Ann,2024-05-01,R1,10,MAIN", "C2,Bo,2024-05-03,R2,-2,NEW"]
        with self.assertNothingWritten():
            told = self._import(*lines, header=HEADER + ",store", dry_run=True)
            bad = self._import("C1,Ann,2024-05-01,R1,ten", dry_run=True)
        self.assertEqual((bad["bad_total"], bad["created"]), (1, 0), "all rows or none")
        done = self._import(*lines, header=HEADER + ",store")
        self.assertEqual(told, done)
        self.assertEqual((told["amount_total"], told["stores_created"]), (8, ["MAIN", "NEW"]))
        self.assertEqual((str(told["date_from"]), str(told["date_to"])), ("2024-05-01", "2024-05-03"))

    def test_failure_while_writing_leaves_nothing(self):
        def fail(*_args):
            raise UserError("the disk is full")

        self.patch(type(self.env["retail.store"]), "create", fail)
        with self.assertNothingWritten(), self.assertRaisesRegex(UserError, "the disk is full"):
            self._import("C1,Ann,2024-05-01,R1,10,NEW", header=HEADER + ",store")

    def test_clients_cannot_call_the_import(self):
        self.assertTrue(self.History.import_csv._api_private)

    # Size

    def test_memory_does_not_grow_with_the_file(self):
        self.env["res.partner"].create([{"name": f"Customer {number}", "ref": f"C{number}"} for number in range(20)])

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
        self.env["res.partner"].create([{"name": f"Customer {number}", "ref": f"C{number}"} for number in range(20)])
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
        derandomize=True, database=None, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck)
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
        content = "\n".join([HEADER, *lines]).encode()
        return env["retail.purchase.history"].import_csv(self.shop.with_env(env), io.BytesIO(content), channel=self.CHANNEL)

    def test_second_import_is_refused_while_the_first_runs(self):
        with self._transaction() as first, self._transaction() as second:
            first.cr.execute("SELECT pg_advisory_xact_lock(hashtext('retail.purchase.history'), %s)", [self.shop.id])
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
