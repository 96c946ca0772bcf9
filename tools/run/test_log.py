"""Reads the log of an Odoo test run: what ran, what failed, and what was logged that should not have been.

Odoo's own exit code is not enough: it is 0 when no test ran, when the browser was missing, and after any warning."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

ALLOWED_WARNINGS = Path(__file__).with_name("allowed_warnings.txt")

RECORD = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<message>.*)"
)
STARTING = re.compile(r"Starting (\S+) \.\.\.")
SKIPPED = re.compile(r"skipped (?:Subtest )?(\S+).*? : (.*)")
FAILED = re.compile(r"(?:FAIL|ERROR): (?:Subtest )?(\S+)")
FINISHED = re.compile(r"\d+ failed, \d+ error\(s\) of \d+ tests when loading database")
NEEDS_BROWSER = re.compile(r"chrome|devtools|websocket", re.IGNORECASE)


@dataclass
class Record:
    time: datetime
    level: str
    logger: str
    message: str

    def __str__(self):
        return f"{self.level} {self.logger}: {self.message}"

    @property
    def first_line(self):
        return str(self).partition("\n")[0]

    @property
    def addon(self):
        """The addon whose test wrote this record, if one did."""
        match = re.match(r"odoo\.addons\.(\w+)\.tests\b", self.logger)
        return match.group(1) if match else None


@dataclass
class Result:
    """Tests are named addon:Class.method."""

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
        self._running = None

    def read_line(self, line):
        """Returns the record that this line completes, if it is one that must be shown."""
        match = RECORD.match(line)
        if not match:
            if self._record:
                self._record.message += "\n" + line.rstrip("\n")
            return None
        complete = self.close()
        time = datetime.strptime(match["time"], "%Y-%m-%d %H:%M:%S,%f")
        self._record = Record(time, match["level"], match["logger"], match["message"].rstrip())
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
        if not record.addon:
            return
        self._end_running_test(record.time)
        if match := STARTING.match(record.message):
            test = f"{record.addon}:{match.group(1)}"
            self.result.started.append(test)
            self._running = (test, record.time)
        elif match := SKIPPED.match(record.message):
            self.result.skipped[f"{record.addon}:{match.group(1)}"] = match.group(2)
        elif record.level == "ERROR" and (match := FAILED.match(record.message)):
            self.result.failed.add(f"{record.addon}:{match.group(1)}")

    def _end_running_test(self, now):
        """A test lasts until the last record that its addon's tests write before the next one starts."""
        if self._running:
            test, since = self._running
            self.result.seconds[test] = (now - since).total_seconds()

    def _is_problem(self, record):
        if record.level in ("DEBUG", "INFO", "RUNBOT"):
            return False
        text = f"{record.logger}: {record.message}"
        if record.level == "WARNING" and any(pattern.search(text) for pattern in self.allowed_warnings):
            return False
        self.result.problems.append(record)
        return True


def read_allowed_warnings(path=ALLOWED_WARNINGS):
    """The patterns of the allow-list; its comment lines give the reasons."""
    lines = path.read_text().splitlines()
    return [re.compile(line) for line in lines if line.strip() and not line.startswith("#")]
