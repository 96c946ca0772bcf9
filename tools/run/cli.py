"""The command line of ./run."""

import argparse
import errno
import signal
import sys

from . import commands, demo
from .console import Failure, say

DISK_FULL = "the disk is full: free some space (about 3 GB) and repeat"


def main(arguments):
    options = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_orderly)
    try:
        return options.action(options) or 0
    except Failure as failure:
        say(f"FAILED: {failure}")
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        say(f"FAILED: {DISK_FULL}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; the same command goes on where this one stopped")
        return 130


def _end_orderly(number, _frame):
    """Lets every `finally` run: Odoo is ended, test databases are dropped, PostgreSQL stops."""
    sys.exit(128 + number)


def _parser():
    parser = argparse.ArgumentParser(
        prog="./run",
        description="Retail CRM for Odoo. Without a command: the demo server. Everything it makes lies under .odoo/.",
    )
    parser.add_argument("--reset", action="store_true", help="make the demo database anew")
    parser.set_defaults(action=commands.serve_demo)
    subparsers = parser.add_subparsers(metavar="COMMAND")
    _add_test(subparsers)
    _add_lint(subparsers)
    _add_import_history(subparsers)
    _add_database_commands(subparsers)
    _add_maintenance(subparsers)
    _add_pass_through(subparsers)
    return parser


def _add(subparsers, name, action, text):
    command = subparsers.add_parser(name, help=text, description=text)
    command.set_defaults(action=action)
    return command


def _add_test(subparsers):
    command = _add(
        subparsers,
        "test",
        commands.test,
        "run all tests, or those of some addons with only what they need",
    )
    command.add_argument("addons", metavar="ADDON", nargs="*")
    command.add_argument("--tags", help="Odoo's --test-tags, such as /retail_crm:TestPurchase.test_returns")
    command.add_argument("--data", action="store_true", help="only the slow tests with big data sets")
    command.add_argument(
        "--reuse", metavar="DB", help="update this database; made if it is missing, and kept"
    )
    command.add_argument("--keep", action="store_true", help="keep the test databases")
    command.add_argument("--verbose", "-v", action="store_true", help="show Odoo's whole log")


def _add_lint(subparsers):
    command = _add(subparsers, "lint", commands.lint, "run all linters, or those named")
    command.add_argument("checks", metavar="CHECK", nargs="*")
    command.add_argument("--fix", action="store_true", help="repair first what a program can repair")


def _add_import_history(subparsers):
    command = _add(
        subparsers,
        "import-history",
        commands.import_history,
        "import a CSV or XLSX file of purchases: all rows or none",
    )
    command.add_argument("file", metavar="FILE")
    command.add_argument("-d", "--database", default=demo.DATABASE, help="default: %(default)s")
    command.add_argument(
        "--channel", default="history", help="customer numbers and documents are unique within it"
    )
    command.add_argument(
        "--date-format", choices=("dmy", "mdy", "ymd"), help="when the file itself does not tell"
    )
    command.add_argument("--decimal-mark", choices=(".", ","), help="when the file itself does not tell")
    command.add_argument("--dry-run", action="store_true", help="write nothing, say what would be written")


def _add_database_commands(subparsers):
    for name, action, text in (
        ("clone", commands.clone, "make a database with Odoo's modules, without our addons"),
        ("drop", commands.drop, "drop a database"),
    ):
        _add(subparsers, name, action, text).add_argument("database", metavar="DB")


def _add_maintenance(subparsers):
    _add(subparsers, "setup", commands.setup, "download and build everything that the other commands need")
    command = _add(subparsers, "i18n", commands.translate, "renew the translation files of the addons")
    command.add_argument("addons", metavar="ADDON", nargs="*")
    command = _add(subparsers, "build", commands.build, "build wheels of the addons into dist/")
    command.add_argument("addons", metavar="ADDON", nargs="*")
    _add(subparsers, "lock", commands.lock, "renew the locked lists of Python packages")


def _add_pass_through(subparsers):
    """Commands that hand everything after their name to another program."""
    for name, action, text in (
        ("bench", commands.bench, "measure the speed ratios"),
        ("odoo", commands.run_odoo, "run Odoo with your own options"),
        ("shell", commands.shell, "open Odoo's Python shell: -d DB"),
        ("psql", commands.psql, "open psql: -d DB"),
        ("exec", commands.execute, "run a program with Odoo's Python and database in its environment"),
    ):
        command = subparsers.add_parser(name, help=text, add_help=False, prefix_chars="\0")
        command.add_argument("arguments", nargs=argparse.REMAINDER)
        command.set_defaults(action=action)
