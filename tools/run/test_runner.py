"""./run test: our addons' tests by Odoo's own runner, each stage in a fresh clone of a template database."""

import contextlib
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass

from . import databases, manifests, paths, ports
from .console import say
from .test_log import LogReader, read_allowed_warnings

TOOL_TESTS = paths.ROOT / "tools" / "tests"
SILENT_MINUTES = 15
SLOW_SECONDS = 2
KEPT_LOGS = 20


@dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass
class Outcome:
    """What a stage came to. `complaints` fail the run although no test failed."""

    counts: Counts
    complaints: list


def run(odoo, stages, reuse=None, keep=False, verbose=False):
    """Runs the stages and returns their outcomes."""
    store = databases.Databases(odoo)
    store.drop_abandoned()
    _forget_old_logs()
    outcomes = []
    for stage in stages:
        with _database(store, stage, reuse, keep) as database:
            outcomes.append(_run_stage(odoo, stage, database, verbose))
    return outcomes


@contextlib.contextmanager
def _database(store, stage, reuse, keep):
    """A fresh clone that goes away afterwards, or one that a developer keeps for the next run."""
    if reuse and store.exists(reuse):
        yield reuse
        return
    foreign = manifests.foreign_dependencies(stage.addons, manifests.read_all())
    database = store.clone_for(foreign, reuse or databases.unique_name("test"))
    try:
        yield database
    finally:
        if keep or reuse:
            say(f"    the database {database} is kept; ./run drop {database} removes it")
        else:
            store.drop(database)


def _run_stage(odoo, stage, database, verbose):
    say(f"==> testing {stage.name}")
    started = time.monotonic()
    log = paths.LOGS / f"test-{stage.name}-{database}.log"
    exit_code, result = _follow(_command(odoo, stage, database), odoo.environment(), log, verbose)
    for test, seconds in result.slowest(5):
        if seconds >= SLOW_SECONDS:
            say(f"    {seconds:6.1f} s  {test}")
    counts = Counts(result.passed_count, len(result.failed), len(result.skipped))
    say(f"    {counts} in {time.monotonic() - started:.0f} s; the whole log: {log.relative_to(paths.ROOT)}")
    complaints = complaints_about(result, stage, exit_code)
    return Outcome(counts, [f"{stage.name}: {complaint}" for complaint in complaints])


def _command(odoo, stage, database):
    """On an installed addon -i would run no test and exit with 0, so there it must be -u."""
    installed = databases.Databases(odoo).installed_addons(database)
    changes = []
    for option, addons in (
        ("-i", [addon for addon in stage.addons if addon not in installed]),
        ("-u", [addon for addon in stage.addons if addon in installed]),
    ):
        changes += [option, ",".join(addons)] if addons else []
    return odoo.command(
        *[
            "-d",
            database,
            *changes,
            "--test-tags",
            stage.tags,
            "--stop-after-init",
            "--max-cron-threads",
            "0",
        ],
        *["--http-port", ports.any_free(), "--gevent-port", ports.any_free()],
        *["--log-handler", "odoo.tests.stats:DEBUG", "--screenshots", paths.STATE / "screenshots"],
    )


def complaints_about(result, stage, exit_code):
    """Why a run without failed tests may still be no success."""
    if not result.finished:
        yield f"Odoo ended with exit code {exit_code} before the tests were over"
    elif exit_code and not result.failed:
        yield f"Odoo ended with exit code {exit_code}"
    if not result.started:
        yield "no test ran"
    elif missing := sorted(set(stage.must_run) - result.addons):
        yield f"no test ran of {', '.join(missing)}"
    for test in result.skipped_browser_tests():
        yield f"the browser test {test} was skipped: {result.skipped[test]}"
    if result.problems:
        first = result.problems[0].first_line
        yield f"{len(result.problems)} unexpected warnings or errors in the log, the first: {first}"


def _follow(command, environment, log, verbose):
    """Runs Odoo and reads its log while it grows; shows what must be seen as soon as it is there."""
    reader = LogReader(read_allowed_warnings())
    log.parent.mkdir(parents=True, exist_ok=True)
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    with (
        log.open("w") as copy,
        subprocess.Popen(command, env=environment, **pipe) as program,
        _watchdog(program) as still_alive,
    ):
        for line in program.stdout:
            still_alive()
            copy.write(line)
            shown = reader.read_line(line)
            if verbose:
                say(line.rstrip("\n"))
            elif shown:
                say(f"    {shown}")
    if shown := reader.close():
        say(f"    {shown}")
    return program.returncode, reader.result


@contextlib.contextmanager
def _watchdog(program):
    """Ends a run that has hung: one that logs nothing for a long time. And one whose reader gives up."""
    timer = None

    def end():
        say(f"    Odoo has logged nothing for {SILENT_MINUTES} minutes and is ended")
        program.kill()

    def restart():
        nonlocal timer
        if timer:
            timer.cancel()
        timer = threading.Timer(SILENT_MINUTES * 60, end)
        timer.daemon = True
        timer.start()

    restart()
    try:
        yield restart
    except BaseException:
        program.terminate()
        raise
    finally:
        timer.cancel()


def _forget_old_logs():
    logs = sorted(paths.LOGS.glob("test-*.log"), key=lambda log: log.stat().st_mtime)
    for log in logs[:-KEPT_LOGS]:
        log.unlink(missing_ok=True)


def report(outcomes):
    """Prints what failed, and the counts alone on the last line; returns the exit code."""
    complaints = [complaint for outcome in outcomes for complaint in outcome.complaints]
    for complaint in complaints:
        say(f"FAILED: {complaint}")
    total = sum((outcome.counts for outcome in outcomes), Counts())
    print(total, flush=True)
    return 1 if total.failed or complaints else 0


def run_tool_tests(python):
    """The tests of ./run itself; they need no database."""
    say("==> testing the tools")
    result = subprocess.run(
        [python, "-m", "unittest", "discover", "-s", TOOL_TESTS, "-t", TOOL_TESTS],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT / "tools")},
        check=False,
    )
    counts = count_unittest(result.stdout)
    if result.returncode:
        say(result.stdout)
    complaints = [] if counts.passed and not result.returncode else ["the tests of the tools did not pass"]
    say(f"    {counts}")
    return Outcome(counts, complaints)


def count_unittest(output):
    """Counts from the end of unittest's output: 'Ran 12 tests in 0.1s', 'FAILED (failures=1, skipped=2)'."""
    found = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    numbers = dict(re.findall(r"(failures|errors|skipped)=(\d+)", output.rsplit("\n\n", 1)[-1]))
    failed = int(numbers.get("failures", 0)) + int(numbers.get("errors", 0))
    skipped = int(numbers.get("skipped", 0))
    total = int(found.group(1)) if found else 0
    return Counts(max(total - failed - skipped, 0), failed, skipped)
