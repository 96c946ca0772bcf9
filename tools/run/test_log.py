"""Reads the log of an Odoo test run: what ran, what failed, and what was logged that should not have been.

Odoo's own exit code is not enough: it is 0 when no test ran, when the browser was missing, and after any warning."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ALLOWED_WARNINGS = Path(__file__).with_name("allowed_warnings.txt")

RECORD = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<message>.*)"
)
STARTING = re.compile(r"Starting (\S+) \.\.\.")
SKIPPED = re.compile(r"skipped (?P<test>.+?) : (?P<reason>.*)")
FAILED = re.compile(r"(?:FAIL|ERROR): (?P<test>.+)")
WHOLE_CLASS = re.compile(
    r"\w+ \(odoo\.addons\.(\w+)\.tests\.(?:\w+\.)*(\w+)\)"
)  # setUpClass (odoo.addons...TestTill)
FINISHED = re.compile(r"\d+ failed, \d+ error\(s\) of \d+ tests when loading database")
DURATION = re.compile(r"\t(\w+)\.(?:\w+\.)*(\w+\.test\w*): ([\d.]+)s \d+ queries")
# What Odoo logs about failed tests beside the failures themselves.
TEST_SUMMARY = re.compile(
    r"odoo\.(tests\.result: \d+ failed|modules\.loading: (Module \S+: \d+ failures|At least one test failed))"
)
NEEDS_BROWSER = re.compile(r"chrome|devtools|websocket", re.IGNORECASE)


@dataclass
class Record:
    level: str
    logger: str
    message: str
    is_test_failure: bool = False

    def __str__(self):
        return f"{self.level} {self.logger}: {self.message}"

    @property
    def first_line(self):
        return str(self).partition("\n")[0]

    @property
    def addon(self):
        """The addon whose test or whose test's outcome this record is about, if it is one."""
        match = re.match(r"odoo\.addons\.(\w+)\.tests\b", self.logger) or WHOLE_CLASS.search(self.first_line)
        return match.group(1) if match else None


@dataclass
class Result:
    """Tests are named addon:Class.method; a class whose set-up failed or was skipped, addon:Class."""

    started: list = field(default_factory=list)
    failed: set = field(default_factory=set)
    skipped: dict = field(default_factory=dict)
    seconds: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    finished: bool = False

    @property
    def passed_count(self):
        return len(set(self.started) - self.failed - self.skipped.keys())

    @property
    def addons(self):
        return {test.partition(":")[0] for test in self.started}

    def skipped_browser_tests(self):
        return [test for test, reason in self.skipped.items() if NEEDS_BROWSER.search(reason)]

    def slowest(self, count):
        return sorted(self.seconds.items(), key=lambda item: -item[1])[:count]


class LogReader:
    """Takes the log line by line, as Odoo writes it."""

    def __init__(self, allowed_warnings):
        self.allowed_warnings = allowed_warnings
        self.result = Result()
        self._record = None

    def read_line(self, line):
        """Returns the record that this line completes, if it is one that must be shown."""
        match = RECORD.match(line)
        if not match:
            if self._record:
                self._record.message += "\n" + line.rstrip("\n")
            return None
        complete = self.close()
        self._record = Record(match["level"], match["logger"], match["message"].rstrip())
        return complete

    def close(self):
        """Ends the last record; the next one would have done it."""
        record, self._record = self._record, None
        if not record:
            return None
        self._read_test_event(record)
        return record if self._is_problem(record) else None

    def _read_test_event(self, record):
        if FINISHED.match(record.message):
            self.result.finished = True
        if record.logger == "odoo.tests.stats":
            self._read_durations(record)
        if match := STARTING.match(record.message):
            self.result.started.append(f"{record.addon}:{match[1]}")
        elif match := SKIPPED.match(record.message):
            self.result.skipped[_test_name(record, match["test"])] = match["reason"]
        elif record.level == "ERROR" and (match := FAILED.match(record.message)):
            self.result.failed.add(_test_name(record, match["test"]))
            record.is_test_failure = True

    def _read_durations(self, record):
        for line in record.message.splitlines():
            if match := DURATION.match(line):
                self.result.seconds[f"{match[1]}:{match[2]}"] = float(match[3])

    def _is_problem(self, record):
        text = str(record)
        if record.level in ("DEBUG", "INFO", "RUNBOT") or TEST_SUMMARY.search(text):
            return False
        if record.level == "WARNING" and any(pattern.search(text) for pattern in self.allowed_warnings):
            return False
        if not record.is_test_failure:
            self.result.problems.append(record)
        return True


def _test_name(record, words):
    """addon:Class.method, whether the words name a test, one of its subtests or the set-up of its class."""
    if match := WHOLE_CLASS.match(words):
        return f"{match[1]}:{match[2]}"
    return f"{record.addon}:{words.removeprefix('Subtest ').partition(' ')[0]}"


def read_allowed_warnings(path=ALLOWED_WARNINGS):
    """The patterns of the allow-list; its comment lines give the reasons."""
    lines = path.read_text().splitlines()
    return [re.compile(line) for line in lines if line.strip() and not line.startswith("#")]
