"""Reading files of purchases: encodings, delimiters, dates, numbers. Needs no database."""

import datetime
import io

import openpyxl

from odoo.tests import BaseCase, tagged

from ..importing.problems import MESSAGES, BadFile, Report
from ..importing.purchase_file import COLUMNS, PurchaseFile
from ..importing.tables import opened

HEADER = "customer_ref,customer_name,date,reference,amount"


@tagged("post_install", "-at_install")
class TestPurchaseFile(BaseCase):
    def _read(self, content, **choices):
        """The rows as dicts, without what the file leaves empty, and the problems."""
        report = Report()
        with opened(io.BytesIO(content if isinstance(content, bytes) else content.encode())) as stream:
            rows = list(PurchaseFile(stream, **choices).rows(report))
        named = [{name: value for name, value in zip(("line", *COLUMNS), row) if value != ""} for row in rows]
        return named, report

    def _read_dates(self, *dates, **choices):
        lines = [f"C1,Ann,{date},R{number},1" for number, date in enumerate(dates)]
        rows, report = self._read("\n".join([HEADER, *lines]), **choices)
        return [row["date"] for row in rows], [(problem.line, problem.code) for problem in report.problems]

    def _read_amounts(self, *amounts, delimiter=";", **choices):
        lines = [delimiter.join(["C1", "Ann", "2024-05-01", "R", f'"{amount}"']) for amount in amounts]
        rows, report = self._read("\n".join([HEADER.replace(",", delimiter), *lines]), **choices)
        return [row["amount"] for row in rows], [(problem.line, problem.code) for problem in report.problems]

    def assertRefused(self, code, content, **choices):
        with self.assertRaises(BadFile) as caught:
            self._read(content, **choices)
        self.assertEqual(caught.exception.code, code)
        self.assertTrue(
            MESSAGES[code]._translate("en_US") % caught.exception.values
        )  # all placeholders are filled
        return caught.exception.values

    # Files

    def test_every_encoding_and_delimiter_reads_the_same(self):
        text = HEADER + ",store\nC1,王小明,2024-05-01,R1,12.50,上海\n"
        expected = {
            "line": 2, "customer_ref": "C1", "customer_name": "王小明", "date": "2024-05-01", "reference": "R1",
            "amount": "12.50", "store": "上海",
        }  # fmt: skip
        for encoding in ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"):
            for delimiter in ",;\t":
                with self.subTest(encoding=encoding, delimiter=delimiter):
                    rows, report = self._read(text.replace(",", delimiter).encode(encoding))
                    self.assertEqual(rows, [expected])
                    self.assertFalse(report.problems)

    def test_western_accents_are_not_taken_for_chinese(self):
        self.assertRefused("encoding", (HEADER + "\nC1,Jürgen Müller,2024-05-01,R1,1\n").encode("latin-1"))

    def test_gbk_is_told_beyond_the_first_chunk(self):
        lines = [f"C{number},Customer,2024-05-01,R{number},1" for number in range(40_000)]
        rows, _report = self._read("\n".join([HEADER, *lines, "C1,王小明,2024-05-01,R,1"]).encode("gbk"))
        self.assertEqual(rows[-1]["customer_name"], "王小明")

    def test_files_that_are_no_tables_are_refused(self):
        for code, content in {
            "empty_file": b"",
            "binary": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)),
            "old_excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "broken_excel": b"PK\x03\x04" + bytes(600),
            "no_rows": HEADER.encode() + b"\n\n,,,,\n",
        }.items():
            with self.subTest(code):
                self.assertRefused(code, content)
        self.assertRefused("empty_file", b" \n\n")
        self.assertRefused("empty_file", b"\xef\xbb\xbf")

    def test_missing_columns_are_named_beside_those_found(self):
        values = self.assertRefused("missing_columns", "customer_ref;date;Betrag\nC1;2024-05-01;1\n")
        self.assertEqual(values["missing"], "customer_name, reference, amount")
        self.assertEqual(values["found"], "customer_ref, date, betrag")

    def test_header_may_be_capitalised_reordered_and_wider(self):
        rows, report = self._read(
            "Amount,Customer Ref,colour,DATE,reference,customer_name\n5,C1,red,2024-05-01,,Ann\n"
        )
        self.assertEqual(rows, [{"line": 2, "customer_ref": "C1", "customer_name": "Ann", "date": "2024-05-01",
                                 "amount": "5"}])  # fmt: skip
        with opened(io.StringIO(HEADER + ",colour\nC1,A,2024-05-01,R,1,red\n")) as stream:
            self.assertEqual(PurchaseFile(stream).ignored, ["colour"])

    def test_repeated_column_is_refused(self):
        self.assertRefused("repeated_columns", HEADER + ",amount\nC1,A,2024-05-01,R,1,2\n")

    def test_lines_are_counted_as_an_editor_shows_them(self):
        content = HEADER + '\r\n\r\nC1,"Ann\r\nLee",2024-05-01,R,1\r\nC2,Bob,never,R,1\r\n'
        rows, report = self._read(content)
        self.assertEqual((rows[0]["line"], rows[0]["customer_name"]), (3, "Ann\r\nLee"))
        self.assertEqual([(problem.line, problem.column) for problem in report.problems], [(5, "date")])

    def test_unclosed_quotation_mark_is_a_bad_row(self):
        _rows, report = self._read(
            HEADER + '\nC1,Ann,2024-05-01,R,1\nC2,"Bob,2024-05-01,R,1\nC3,Cy,2024-05-01,R,1\n'
        )
        self.assertEqual([(problem.line, problem.code) for problem in report.problems], [(3, "broken_row")])

    def test_row_wider_than_the_header_is_bad_and_a_shorter_one_ends_in_empty_cells(self):
        rows, report = self._read(HEADER + ",store\nC1,Ann,2024-05-01,R,1\nC2,Bob,2024-05-01,R,1,S,surplus\n")
        self.assertEqual(len(rows), 1)
        self.assertEqual(
            [(problem.line, problem.code) for problem in report.problems], [(3, "too_many_cells")]
        )

    def test_every_bad_cell_of_a_row_is_told(self):
        _rows, report = self._read(HEADER + "\n,Ann,May,R,much\n")
        self.assertEqual([problem.column for problem in report.problems], ["customer_ref", "date", "amount"])
        self.assertEqual(report.bad_rows, 1)

    def test_first_thousand_problems_are_kept_and_all_are_counted(self):
        _rows, report = self._read("\n".join([HEADER, *["C1,Ann,2024-05-01,R,much"] * 1500]))
        self.assertEqual((len(report.problems), report.bad_rows), (1000, 1500))
        self.assertEqual(report.problems[-1].line, 1001)

    def test_overlong_reference_is_bad(self):
        _rows, report = self._read(HEADER + f"\nC1,Ann,2024-05-01,{'R' * 201},1\n")
        self.assertEqual([problem.code for problem in report.problems], ["too_long"])

    # Workbooks

    def test_workbook_reads_like_text(self):
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.append([*HEADER.split(","), "cost", "customer_phone"])
        sheet.append([1001, "王小明", datetime.datetime(2024, 5, 1, 13, 45), "R1", 1.234, 1.5, 13800138000])
        sheet.append(["C2", "Ann", datetime.date(2024, 5, 2), 7, -12, None, None])
        sheet.append(["C3", "Bob", "2024-05-03", None, "1,234.50", "", ""])
        content = io.BytesIO()
        workbook.save(content)
        rows, report = self._read(content.getvalue())
        self.assertFalse(report.problems)
        self.assertEqual(
            [(row["line"], row["customer_ref"], row["date"], row.get("reference", ""), row["amount"]) for row in rows],
            [(2, "1001", "2024-05-01", "R1", "1.234"), (3, "C2", "2024-05-02", "7", "-12"),
             (4, "C3", "2024-05-03", "", "1234.50")],
        )  # fmt: skip
        self.assertEqual((rows[0]["cost"], rows[0]["customer_phone"]), ("1.5", "13800138000"))

    def test_workbook_number_in_a_date_column_is_bad(self):
        workbook = openpyxl.Workbook()
        workbook.active.append(HEADER.split(","))
        workbook.active.append(["C1", "Ann", 45000, "R", True])
        content = io.BytesIO()
        workbook.save(content)
        _rows, report = self._read(content.getvalue())
        self.assertEqual([problem.code for problem in report.problems], ["not_a_date", "not_a_number"])

    # Dates

    def test_dates_with_the_year_first_need_no_choice(self):
        dates, problems = self._read_dates(
            "2024-05-01", "2024/5/1", "2024.05.01", "20240501", "2024年5月1日", "2024-05-01 23:59:59",
            "2024-05-01T10:00",
        )  # fmt: skip
        self.assertEqual((set(dates), len(dates)), ({"2024-05-01"}, 7))
        self.assertFalse(problems)

    def test_ambiguous_dates_ask_for_the_order(self):
        lines = HEADER + "\nC1,Ann,05/05/2024,R,1\nC1,Ann,01/05/2024,R,1\n"
        values = self.assertRefused("ask_date_order", lines)
        self.assertEqual(values, {"line": 3, "value": "01/05/2024"})

    def test_choice_decides_ambiguous_dates(self):
        self.assertEqual(self._read_dates("01/05/2024", date_order="dmy"), (["2024-05-01"], []))
        self.assertEqual(self._read_dates("01/05/2024", date_order="mdy"), (["2024-01-05"], []))
        self.assertEqual(self._read_dates("01/05/2024", date_order="ymd"), ([], [(2, "not_year_first")]))

    def test_one_clear_date_decides_the_others(self):
        self.assertEqual(self._read_dates("01/05/2024", "31/05/2024"), (["2024-05-01", "2024-05-31"], []))
        self.assertEqual(self._read_dates("01.05.2024", "05-31-2024"), (["2024-01-05", "2024-05-31"], []))
        many = ["01/05/2024"] * 3000 + ["31/05/2024"]
        self.assertEqual(self._read_dates(*many)[0][0], "2024-05-01")

    def test_same_day_and_month_needs_no_choice(self):
        self.assertEqual(self._read_dates("05/05/2024"), (["2024-05-05"], []))

    def test_contradictory_dates_are_bad_rows(self):
        dates, problems = self._read_dates("31/05/2024", "05/31/2024", "01/05/2024")
        self.assertEqual(dates, ["2024-05-31", "2024-05-01"])
        self.assertEqual(problems, [(3, "not_day_first")])

    def test_ambiguous_date_after_many_clear_rows_is_bad_and_not_guessed(self):
        dates, problems = self._read_dates(*["2024-05-01"] * 1500, "01/05/2024")
        self.assertEqual((len(dates), problems), (1500, [(1502, "ambiguous_date")]))

    def test_impossible_dates_are_bad(self):
        for date in (
            "2024-02-30",
            "2024-13-01",
            "31/13/2024",
            "yesterday",
            "0",
            "01/05/24",
            "2024-05",
            "٢٠٢٤-٠٥-٠١",
        ):
            with self.subTest(date):
                self.assertEqual(self._read_dates(date), ([], [(2, "not_a_date")]))
        self.assertEqual(self._read_dates("0024-05-01"), ([], [(2, "too_old")]))
        self.assertEqual(self._read_dates(" "), ([], [(2, "empty")]))

    # Numbers

    def test_decimal_comma_and_point_are_told_by_the_file(self):
        for amounts, expected in {
            ("1.234,50", "1.000"): ["1234.50", "1000"],
            ("12,5", "1.234", "-1.234.567"): ["12.5", "1234", "-1234567"],
            ("1,234.50", "1,000"): ["1234.50", "1000"],
            ("12.50", "-3", "+4", ".5", "7."): ["12.50", "-3", "+4", ".5", "7."],
            ("1 234,50", "1\u202f000"): ["1234.50", "1000"],
            ("1’234.50", "−2.5"): ["1234.50", "-2.5"],
            ("0.125", "1,234"): ["0.125", "1234"],
            ("1.5E+03",): ["1.5E+03"],
        }.items():
            with self.subTest(amounts):
                self.assertEqual(self._read_amounts(*amounts), (expected, []))

    def test_ambiguous_numbers_ask_for_the_mark(self):
        for amount in ("1.234", "1,234", "-12.345"):
            with self.subTest(amount), self.assertRaises(BadFile) as caught:
                self._read_amounts(amount, "5")
            self.assertEqual(caught.exception.code, "ask_decimal_mark")
            self.assertEqual(caught.exception.values, {"line": 2, "value": amount})

    def test_choice_decides_ambiguous_numbers(self):
        self.assertEqual(self._read_amounts("1.234", decimal_mark="."), (["1.234"], []))
        self.assertEqual(self._read_amounts("1.234", decimal_mark=","), (["1234"], []))

    def test_file_separated_by_commas_has_decimal_points(self):
        self.assertEqual(self._read_amounts("1.234", delimiter=","), (["1.234"], []))
        self.assertEqual(self._read_amounts("1,50", "1.234", delimiter=","), (["1.50", "1234"], []))

    def test_contradictory_numbers_are_bad_rows(self):
        self.assertEqual(self._read_amounts("12,50", "12.50"), (["12.50"], [(3, "not_decimal_comma")]))
        self.assertEqual(self._read_amounts("12.50", "12,50"), (["12.50"], [(3, "not_decimal_point")]))

    def test_what_is_no_amount_is_bad(self):
        for amount, code in {
            "": "empty", "abc": "not_a_number", "¥12": "not_a_number", "1.2.3": "not_a_number", "(12)": "not_a_number",
            "0x10": "not_a_number", "1_000": "not_a_number", "--1": "not_a_number", "#N/A": "not_a_number",
            "NaN": "not_finite", "-inf": "not_finite", "Infinity": "not_finite", "1e99": "too_large",
            "1000000000001": "too_large", "9" * 400: "too_large",
        }.items():  # fmt: skip
            with self.subTest(amount):
                self.assertEqual(self._read_amounts(amount), ([], [(2, code)]))
