"""What a run costs: statistics, scores, the fit; and what the obvious loop over customers would."""

import datetime

from odoo.tools import SQL

from odoo.addons.retail_crm.scoring import mbg_nbd

SAMPLE = 200
TOUCHED_SHARE = 100
# what any scoring has to do: sums by customer over the documents' own tables, each by itself
OVER_TABLES = SQL(
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


class Runs:
    def __init__(self, meter):
        self.meter = meter
        self.env = meter.env
        self.company = self.env.company
        self.today = datetime.date.today()
        self.Statistics = self.env["retail.profile.statistics"]
        self.Scoring = self.env["retail.scoring"]
        self.Run = self.env["retail.run"]

    def measure(self):
        first = self.meter.cpu(lambda: self._run(self.today - datetime.timedelta(days=1)))
        self.meter.report("first run of all, with calibration and back-test", first, "CPU s")
        self.run = self.Run._get_last_done(self.company)
        self.policy = self.env["retail.policy"]._get_active(self.company)
        tables, purchases, rebuild, some, scoring = self.meter.medians(
            self.meter.execute(OVER_TABLES),
            self.meter.execute(self._sql_over_purchases()),
            self.meter.undone(self._rebuild),
            self.meter.undone(self._refresh_some),
            self.meter.execute(self._sql_scores()),
            times=3,
        )
        customer = self.meter.customers / 1e6
        self.meter.report("bare aggregate over the tables", tables / customer, "µs a customer")
        self.meter.report("bare aggregate over the purchases", purchases / customer, "µs a customer")
        self.meter.report(
            "step A, everybody / bare aggregate over the purchases", rebuild / purchases, at_most=2
        )
        self.meter.report("step A, everybody / bare aggregate over the tables", rebuild / tables)
        self.meter.report("step A, 1 % of customers with news / everybody", some / rebuild, at_most=0.2)
        self.meter.report("scoring statement / bare aggregate over the tables", scoring / tables, at_most=2)
        scores_and_profiles = self._measure_nights()
        self.meter.report(
            "step B, everybody / bare aggregate over the purchases",
            scores_and_profiles / purchases,
            at_most=2,
        )
        self.meter.report("step B, everybody / bare aggregate over the tables", scores_and_profiles / tables)
        self._measure_fit()
        ours = (rebuild + scores_and_profiles) / self.meter.customers
        loop = self.meter.cpu(self.meter.undone(self._loop)) / SAMPLE
        self.meter.report(
            "loop with search and write / steps A and B, per customer", loop / ours, at_least=50
        )

    def _run(self, day):
        run = self.Run.run_company(self.company, as_of=day)
        if run.state != "done":
            raise RuntimeError(run.error)

    def _sql_over_purchases(self):
        return SQL(
            """SELECT partner_id, min(day), max(day), count(*), sum(revenue), sum(contribution)
                 FROM (%s) purchase GROUP BY partner_id""",
            self.env["retail.purchase"]._sql_all_purchases(),
        )

    def _rebuild(self):
        self.env["retail.purchase.facts"]._forget()
        self.Statistics._refresh(self.company, self.run.as_of, self.policy.half_life_weeks, full=True)

    def _refresh_some(self):
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_profile_touched (partner_id, company_id)
                   SELECT partner_id, company_id FROM retail_profile_statistics WHERE partner_id %% %s = 0""",
                TOUCHED_SHARE,
            )
        )
        self.Statistics._refresh(self.company, self.run.as_of, self.policy.half_life_weeks)

    def _sql_statistics(self):
        return SQL("(SELECT * FROM retail_profile_statistics WHERE company_id = %s)", self.company.id)

    def _sql_scores(self):
        run, statistics = self.run, self._sql_statistics()
        model = self.Scoring._fit(
            self.company, statistics, run.as_of, self.policy, run.horizon_weeks, mbg_nbd.IDENTITY
        )
        population = self.Scoring._get_population(model, statistics, run.as_of, run.horizon_weeks)
        circumstances = self.env["retail.decision"]._get_circumstances(
            self.policy, model, run.as_of, run.horizon_weeks, population
        )
        return self.Scoring._sql_scores(run, circumstances, statistics, population["mean_spend"])

    def _measure_nights(self):
        """CPU of scores and profiles: nights without news, less the fit of the model."""
        nights = []
        for day in range(3):
            self.meter.vacuum("retail_profile", "retail_run_result", "retail_profile_statistics")
            nights.append(
                self.meter.cpu(lambda day=day: self._run(self.today + datetime.timedelta(days=day)))
            )
        night = sorted(nights)[1]
        self.meter.report("night without news", night / self.meter.customers * 1e6, "µs a customer")
        fit = lambda: mbg_nbd.fit(self.Scoring._get_cells(self._sql_statistics(), self.today))  # noqa: E731
        return night - self.meter.medians(fit, times=3)[0]

    def _measure_fit(self):
        cells = self.Scoring._get_cells(self._sql_statistics(), self.today)
        seconds = self.meter.medians(lambda: mbg_nbd.fit(cells), times=3)[0]
        self.meter.report(f"fit of {len(cells):,} cells (20,000 is the most)", seconds, "CPU s", at_most=10)

    def _loop(self):
        """The obvious way: search, sum and write for each customer."""
        for profile in self.env["retail.profile"].search(
            [("company_id", "=", self.company.id)], limit=SAMPLE
        ):
            partner = [("partner_id", "=", profile.partner_id.id)]
            orders = self.env["sale.order"].search([*partner, ("state", "=", "sale")])
            bills = self.env["account.move"].search(
                [*partner, ("move_type", "in", ("out_invoice", "out_refund")), ("state", "=", "posted")]
            )
            imported = self.env["retail.purchase.history"].search(partner)
            profile.value = sum(orders.mapped("margin")) + sum(imported.mapped("amount"))
            profile.revenue = sum(orders.mapped("amount_untaxed")) + sum(
                bills.mapped("amount_untaxed_signed")
            )
            self.env.flush_all()
