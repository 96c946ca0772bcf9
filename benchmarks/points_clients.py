"""Eight processes with connections of their own work on the points of one customer, over the external API (XML-RPC)."""

import multiprocessing
import re
import socket
import subprocess
import tempfile
import time
import xmlrpc.client
from pathlib import Path

from run import RUN

CLIENTS = 8
ORDERS = 48
RETRIED = re.compile(r"tries left, try again")
GIVEN_UP = re.compile(r"maximum number of tries reached")


def measure(database, port, workers):
    """Rows (work, figure, unit, demand, is_met) of a server with that many workers; 0 is a threaded one."""
    with tempfile.NamedTemporaryFile("r", suffix=".log") as log:
        server = _start(database, port, workers, log.name)
        try:
            return Clients(database, port, workers, Path(log.name)).measure()
        finally:
            server.terminate()
            server.wait(60)


def _start(database, port, workers, log):
    server = subprocess.Popen(
        [
            *(str(RUN), "odoo", "-d", database, "--db-filter", f"^{database}$", "--http-port", str(port)),
            *("--gevent-port", str(port + 1), "--workers", str(workers), "--max-cron-threads", "0"),
            *("--limit-time-real", "600", "--logfile", log),
        ]
    )
    for _second in range(120):
        time.sleep(1)
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return server
    server.terminate()
    raise TimeoutError("the server did not come up")


def call(database, port, uid, model, method, *arguments, **options):
    server = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/xmlrpc/2/object", allow_none=True)
    return server.execute_kw(database, uid, "admin", model, method, arguments, options)


def _work(barrier, answers, number, connection, calls):
    """A client: waits for the others, then makes its calls. Answers are None for success, or what was said."""
    barrier.wait()
    for arguments in calls:
        try:
            call(*connection, *arguments)
            answers.put((number, None))
        except xmlrpc.client.Fault as fault:
            answers.put((number, fault.faultString.strip().splitlines()[-1]))


