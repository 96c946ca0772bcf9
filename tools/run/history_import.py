"""./run import-history: a file of purchases through the product's own import, as in the web client."""

from pathlib import Path

from . import databases, inside_odoo
from .console import Failure, say, step

SHOWN_BAD_ROWS = 20


def run(odoo, options):
    path = Path(options.file).resolve()
    if not path.is_file():
        raise Failure(f"there is no file {options.file}")
    if not databases.Databases(odoo).exists(options.database):
        raise Failure(f"there is no database {options.database}: ./run makes the demo, -d names another one")
    with step(f"importing {path.name} into {options.database}", "70,000 rows: 10 to 60 s"):
        answer = odoo.call(
            options.database,
            inside_odoo.import_history,
            "importing purchases",
            path=str(path),
            channel=options.channel,
            date_format=options.date_format,
            decimal_mark=options.decimal_mark,
            dry_run=options.dry_run,
        )
    for bad_row in answer.get("bad_rows", [])[:SHOWN_BAD_ROWS]:
        say("    line {line}, column {column}: {reason}".format(**bad_row))
    if "error" in answer:
        raise Failure(answer["error"].strip().splitlines()[0])
    for name, value in answer.items():
        if name != "bad_rows":
            print(f"{name}: {value}")
    return 1 if answer.get("bad_rows") else 0
