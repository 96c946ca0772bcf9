"""./run bench [--customers N]: what the addon costs, as ratios of things measured in the same run.

Makes a database, fills it by SQL, measures, drops it, prints a table and writes it to results/N.md.
"""

import argparse
import json
import subprocess
import sys
import uuid
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
RUN = FOLDER.parent / "run"
MARK = "RESULT "


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    customers = parser.parse_args().customers
    database = f"bench_{uuid.uuid4().hex[:8]}"
    try:
        _call("clone", database)
        _call(
            "odoo", "-d", database, "-i", "retail_crm", "--stop-after-init", "--no-http", "--log-level=warn"
        )
        rows = _measure(database, customers)
    finally:
        _call("drop", database)
    report = _render(customers, rows)
    results = FOLDER / "results"
    results.mkdir(exist_ok=True)
    (results / f"{customers}.md").write_text(report, encoding="utf-8")
    print(report)


def _call(*arguments):
    subprocess.run([str(RUN), *arguments], check=True)


def _measure(database, customers):
    """Rows (work, figure, demand, is_met) of measure.py, run in an Odoo shell."""
    program = (FOLDER / "measure.py").read_text(encoding="utf-8")
    shell = subprocess.run(
        [str(RUN), "shell", "-d", database, "--no-http", "--log-level=warn"],
        input=f"import sys\nsys.path.insert(0, {str(FOLDER)!r})\nCUSTOMERS = {customers}\n{program}",
        stdout=subprocess.PIPE,
        text=True,
    )
    found = [line[len(MARK) :] for line in shell.stdout.splitlines() if line.startswith(MARK)]
    if shell.returncode or not found:
        sys.exit(f"the measurement failed:\n{shell.stdout}")
    return json.loads(found[-1])


def _render(customers, rows):
    lines = [
        f"# {customers:,} customers",
        "",
        "CPU of PostgreSQL and Python together, medians of works called in turn. Written by `./run bench`.",
        "",
        "| work | measured | unit | demand | met |",
        "|---|---|---|---|---|",
    ]
    for *cells, is_met in rows:
        met = {True: "yes", False: "**no**", None: ""}[is_met]
        lines.append("| " + " | ".join([*cells, met]) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
