# ruff: noqa: F821
"""Measures the addon in an Odoo shell, which gives ``env``; run.py sets CUSTOMERS in front. Prints RESULT and JSON."""

import csv
import datetime
import json
import statistics
import time

import psutil
from loader import Shop

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.retail_crm.scoring import mbg_nbd

PAIRS = 5
SAMPLE = 200
PAGE = 80
TRIGGERED = ("sale_order", "sale_order_line", "account_move", "account_move_line")
SHOWN = {"display_name": {}}
# what any scoring has to do: sums by customer over the documents' own tables
BARE = SQL(
    """WITH ordered AS (
           SELECT sale.partner_id, min(sale.date_order) AS first, max(sale.date_order) AS last, count(*) AS lines,
                  sum(line.price_subtotal::float8) AS revenue, sum(line.margin::float8) AS margin
             FROM sale_order_line line JOIN sale_order sale ON sale.id = line.order_id
            WHERE sale.state = 'sale' AND line.display_type IS NULL GROUP BY sale.partner_id),
       invoiced AS (
           SELECT line.partner_id, min(move.invoice_date) AS first, max(move.invoice_date) AS last, count(*) AS lines,
                  sum(-line.balance::float8) AS revenue
             FROM account_move_line line JOIN account_move move ON move.id = line.move_id
            WHERE line.display_type = 'product' AND line.parent_state = 'posted'
              AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt') GROUP BY line.partner_id),
       imported AS (
           SELECT partner_id, min(date) AS first, max(date) AS last, count(*) AS lines,
                  sum(amount::float8) AS revenue, sum(cost::float8) AS cost
             FROM retail_purchase_history GROUP BY partner_id)
       SELECT partner.id, ordered.*, invoiced.*, imported.* FROM res_partner partner
         LEFT JOIN ordered ON ordered.partner_id = partner.id
         LEFT JOIN invoiced ON invoiced.partner_id = partner.id
         LEFT JOIN imported ON imported.partner_id = partner.id"""
)

env.cr.execute("SELECT pg_backend_pid()")
backend = psutil.Process(env.cr.fetchone()[0])
company = env.company
today = datetime.date.today()
rows = []


def cpu(work):
    """CPU seconds of PostgreSQL and Python for one call."""

    def spent():
        times = backend.cpu_times()
        return times.user + times.system + time.process_time()

    start = spent()
    work()
    return spent() - start


def execute(query):
    env.cr.execute(SQL("EXPLAIN (ANALYZE, TIMING OFF) %s", query))


def undone(work):
    """``work`` whose effect is rolled back."""

    def run():
        env.flush_all()
        with env.cr.savepoint(flush=False) as savepoint:
            work()
            env.flush_all()
            savepoint.rollback()
        env.invalidate_all(flush=False)

    return run


def compare(work, base, pairs=PAIRS):
    """Median ratio of the CPU of ``work`` and ``base``, called in turn."""
    return statistics.median(cpu(work) / max(cpu(base), 1e-6) for _pair in range(pairs))


def report(work, ratio, demand, bound, unit="x"):
    rows.append([work, f"{ratio:.3g} {unit}".strip(), demand, ratio <= bound if bound is not None else None])
    print("   ", *rows[-1], flush=True)


def measure_runs():
    Statistics, Scoring = env["retail.profile.statistics"], env["retail.scoring"]
    Run = env["retail.run"]
    first = cpu(lambda: Run.run_company(company, as_of=today - datetime.timedelta(days=1)))
    run = Run._get_last_done(company)
    policy = env["retail.policy"]._get_active(company)
    bare = [cpu(lambda: execute(BARE)) for _time in range(3)]
    floor = statistics.median(bare)
    report("bare aggregate", floor / CUSTOMERS * 1e6, "", None, "microseconds a customer")

    def rebuild():
        env["retail.purchase.facts"]._forget()
        Statistics._refresh(company, run.as_of, policy.half_life_weeks, full=True)

    full = statistics.median(cpu(undone(rebuild)) for _time in range(3))
    report("step A, everybody / bare aggregate over the tables", full / floor, "", None)
    purchases = SQL(
        """SELECT partner_id, min(day), max(day), count(*), sum(revenue), sum(contribution)
             FROM (%s) purchase GROUP BY partner_id""",
        env["retail.purchase"]._sql_all_purchases(),
    )
    sources = statistics.median(cpu(lambda: execute(purchases)) for _time in range(3))
    report("step A, everybody / bare aggregate over the purchases", full / sources, "<= 2", 2)

    def touch_some():
        env.cr.execute(
            "INSERT INTO retail_profile_touched (partner_id, company_id)"
            " SELECT partner_id, company_id FROM retail_profile_statistics WHERE partner_id % 100 = 0"
        )
        Statistics._refresh(company, run.as_of, policy.half_life_weeks)

    some = statistics.median(cpu(undone(touch_some)) for _time in range(3))
    report("step A, 1 % touched / step A, everybody", some / full, "<= 0.2", 0.2)
    statistics_table = SQL("(SELECT * FROM retail_profile_statistics WHERE company_id = %s)", company.id)
    model = Scoring._fit(company, statistics_table, run.as_of, policy, run.horizon_weeks, mbg_nbd.IDENTITY)
    population = Scoring._get_population(model, statistics_table, run.as_of, run.horizon_weeks)
    scores = Scoring._sql_scores(run, policy, model, statistics_table, population, run.inactivity_threshold)
    scoring = statistics.median(cpu(lambda: execute(scores)) for _time in range(3))
    report("scoring statement / bare aggregate", scoring / floor, "<= 2", 2)
    night = cpu(lambda: Run.run_company(company, as_of=today))
    report("whole quiet night (step A, fit, step B, profiles) / bare aggregate", night / floor, "", None)
    cells = Scoring._get_cells(statistics_table, today)
    report(f"fit of {len(cells):,} cells", cpu(lambda: mbg_nbd.fit(cells)), "<= 10 s", 10, "s")
    report("ORM loop per customer / first run per customer", orm_loop() / (first / CUSTOMERS), ">= 50", None)
    rows[-1][3] = orm_ratio_met(rows[-1][1])