class Clients:
    def __init__(self, database, port, workers, log):
        self.log = log
        self.kind = f"{workers} workers" if workers else "threaded"
        common = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/xmlrpc/2/common")
        self.connection = (database, port, common.authenticate(database, "admin", "admin", {}))
        self.rows = []

    def measure(self):
        self._prepare()
        self._measure_orders()
        self._measure_first_orders()
        self._measure_reward()
        self._measure_confirmations()
        self._measure_balances()
        return self.rows

    def _call(self, *arguments, **options):
        return call(*self.connection, *arguments, **options)

    def _prepare(self):
        programs = self._call("loyalty.program", "search", [("program_type", "=", "loyalty")])
        self._call("loyalty.program", "write", programs, {"active": False})
        self.product = self._call(
            "product.product",
            "create",
            {"name": "Tea", "type": "service", "taxes_id": [(5,)], "list_price": 5},
        )
        self.program = self._call(
            "loyalty.program",
            "create",
            {
                "name": "Club of eight clients",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                # what quotations claim is not held, so that all of them count on the same points
                "retail_reservation_hours": 0,
                "rule_ids": [(0, 0, {"reward_point_mode": "money", "reward_point_amount": 1})],
                "reward_ids": [(0, 0, {"discount_mode": "per_order", "discount": 1, "required_points": 100})],
            },
        )

    def _create_customer(self, points=None):
        customer = self._call("res.partner", "create", {"name": f"Customer of eight clients, {self.kind}"})
        if points is not None:
            values = {"partner_id": customer, "program_id": self.program, "points": points}
            self.card = self._call("loyalty.card", "create", values)
        return customer

    def _create_orders(self, customer, number):
        line = {"product_id": self.product, "price_unit": 5}
        values = {"partner_id": customer, "order_line": [(0, 0, line)]}
        return self._call("sale.order", "create", [values] * number)

    def _at_once(self, calls):
        """What each call came to, and the retries and requests given up that the server wrote down meanwhile."""
        seen = self.log.stat().st_size
        barrier, answers = multiprocessing.Barrier(CLIENTS), multiprocessing.Queue()
        processes = [
            multiprocessing.Process(
                target=_work, args=(barrier, answers, number, self.connection, calls[number::CLIENTS])
            )
            for number in range(CLIENTS)
        ]
        for process in processes:
            process.start()
        outcomes = [answers.get(timeout=300)[1] for _call in calls]
        for process in processes:
            process.join()
        written = self.log.read_bytes()[seen:].decode(errors="replace")
        return outcomes, len(RETRIED.findall(written)), len(GIVEN_UP.findall(written))

    def _get_points(self, customer):
        domain = [("partner_id", "=", customer), ("program_id", "=", self.program)]
        return self._call("loyalty.card", "search_read", domain, ["points"])

    def _report(self, work, figure, demand, is_met):
        self.rows.append([f"{work}, {self.kind}", str(figure), "", demand, is_met])
        print("   ", *self.rows[-1], flush=True)

    def _report_refusals(self, outcomes):
        """What is not done is refused in words, never by a trace of the program."""
        said = {answer for answer in outcomes if answer}
        is_met = not any(
            answer.startswith(("psycopg2", "Traceback", "KeyError", "ValueError")) for answer in said
        )
        self._report("  the others are told", " / ".join(sorted(said)) or "nothing", "in words", is_met)

    def _measure_orders(self):
        customer = self._create_customer(0)
        orders = self._create_orders(customer, ORDERS)
        outcomes, retries, given_up = self._at_once(
            [("sale.order", "action_confirm", [order]) for order in orders]
        )
        confirmed = outcomes.count(None)
        self._report(
            f"{ORDERS} orders of one customer at once: confirmed", confirmed, str(ORDERS), confirmed == ORDERS
        )
        self._report("  retries", retries, "<= 2", retries <= 2)
        self._report("  given up", given_up, "0", given_up == 0)
        points = [card["points"] for card in self._get_points(customer)]
        self._report("  points", points, f"[{ORDERS * 5}.0]", points == [ORDERS * 5])

    def _measure_first_orders(self):
        """Nobody has a card yet: all of them want to make the only one."""
        customer = self._create_customer()
        orders = self._create_orders(customer, CLIENTS)
        outcomes, retries, _given_up = self._at_once(
            [("sale.order", "action_confirm", [order]) for order in orders]
        )
        points = [card["points"] for card in self._get_points(customer)]
        is_met = outcomes.count(None) == CLIENTS and points == [CLIENTS * 5]
        self._report(
            f"{CLIENTS} first orders of a customer without a card: points",
            points,
            f"[{CLIENTS * 5}.0]",
            is_met,
        )
        self._report("  retries", retries, "", None)

    def _measure_reward(self):
        customer = self._create_customer(100)
        orders = self._create_orders(customer, CLIENTS)
        for order in orders:
            self._call("sale.order", "action_open_reward_wizard", [order])
        outcomes, retries, _given_up = self._at_once(
            [("sale.order", "action_confirm", [order]) for order in orders]
        )
        won = outcomes.count(None)
        self._report(f"{CLIENTS} clients redeem one reward's worth: succeed", won, "1", won == 1)
        self._report("  retries", retries, "", None)
        self._report_refusals(outcomes)
        points = [card["points"] for card in self._get_points(customer)]
        self._report("  points", points, "[5.0]", points == [5])

    def _measure_confirmations(self):
        customer = self._create_customer(0)
        order = self._create_orders(customer, 1)[0]
        outcomes, _retries, _given_up = self._at_once([("sale.order", "action_confirm", [order])] * CLIENTS)
        points = [card["points"] for card in self._get_points(customer)]
        self._report(f"one order confirmed by {CLIENTS} clients: points", points, "[5.0]", points == [5])
        self._report("  succeed", outcomes.count(None), ">= 1", outcomes.count(None) >= 1)
        self._report_refusals(outcomes)

    def _measure_balances(self):
        customer = self._create_customer(20)
        write = ("loyalty.card", "write", [self.card], {"points": 100})
        outcomes, retries, given_up = self._at_once([write] * CLIENTS)
        points = [card["points"] for card in self._get_points(customer)]
        is_met = points == [100] and outcomes.count(None) == CLIENTS
        self._report(f"the same balance written by {CLIENTS} clients: points", points, "[100.0]", is_met)
        self._report("  retries / given up", f"{retries} / {given_up}", "", None)
