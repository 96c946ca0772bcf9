"""./run: a shop to look at, with real purchases.

Every step leaves its mark in the database, so an interrupted set-up goes on where it stopped."""

import subprocess
import time
import urllib.error
import urllib.request

from . import cdnow, databases, inside_odoo, locks, manifests, paths, ports
from .console import Failure, say, step

DATABASE = "demo"
ADDONS = ("retail_crm", "retail_crm_demo")
WANTED_PORT = 8069
LOG = paths.LOGS / "demo-server.log"
START_SECONDS = 120

# login: (password, who it is)
PEOPLE = {
    "manager": ("manager", "runs the shop: segments, strategies, imports, settings"),
    "staff": ("staff", "sells: customers, their segment and what to do for them"),
    "finance": ("finance", "invoices, payments, credit"),
    "admin": ("admin", "may do everything"),
}
WELCOME = """
==> Retail CRM is ready:  {address}
    (Ctrl-C stops it; ./run starts it again in seconds; ./run --reset makes it anew)

    log in as     password
{people}

    What to look at first, as manager:
    1. Retail CRM > Dashboard: customers and contribution by segment, and who is slipping away.
    2. Retail CRM > Customers: sort by value, filter by segment, open one and read the reason.
    3. Retail CRM > Segments & strategies: what each segment gets.
    4. Sales > Orders: the segment stands on the order; its delivery is urgent where the strategy says so.
    Preferences (top right) switch the language to Simplified Chinese.
"""


def serve(odoo, reset=False):
    """Makes the demo database unless it is there, then serves it until Ctrl-C."""
    store = databases.Databases(odoo)
    with locks.exclusive(paths.STATE / "demo.lock", "preparing the demo"):
        if reset:
            store.drop(DATABASE)
        if not store.exists(DATABASE):
            cdnow.forget_converted()
            _create(odoo, store)
        _fill(odoo)
    return _serve(odoo)


def _create(odoo, store):
    """Built under another name, so that a database called demo always has the addons."""
    all_manifests = manifests.read_all()
    addons = [addon for addon in ADDONS if addon in all_manifests]
    unfinished = f"{DATABASE}_unfinished"
    store.drop(unfinished)
    store.clone_for(manifests.foreign_dependencies(addons, all_manifests), unfinished)
    for addon in addons:
        with step(f"installing {addon}", "20 to 60 s"):
            odoo.build(
                f"installing {addon} into the demo database",
                *("-d", unfinished, "-i", addon, "--stop-after-init", "--no-http", "--max-cron-threads", "0"),
            )
    odoo.call(unfinished, inside_odoo.pregenerate_assets, "generating the assets of the web client")
    store.rename(unfinished, DATABASE)


def _fill(odoo):
    finished = odoo.call(DATABASE, inside_odoo.finished_demo_steps, "looking at the demo database")
    if "cdnow" not in finished:
        with step("importing 69,659 purchases of 23,570 customers (CDNOW)", "30 to 90 s"):
            path = cdnow.ensure_converted(odoo.python_environment)
            _checked(
                odoo.call(
                    DATABASE, inside_odoo.import_history, "importing CDNOW", path=str(path), demo_step="cdnow"
                )
            )
    if "segments" not in finished:
        with step("computing values and segments", "10 to 30 s"):
            _checked(
                odoo.call(DATABASE, inside_odoo.compute_segments, "computing segments", demo_step="segments")
            )


def _checked(answer):
    if "error" in answer:
        raise Failure(f"the demo data: {answer['error'].splitlines()[0]}")


def _serve(odoo):
    port = ports.first_free(WANTED_PORT)
    if port != WANTED_PORT:
        say(f"==> port {WANTED_PORT} is taken, using {port} instead")
    logins = odoo.call(DATABASE, inside_odoo.logins, "looking at the demo database")
    command = odoo.command(
        *(
            "-d",
            DATABASE,
            "--db-filter",
            f"^{DATABASE}$",
            "--http-port",
            port,
            "--gevent-port",
            ports.any_free(),
        ),
        *("--no-database-list", "--max-cron-threads", "1"),
    )
    address = f"http://{ports.HOST}:{port}"
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with (
        LOG.open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=odoo.environment()) as program,
    ):
        try:
            _wait_until_up(program, address)
            say(WELCOME.format(address=address, people=_people(logins)))
            say(f"    Odoo's log: {LOG.relative_to(paths.ROOT)}")
            return program.wait()
        except KeyboardInterrupt:
            program.wait()
            return 0
        finally:
            program.terminate()


def _wait_until_up(program, address):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and program.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/web/health", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.3)
    raise Failure(f"the demo server does not start; its log: {LOG.relative_to(paths.ROOT)}")


def _people(logins):
    return "\n".join(
        f"    {login:<12}  {password:<12}  {what}"
        for login, (password, what) in PEOPLE.items()
        if login in logins
    )
