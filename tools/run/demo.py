"""./run: a shop to look at, with real purchases.

Every step leaves its mark in the database, so an interrupted set-up goes on where it stopped."""

import json
import subprocess
import time
import urllib.error
import urllib.request

from . import cdnow, databases, inside_odoo, locks, manifests, paths, ports
from .console import Failure, say, step

DATABASE = "demo"
ADDON = "retail_crm"
# the named customers; their story is told beside purchases that are already there
STORY = "retail_crm_demo"
WANTED_PORT = 8069
LOG = paths.LOGS / "demo-server.log"
START_SECONDS = 120

# login: (password, who it is)
PEOPLE = {
    "manager": ("manager", "runs the shop: segments, strategies, imports, settings"),
    "manager_zh": ("manager_zh", "the same in Chinese"),
    "staff": ("staff", "sells: customers, their segment and what to do for them"),
    "harbour": ("harbour", "the same at the harbour; away this week, and staff stands in"),
    "warehouse": ("warehouse", "delivers: who waits for stock, and who comes first"),
    "approver": ("approver", "owns the shop: approves other rules, or does not"),
    "finance": ("finance", "invoices, payments, credit, what is owed in points"),
    "customer": ("customer", "buys: sees her points, her tier and her orders"),
    "admin": ("admin", "may do everything"),
}
WELCOME = """
==> Retail CRM is ready:  {address}
    (Ctrl-C stops it; ./run starts it again in seconds; ./run --reset makes it anew)

    log in as     password
{people}

    What to look at first, as manager:
    1. Retail CRM > Dashboard: customers and contribution by segment, and who is slipping away.
    2. Retail CRM > Customers: search Robert, open him, click the reason: why this segment, and what would change it.
    3. Retail CRM > Movements: who moved between two days, and who is about to.
    4. Configuration > Segmentation policy: the Autumn policy, tried on the last year; log in as approver to decide.
    5. Sales > Orders: the segment stands on the order; its delivery is urgent where the strategy says so.
    6. Actions > My day, as staff: whom to call today and why; as manager, Team and What came of it.
    7. The clock at the top right: Daniel Reyes asks for more discount than he may give Emma Clarke; answer him there.
    8. Points > Wallets: search Sofia, where each point came from; log in as customer to see what she sees.
    Preferences (top right) switch the language to Simplified Chinese.
    Odoo's log: {log}
"""


def serve(odoo, reset=False):
    """Makes the demo database unless it is there, then serves it until Ctrl-C."""
    store = databases.Databases(odoo)
    with locks.exclusive(paths.STATE / "demo.lock", "preparing the demo"):
        if reset:
            store.drop(DATABASE)
        if not store.exists(DATABASE):
            _create(store)
        _prepare(odoo, store)
    return _serve(odoo)


def _create(store):
    """Under another name first, so that a copy that was interrupted is not taken for the demo."""
    unfinished = f"{DATABASE}_unfinished"
    store.drop(unfinished)
    store.clone_for(manifests.foreign_dependencies(_addons(), manifests.read_all()), unfinished)
    cdnow.forget_converted()
    store.rename(unfinished, DATABASE)


def _prepare(odoo, store):
    """Does what the marks in the database say is still to be done."""
    marks = _marks(odoo)
    code = manifests.fingerprint(_addons())
    if marks.get("code") != code:
        _install(odoo, store, ADDON, "10 to 60 s")
    if "purchases" not in marks:
        with step("importing 69,659 purchases of 23,570 customers (CDNOW)", "20 to 90 s"):
            path = cdnow.ensure_converted(odoo.python_environment)
            _fill(odoo, inside_odoo.import_history, path=str(path), demo_mark="purchases")
    if STORY not in _addons() and "segments" not in marks:
        with step("computing values and segments", "10 to 30 s"):
            _fill(odoo, inside_odoo.compute_segments, demo_mark="segments")
    # once installed, it is updated together with the addon that it depends on
    if STORY in set(_addons()) - store.installed_addons(DATABASE):
        _install(odoo, store, STORY, "1 to 2 minutes")
    if marks.get("code") != code:
        odoo.call(DATABASE, inside_odoo.finish_install, "generating the assets of the web client", code=code)


def _marks(odoo):
    rows = odoo.sql(f"SELECT value FROM ir_config_parameter WHERE key = '{inside_odoo.DEMO_MARKS}'", DATABASE)
    return json.loads(rows[0][0]) if rows else {}


def _install(odoo, store, addon, usually):
    """Installs the addon, or updates the one that another version of its code has installed."""
    is_there = addon in store.installed_addons(DATABASE)
    with step(f"{'updating' if is_there else 'installing'} {addon}", usually):
        odoo.install(
            DATABASE, f"installing {addon} into the demo database", "-u" if is_there else "-i", addon
        )


def _fill(odoo, function, **arguments):
    answer = odoo.call(DATABASE, function, "preparing the demo data", **arguments)
    if "error" in answer:
        raise Failure(f"the demo data: {answer['error'].strip().splitlines()[0]}")


def _addons():
    """The story with all that it needs. It may be missing; the purchases alone make a shop too."""
    there = manifests.read_all()
    return manifests.own_dependencies([STORY if STORY in there else ADDON], there)


def _serve(odoo):
    port = ports.first_free(WANTED_PORT)
    if port != WANTED_PORT:
        say(f"==> port {WANTED_PORT} is taken, using {port} instead")
    command = odoo.command(
        *["-d", DATABASE, "--db-filter", f"^{DATABASE}$", "--no-database-list", "--max-cron-threads", "1"],
        *["--http-port", port, "--gevent-port", ports.any_free()],
    )
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with (
        LOG.open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=odoo.environment()) as program,
    ):
        try:
            address = f"http://{ports.HOST}:{port}"
            _wait_until_up(program, address)
            say(WELCOME.format(address=address, people=_people(odoo), log=LOG.relative_to(paths.ROOT)))
            return program.wait()
        except KeyboardInterrupt:
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


def _people(odoo):
    logins = {login for (login,) in odoo.sql("SELECT login FROM res_users WHERE active", DATABASE)}
    return "\n".join(
        f"    {login:<12}  {password:<12}  {what}"
        for login, (password, what) in PEOPLE.items()
        if login in logins
    )
