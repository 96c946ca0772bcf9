"""./run bench: the programs in benchmarks/, with Odoo's Python and database in their environment."""

from . import paths
from .console import Failure

PROGRAM = paths.ROOT / "benchmarks" / "run.py"


def command(odoo, arguments):
    if not PROGRAM.exists():
        raise Failure(f"there is no {PROGRAM.relative_to(paths.ROOT)}")
    return [str(odoo.python_environment.python), str(PROGRAM), *arguments]
