import re
import unittest
from pathlib import Path

from run.test_log import LogReader, read_allowed_warnings
from run.test_plan import Stage
from run.test_runner import complaints_about

PREFIX = "2026-05-01 10:00:00,123 42 {level} test_db {logger}: {message}\n"
TESTS = "odoo.addons.retail_crm.tests.test_purchase"
FINISHED = ("INFO", "odoo.tests.result", "0 failed, 0 error(s) of 1 tests when loading database 'test_db'")


def starting(test):
    return "INFO", TESTS, f"Starting {test} ..."


class LogCase(unittest.TestCase):
    def _read(self, *records, allowed=()):
        reader = LogReader([re.compile(pattern) for pattern in allowed])
        for level, logger, message in records:
            for line in PREFIX.format(level=level, logger=logger, message=message).splitlines(keepends=True):
                reader.read_line(line)
        reader.close()
        return reader.result

    def _complaints(self, result, exit_code=0, must_run=()):
        stage = Stage("together", ["retail_crm"], "/retail_crm", must_run)
        return list(complaints_about(result, stage, exit_code))


class TestOutcomes(LogCase):
    def test_tests_that_only_start_have_passed(self):
        result = self._read(starting("TestA.test_one"), starting("TestA.test_two"), FINISHED)
        self.assertEqual((result.passed_count, len(result.failed), len(result.skipped)), (2, 0, 0))
        self.assertEqual(self._complaints(result), [])

    def test_failed_subtests_of_one_test_count_once(self):
        result = self._read(
            starting("TestA.test_one"),
            (
                "ERROR",
                TESTS,
                "FAIL: Subtest TestA.test_one (i=0)\nTraceback (most recent call last):\nAssertionError",
            ),
            (
                "ERROR",
                TESTS,
                "FAIL: Subtest TestA.test_one (i=1)\nTraceback (most recent call last):\nAssertionError",
            ),
            FINISHED,
        )
        self.assertEqual(result.failed, {"retail_crm:TestA.test_one"})
        self.assertEqual(result.passed_count, 0)

    def test_failed_set_up_of_a_class_counts_as_failure(self):
        result = self._read(
            ("ERROR", "odoo.tests.suite", f"ERROR: setUpClass ({TESTS}.TestA)\nTraceback: ..."),
            FINISHED,
        )
        self.assertEqual(result.failed, {"retail_crm:TestA"})
        self.assertEqual(result.problems, [])

    def test_skip_keeps_its_reason(self):
        result = self._read(
            starting("TestA.test_one"), ("INFO", TESTS, "skipped TestA.test_one : no such country"), FINISHED
        )
        self.assertEqual(result.skipped, {"retail_crm:TestA.test_one": "no such country"})
        self.assertEqual(result.passed_count, 0)

    def test_durations_are_read_from_the_detailed_report(self):
        report = (
            "Detailed Tests Report:\n"
            "\tretail_crm.test_purchase.TestA: 3.00s 30 queries\n"
            "\tretail_crm.test_purchase.TestA.test_one: 2.50s 20 queries"
        )
        result = self._read(starting("TestA.test_one"), ("DEBUG", "odoo.tests.stats", report), FINISHED)
        self.assertEqual(result.slowest(5), [("retail_crm:TestA.test_one", 2.5)])


class TestComplaints(LogCase):
    def test_no_test_at_all_is_a_complaint(self):
        self.assertEqual(self._complaints(self._read(FINISHED)), ["no test ran"])

    def test_an_addon_whose_tests_did_not_run_is_a_complaint(self):
        result = self._read(starting("TestA.test_one"), FINISHED)
        self.assertEqual(self._complaints(result, must_run=["retail_crm"]), [])
        self.assertEqual(
            self._complaints(result, must_run=["retail_crm", "retail_crm_pos"]),
            ["no test ran of retail_crm_pos"],
        )

    def test_a_skipped_browser_test_is_a_complaint(self):
        reason = "Failed to detect chrome devtools port after 10.0s."
        result = self._read(
            starting("TestTour.test_tour"),
            ("INFO", TESTS, f"skipped TestTour.test_tour : {reason}"),
            FINISHED,
        )
        self.assertEqual(
            self._complaints(result),
            [f"the browser test retail_crm:TestTour.test_tour was skipped: {reason}"],
        )

    def test_an_unexpected_warning_is_a_complaint_and_an_allowed_one_is_not(self):
        records = (starting("TestA.test_one"), ("WARNING", "odoo.models", "strange\nmore"), FINISHED)
        self.assertEqual(
            self._complaints(self._read(*records)),
            ["1 unexpected warnings or errors in the log, the first: WARNING odoo.models: strange"],
        )
        self.assertEqual(self._complaints(self._read(*records, allowed=["odoo.models: strange"])), [])

    def test_an_error_cannot_be_allowed(self):
        result = self._read(
            starting("TestA.test_one"), ("ERROR", "odoo.sql_db", "bad query"), FINISHED, allowed=["."]
        )
        self.assertEqual(len(self._complaints(result)), 1)

    def test_a_run_that_ended_early_is_a_complaint(self):
        self.assertEqual(
            self._complaints(self._read(starting("TestA.test_one")), exit_code=-9),
            ["Odoo ended with exit code -9 before the tests were over"],
        )

    def test_summary_of_failures_is_no_further_complaint(self):
        result = self._read(
            starting("TestA.test_one"),
            ("ERROR", TESTS, "FAIL: TestA.test_one\nAssertionError"),
            ("ERROR", "odoo.modules.loading", "Module retail_crm: 1 failures, 0 errors of 1 tests"),
            ("ERROR", "odoo.modules.loading", "At least one test failed when loading the modules."),
            ("ERROR", "odoo.tests.result", "1 failed, 0 error(s) of 1 tests when loading database 'test_db'"),
        )
        self.assertEqual(self._complaints(result, exit_code=1), [])


class TestAllowList(unittest.TestCase):
    def test_every_pattern_of_the_allow_list_has_a_reason_above_it(self):
        lines = Path(read_allowed_warnings.__defaults__[0]).read_text().splitlines()
        for number, line in enumerate(lines):
            if line and not line.startswith("#"):
                self.assertTrue(lines[number - 1].startswith("#"), line)
        read_allowed_warnings()