def orm_ratio_met(figure):
    return float(figure.split()[0]) >= 50


def orm_loop():
    """CPU seconds per customer of the obvious way: search, sum and write for each."""
    profiles = env["retail.profile"].search([("company_id", "=", company.id)], limit=SAMPLE)

    def loop():
        for profile in profiles:
            partner = [("partner_id", "=", profile.partner_id.id)]
            orders = env["sale.order"].search([*partner, ("state", "=", "sale")])
            bills = env["account.move"].search([*partner, ("move_type", "in", ("out_invoice", "out_refund"))])
            imported = env["retail.purchase.history"].search(partner)
            profile.value = sum(orders.mapped("margin")) + sum(imported.mapped("amount"))
            profile.revenue = sum(orders.mapped("amount_untaxed")) + sum(
                bills.mapped("amount_untaxed_signed")
            )
            env.flush_all()

    return cpu(undone(loop)) / len(profiles)


def measure_orders():
    """Create and confirm with and without the triggers: the overrides themselves are counted in queries by tests."""
    customer = env["retail.profile"].search([("company_id", "=", company.id)], limit=1).partner_id
    products = env["product.product"].search([("type", "=", "consu"), ("name", "like", "Product %")], limit=3)

    def sell():
        order = env["sale.order"].create(
            {
                "partner_id": customer.id,
                "order_line": [Command.create({"product_id": product.id}) for product in products],
            }
        )
        order.action_confirm()

    def switch(state):
        for table in TRIGGERED:
            env.cr.execute(SQL("ALTER TABLE %s %s TRIGGER USER", SQL.identifier(table), SQL(state)))

    def sell_unmarked():
        switch("DISABLE")
        sell()

    cpu(undone(sell))
    report(
        "order create + confirm / the same without triggers",
        compare(undone(sell), undone(sell_unmarked), 15),
        "",
        None,
    )


def measure_lists():
    segment = env.ref("retail_crm.segment_transactional")
    Profile, Partner = env["retail.profile"], env["res.partner"]

    def read(model, domain, order):
        def page():
            env.invalidate_all(flush=False)
            model.web_search_read(domain, SHOWN, limit=PAGE, order=order, count_limit=10_001)

        return page

    mine = [("company_id", "=", company.id), ("segment_id", "=", segment.id)]
    # a plain column of the row with an index of its own
    plain = read(Partner, [("company_id", "=", False)], "id")
    cpu(plain)
    report(
        "Customers by segment, most value first / plain list",
        compare(read(Profile, mine, "value desc, id"), plain),
        "<= 5",
        5,
    )
    contacts = read(Partner, [("retail_segment_id", "=", segment.id)], "id")
    report("contacts by segment / plain list", compare(contacts, plain), "<= 40", 40)


def measure_import():
    refs = (
        env["retail.profile"].search([("company_id", "=", company.id)], limit=20_000).partner_id.mapped("ref")
    )
    path = "/tmp/retail_bench.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_ref", "customer_name", "date", "reference", "amount"])
        for number in range(70_000):
            writer.writerow(
                [refs[number % len(refs)], "", today - datetime.timedelta(days=number % 300), number, 10]
            )
    History = env["retail.purchase.history"]
    seconds = cpu(undone(lambda: History.import_csv(company, path, channel="bench")))
    report("import of purchases of known customers", 70_000 / seconds, "", None, "rows a CPU second")


Shop(env, CUSTOMERS, CUSTOMERS * 10 // 3, CUSTOMERS * 10).load()
env.cr.execute("ANALYZE")
env.cr.commit()
measure_runs()
measure_lists()
measure_orders()
measure_import()
print("RESULT " + json.dumps(rows))
