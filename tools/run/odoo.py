"""Starting Odoo: its environment, its configuration file and one-off scripts inside its shell."""

import json
import os
import subprocess
from pathlib import Path

from . import browser, inside_odoo, paths, postgres, process
from .console import Failure

CONFIGURATION = """\
[options]
addons_path = {addons}
data_dir = {data}
admin_passwd = admin
list_db = True
http_interface = 127.0.0.1
without_demo = True
"""
ANSWER = "ANSWER: "
MAINTENANCE_DATABASE = "postgres"


class Odoo:
    """Odoo's code, the Python that runs it and the database server, put together."""

    def __init__(self, source, python_environment, server):
        self.source = source
        self.python_environment = python_environment
        self.server = server
        _write_if_changed(
            paths.ODOO_CONFIGURATION,
            CONFIGURATION.format(addons=self.addons_path([paths.ADDONS]), data=paths.DATA_DIRECTORY),
        )

    def addons_path(self, first=()):
        return ",".join(str(folder) for folder in [*first, *self.source.addons] if Path(folder).is_dir())

    def environment(self, database=None):
        """Odoo lets the environment win over its configuration, so nothing of the caller's may leak in.

        Absent, not empty, must be PGHOST_REPLICA, which would switch on a simulated replica; and for Odoo
        PGDATABASE, which would become the database that it serves."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "ODOO_"))
            and name not in ("PYTHONPATH", "PYTHONHOME", "OPENERP_SERVER")
        }
        programs = (
            self.python_environment.folder / "bin",
            browser.PROGRAM.parent,
            inherited.get("PATH", os.defpath),
        )
        return {
            **inherited,
            **self.server.environment(database),
            "ODOO_RC": str(paths.ODOO_CONFIGURATION),
            "ODOO_DEV": "",
            "PATH": os.pathsep.join(map(str, programs)),
            "VIRTUAL_ENV": str(self.python_environment.folder),
        }

    def command(self, *arguments):
        return [str(part) for part in (self.python_environment.python, "-m", "odoo", *arguments)]

    def build(self, what, *arguments):
        """Runs Odoo as a step of the set-up, its log kept in a file."""
        return process.run(self.command(*arguments), what, env=self.environment())

    def install(self, database, what, *arguments):
        """Installs or updates addons (-i, -u) and ends."""
        return self.build(
            what, "-d", database, *arguments, "--stop-after-init", "--no-http", "--max-cron-threads", "0"
        )

    def call(self, database, function, what, **arguments):
        """Runs a function of inside_odoo in an Odoo shell on this database and returns its answer.

        Whatever the function and Odoo print goes before the answer and is not read."""
        code = "\n".join(
            [
                Path(inside_odoo.__file__).read_text(),
                f"answer = {function.__name__}(env, **json.loads({json.dumps(arguments)!r}))",
                f"print({ANSWER!r} + json.dumps(answer, default=str))",
            ]
        )
        printed = process.run(
            self.command("shell", "-d", database, "--no-http", "--log-level", "warn"),
            what,
            env=self.environment(),
            input=code,
        )
        return json.loads(printed.rpartition(ANSWER)[2])

    def sql(self, statement, database=MAINTENANCE_DATABASE):
        """Runs one statement and returns its rows, each a list of strings."""
        result = subprocess.run(
            [postgres.find_client(), "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", statement],
            capture_output=True,
            text=True,
            env=self.environment(database),
            check=False,
        )
        if result.returncode:
            raise Failure(f"database {database}: {process.explain(result.stderr)}")
        return [line.split("\t") for line in result.stdout.splitlines()]


def _write_if_changed(path, text):
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
