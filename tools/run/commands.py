"""What each command of ./run does. Every function takes the parsed options and returns an exit code, or None for 0."""

import contextlib
import subprocess

from . import (
    benchmarks,
    browser,
    databases,
    demo,
    history_import,
    manifests,
    packaging,
    postgres,
    python_environment,
    test_plan,
    test_runner,
    translations,
    uninstall_check,
)
from . import lint as linters
from .console import say
from .odoo import MAINTENANCE_DATABASE
from .setup import ready_odoo, setup_lock


def serve_demo(options):
    with ready_odoo() as odoo:
        return demo.serve(odoo, reset=options.reset)


def setup(_options):
    """All that the other commands would otherwise set up when they first need it."""
    with ready_odoo() as odoo:
        _ensure_browser()
        databases.Databases(odoo).ensure_template(_all_foreign_dependencies())


def test(options):
    stages = test_plan.plan_stages(options.addons, manifests.read_all(), options.tags, options.data)
    is_everything = not (options.addons or options.tags or options.data)
    with ready_odoo() as odoo:
        _ensure_browser()
        outcomes = [test_runner.run_tool_tests(odoo.python_environment.python)] if is_everything else []
        outcomes += test_runner.run(odoo, stages, options.reuse, options.keep, options.verbose)
        outcomes += [uninstall_check.run(odoo)] if is_everything else []
    return test_runner.report(outcomes)


def clone(options):
    with ready_odoo() as odoo:
        name = databases.Databases(odoo).clone_for(_all_foreign_dependencies(), options.database)
    say(f"==> {name} is ready: ./run odoo -d {name} -i ADDON --stop-after-init, then -u ADDON after a change")


def drop(options):
    with ready_odoo() as odoo:
        databases.Databases(odoo).drop(options.database)


def import_history(options):
    with ready_odoo() as odoo:
        return history_import.run(odoo, options)


def translate(options):
    with ready_odoo() as odoo:
        return translations.export(odoo, options.addons)


def build(options):
    with setup_lock():
        packaging.build(options.addons)


def bench(options):
    with ready_odoo() as odoo:
        return _in_foreground(benchmarks.command(odoo, options.arguments), odoo.environment())


def lint(options):
    with setup_lock():
        checks = linters.prepare(options.checks)
    return linters.run(checks, options.fix)


def lock(_options):
    with setup_lock():
        python_environment.lock()


def run_odoo(options):
    with ready_odoo() as odoo:
        return _in_foreground(odoo.command(*options.arguments), odoo.environment())


def shell(options):
    with ready_odoo() as odoo:
        return _in_foreground(odoo.command("shell", *options.arguments), odoo.environment())


def psql(options):
    with ready_odoo() as odoo:
        environment = odoo.environment(MAINTENANCE_DATABASE)
        return _in_foreground([postgres.find_client(), *options.arguments], environment)


def execute(options):
    with ready_odoo() as odoo:
        return _in_foreground(options.arguments, odoo.environment())


def _all_foreign_dependencies():
    all_manifests = manifests.read_all()
    return manifests.foreign_dependencies(all_manifests, all_manifests)


def _ensure_browser():
    with setup_lock():
        browser.ensure()


def _in_foreground(command, environment):
    """Ctrl-C reaches the program as well; it decides how to end."""
    with subprocess.Popen(command, env=environment) as program:
        try:
            while True:
                with contextlib.suppress(KeyboardInterrupt):
                    return program.wait()
        finally:
            program.terminate()
