"""The commands of ./run."""

import argparse
import contextlib
import os
import subprocess
import sys

from . import browser, databases, demo, history_import, locks, manifests, odoo_source, paths, postgres, python_environment, test_runner
from .console import Failure, say
from .odoo import Odoo


@contextlib.contextmanager
def ready_odoo():
    """Everything set up and PostgreSQL running."""
    with locks.exclusive(paths.STATE / "setup.lock", "setting up"):
        source = odoo_source.find()
        environment = python_environment.ensure_odoo(source)
    with postgres.server() as server:
        yield Odoo(source, environment, server)


def serve_demo(options):
    with ready_odoo() as odoo:
        return demo.serve(odoo, reset=options.reset)


def import_history(options):
    with ready_odoo() as odoo:
        return history_import.run(odoo, options)


def setup(_options):
    with ready_odoo() as odoo:
        all_manifests = manifests.read_all()
        databases.Databases(odoo).ensure_template(manifests.foreign_dependencies(all_manifests, all_manifests))


def clone(options):
    with ready_odoo() as odoo:
        all_manifests = manifests.read_all()
        name = databases.Databases(odoo).clone_for(
            manifests.foreign_dependencies(all_manifests, all_manifests), options.database
        )
        say(f"==> {name} is ready: ./run odoo -d {name} -i ADDON --stop-after-init, then -u ADDON after a change")


def drop(options):
    with ready_odoo() as odoo:
        databases.Databases(odoo).drop(options.database)


def odoo_command(options):
    with ready_odoo() as odoo:
        return _in_foreground(odoo.command(*options.arguments), odoo.environment())


def shell(options):
    with ready_odoo() as odoo:
        return _in_foreground(odoo.command("shell", *options.arguments), odoo.environment())


def psql(options):
    with ready_odoo() as odoo:
        return _in_foreground([postgres.find_client(), *options.arguments], odoo.environment())


def execute(options):
    with ready_odoo() as odoo:
        return _in_foreground(options.arguments, odoo.environment())


def test(options):
    stages = test_runner.plan_stages(options.addons, manifests.read_all(), options.tags, options.data)
    outcomes = []
    if len(stages) > 1:
        outcomes.append(test_runner.run_tool_tests())
    with ready_odoo() as odoo:
        browser.ensure()
        outcomes += test_runner.run(odoo, stages, options.reuse, options.keep, options.verbose)
    complaints = [complaint for outcome in outcomes for complaint in outcome.complaints]
    for complaint in complaints:
        say(f"FAILED: {complaint}")
    total = sum((outcome.counts for outcome in outcomes), test_runner.Counts())
    print(total, flush=True)
    return 1 if total.failed or complaints else 0


def _in_foreground(command, environment):
    """Ctrl-C reaches the program as well; it decides how to end."""
    with subprocess.Popen(command, env=environment) as program:
        while True:
            try:
                return program.wait()
            except KeyboardInterrupt:
                continue


def _parser():
    parser = argparse.ArgumentParser(prog="./run", description="Retail CRM for Odoo: demo server, tests and tools.")
    parser.add_argument("--reset", action="store_true", help="make the demo database anew")
    parser.set_defaults(action=serve_demo)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("setup", help="download and build everything that the other commands need").set_defaults(
        action=setup
    )
    command = commands.add_parser("clone", help="make a database with Odoo's modules, without our addons")
    command.add_argument("database", metavar="DB")
    command.set_defaults(action=clone)
    command = commands.add_parser("drop", help="drop a database")
    command.add_argument("database", metavar="DB")
    command.set_defaults(action=drop)
    command = commands.add_parser("import-history", help="import a CSV or XLSX file of purchases, all rows or none")
    command.add_argument("file", metavar="FILE")
    command.add_argument("-d", "--database", default=demo.DATABASE, help="default: %(default)s")
    command.add_argument("--channel", default="history", help="customer numbers and documents are unique within it")
    command.add_argument("--date-format", choices=("dmy", "mdy", "ymd"), help="when the file itself does not tell")
    command.add_argument("--decimal-mark", choices=(".", ","), help="when the file itself does not tell")
    command.add_argument("--dry-run", action="store_true", help="write nothing, say what would be written")
    command.set_defaults(action=import_history)
    command = commands.add_parser("test", help="run the tests: of all addons, or of those named with only what they need")
    command.add_argument("addons", metavar="ADDON", nargs="*")
    command.add_argument("--tags", help="Odoo's --test-tags, such as /retail_crm:TestPurchase.test_returns_are_negative")
    command.add_argument("--data", action="store_true", help="only the slow tests with big data sets")
    command.add_argument("--reuse", metavar="DB", help="update this database instead of installing; made if it is missing")
    command.add_argument("--keep", action="store_true", help="keep the test database")
    command.add_argument("--verbose", "-v", action="store_true", help="show Odoo's whole log")
    command.set_defaults(action=test)
    for name, action, text in (
        ("odoo", odoo_command, "run Odoo with your own options"),
        ("shell", shell, "open Odoo's Python shell: -d DB"),
        ("psql", psql, "open psql: -d DB"),
        ("exec", execute, "run a program with Odoo's Python and database in its environment"),
    ):
        command = commands.add_parser(name, help=text, add_help=False, prefix_chars="\0")
        command.add_argument("arguments", nargs=argparse.REMAINDER)
        command.set_defaults(action=action)
    return parser


def main(arguments):
    options = _parser().parse_args(arguments)
    try:
        return options.action(options) or 0
    except Failure as failure:
        say(f"FAILED: {failure}")
        return 1
    except OSError as error:
        if error.errno == 28:
            say("FAILED: the disk is full: free some space (about 3 GB) and repeat")
            return 1
        raise
    except KeyboardInterrupt:
        say("interrupted; the same command goes on where this one stopped")
        return 130
