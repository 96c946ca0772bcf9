"""What the import refuses: all of the file, with every bad row told, and never half of it."""

import io

from odoo.tests import tagged

from ..importing.file_import import FileImportError
from .history_import_common import HEADER, HistoryImportCase


@tagged("post_install", "-at_install")
class TestHistoryImportBadInput(HistoryImportCase):
    def test_files_that_cannot_be_read_say_what_to_do(self):
        for content, reason in {
            b"": "The file is empty",
            b"\x89PNG\r\n\0\0": "This is not a table",
            b"customer_ref,date\nC1,2024-05-01\n": "missing from the header: customer_name, reference, amount",
            HEADER.encode(): "no rows below",
        }.items():
            with (
                self.subTest(reason),
                self.assertNothingWritten(),
                self.assertRaisesRegex(FileImportError, reason),
            ):
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

    def test_overlong_name_of_the_origin_is_refused(self):
        self.assertRefused("shorten it", "C1,Ann,2024-05-01,R1,10", channel="till " * 20)

    def test_failure_while_writing_leaves_nothing(self):
        def fail(*_args):
            raise OSError("the disk is full")

        self.patch(type(self.env["retail.store"]), "create", fail)
        with self.assertNothingWritten(), self.assertRaisesRegex(OSError, "the disk is full"):
            self._import("C1,Ann,2024-05-01,R1,10,NEW", header=HEADER + ",store")

    def test_clients_cannot_call_the_import(self):
        self.assertTrue(self.History.import_csv._api_private)
