"""What a command needs before it can start: Odoo, its Python packages and a running PostgreSQL."""

import contextlib

from . import locks, odoo_source, paths, postgres, python_environment
from .odoo import Odoo


def setup_lock():
    """Two commands at once must not build the same thing."""
    return locks.exclusive(paths.STATE / "setup.lock", "setting up")


@contextlib.contextmanager
def ready_odoo():
    """Odoo, with everything installed and PostgreSQL running for as long as the caller needs it."""
    with setup_lock():
        source = odoo_source.find()
        environment = python_environment.ensure_odoo(source)
    with postgres.server() as server:
        yield Odoo(source, environment, server)
