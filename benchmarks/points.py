"""./run exec python benchmarks/points.py [--lots N]: what the points ledger bears, in a database of its own.

The nightly expiry of many lots as a ratio to the bare UPDATE of the same rows, killed half-way and run again; and eight
processes that work on one customer's points over the external API, of a threaded and of a multi-worker server.
Prints a table and writes it to results/points.md.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import uuid

import points_clients
import psycopg2

from run import FOLDER, MARK, RUN, _call


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lots", type=int, default=1_000_000, help="0 leaves the expiry out")
    parser.add_argument("--port", type=int, default=18469)
    options = parser.parse_args()
    database = f"bench_{uuid.uuid4().hex[:8]}"
    try:
        _call("clone", database)
        _call(
            "odoo", "-d", database, "-i", "retail_crm", "--stop-after-init", "--no-http", "--log-level=warn"
        )
        rows = measure_expiry(database, options.lots) if options.lots else []
        for workers in (0, 2):
            rows += points_clients.measure(database, options.port, workers)
    finally:
        _call("drop", database)
    report = _render(rows)
    (FOLDER / "results" / "points.md").write_text(report, encoding="utf-8")
    print(report)


def measure_expiry(database, lots):
    filled = _shell(database, f"LOTS = {lots}\nPART = 'fill'")
    killed = _kill_half_way(database, lots)
    done = _shell(database, f"LOTS = {lots}\nPART = 'finish'")
    return [*filled, ["expiry killed after", f"{killed:,}", "lots", "", None], *done]


def _program(setting):
    program = (FOLDER / "points_expiry.py").read_text(encoding="utf-8")
    return f"import sys\nsys.path.insert(0, {str(FOLDER)!r})\n{setting}\n{program}"


def _shell(database, setting):
    """Rows of points_expiry.py, run in an Odoo shell."""
    shell = subprocess.run(
        [str(RUN), "shell", "-d", database, "--no-http", "--log-level=warn"],
        input=_program(setting),
        stdout=subprocess.PIPE,
        text=True,
    )
    found = [line[len(MARK) :] for line in shell.stdout.splitlines() if line.startswith(MARK)]
    if shell.returncode or not found:
        sys.exit(f"the measurement failed:\n{shell.stdout}")
    return json.loads(found[-1])


def _kill_half_way(database, lots):
    """Start the nightly job and end its process at once when a good part is through. Returns how many lots were."""
    job = subprocess.Popen(
        [str(RUN), "shell", "-d", database, "--no-http", "--log-level=warn"],
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    job.stdin.write("env['retail.points.ageing']._cron_age()\n")
    job.stdin.close()
    with psycopg2.connect(dbname=database) as connection:
        connection.autocommit = True
        while (done := _count_expired(connection)) < lots * 0.3 and job.poll() is None:
            time.sleep(2)
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        # what the process had not committed ends with its connection
        time.sleep(2)
        return max(done, _count_expired(connection))


def _count_expired(connection):
    with connection.cursor() as cr:
        cr.execute("SELECT count(*) FROM retail_points_lot WHERE remaining = 0")
        return cr.fetchone()[0]


def _render(rows):
    lines = [
        "# Points",
        "",
        "Written by `./run exec python benchmarks/points.py`.",
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
