from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# What a good method reaches on real shops (docs/scoring); a figure on the wrong side warns the manager.
GINI_LEAD = 0.02
AUC_BAR = 0.70
ECE_BAR = 0.07
TOTAL_ERROR_BAR = 0.26


class RetailBacktest(models.Model):
    """One row compares what the scores said on a day with what customers then did within the horizon.

    The scores use only what was known on that day; profiles stay untouched. Gini and AUC are 0-1, more is better, .5 is
    a coin for the AUC; ``ece`` is the mean distance of predicted and observed probabilities in ten bins of equal
    width; ``total_error`` is expected over actual revenue minus 1, signed; ``capture_top10`` the share of the
    window's revenue that the tenth of customers with most value brought.
    """

    _name = "retail.backtest"
    _description = "Back-test"
    _order = "as_of desc, id desc"
    _rec_name = "as_of"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    as_of = fields.Date(string="Scored for", required=True, readonly=True)
    horizon_weeks = fields.Integer(string="Horizon (weeks)", required=True, readonly=True, aggregator=None)
    window_end = fields.Date(string="Compared up to", compute="_compute_window_end")
    model_rung = fields.Char(string="Basis of the risk", readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True, aggregator=None)
    gini_value = fields.Float(string="Gini of value", readonly=True, digits=(6, 4), aggregator=None)
    gini_rfm = fields.Float(string="Gini of RFM", readonly=True, digits=(6, 4), aggregator=None)
    gini_monetary = fields.Float(string="Gini of spend", readonly=True, digits=(6, 4), aggregator=None)
    capture_top10 = fields.Float(
        string="Captured by the top 10%", readonly=True, digits=(6, 4), aggregator=None
    )
    auc = fields.Float(string="AUC of risk", readonly=True, digits=(6, 4), aggregator=None)
    ece = fields.Float(string="Calibration error", readonly=True, digits=(6, 4), aggregator=None)
    total_error = fields.Float(string="Error of the total", readonly=True, digits=(16, 4), aggregator=None)
    calibration = fields.Json(
        readonly=True, help="Per bin: customers, mean predicted and observed probability."
    )
    warning = fields.Char(compute="_compute_warning")
    summary = fields.Html(string="In words", compute="_compute_summary")
    calibration_table = fields.Html(string="Predicted and observed", compute="_compute_calibration_table")

    @api.depends("as_of", "horizon_weeks")
    def _compute_window_end(self):
        for backtest in self:
            backtest.window_end = backtest.as_of + timedelta(weeks=backtest.horizon_weeks)

    @api.depends_context("lang")
    @api.depends("gini_value", "gini_rfm", "auc", "ece", "total_error", "model_rung")
    def _compute_warning(self):
        for backtest in self:
            backtest.warning = " ".join(backtest._get_warnings().values()) or False

    def _get_warnings(self):
        """{figure on the wrong side of its bar: what that means}, in the order of the form."""
        words = {
            "gini_value": self.env._(
                "The value ranks customers hardly better than recency, frequency and spend."
            ),
            "auc": self.env._("The risk tells loyal and leaving customers apart only weakly."),
            "ece": self.env._("The probabilities of staying away are off; read them as low, medium, high."),
            "total_error": self.env._("The expected revenue missed the actual one by more than a quarter."),
        }
        is_broken = {
            "gini_value": self.gini_value < self.gini_rfm + GINI_LEAD,
            "auc": self.auc < AUC_BAR,
            # without enough history nobody is shown a percentage
            "ece": self.ece > ECE_BAR and self.model_rung != "rank",
            "total_error": abs(self.total_error) > TOTAL_ERROR_BAR,
        }
        return {figure: words[figure] for figure, broken in is_broken.items() if broken}

    @api.depends_context("lang")
    @api.depends(
        "capture_top10", "gini_value", "gini_rfm", "gini_monetary", "auc", "ece", "total_error", "model_rung"
    )
    def _compute_summary(self):
        for backtest in self:
            lines = Markup("").join(Markup("<li>%s</li>") % line for line in backtest._get_summary_lines())
            backtest.summary = Markup("<ul class='mb-0'>%s</ul>") % lines

    def _get_summary_lines(self):
        """The figures as a shop manager would say them."""
        return [
            self.env._(
                "The tenth of customers with most value brought %(share)s%% of the revenue of the following "
                "%(weeks)s weeks.",
                share=round(self.capture_top10 * 100),
                weeks=self.horizon_weeks,
            ),
            self.env._(
                "Sorting customers by value came %(value)s%% of the way from pure chance to knowing the future; points "
                "for recency, frequency and spend come %(rfm)s%%, spend alone %(monetary)s%%.",
                value=round(self.gini_value * 100),
                rfm=round(self.gini_rfm * 100),
                monetary=round(self.gini_monetary * 100),
            ),
            self.env._(
                "Of two customers, one who stayed away and one who came back, the risk named the right one %(right)s "
                "times in 100; tossing a coin does so 50 times.",
                right=round(self.auc * 100),
            ),
            self._say_calibration_error(),
            self._say_total_error(),
        ]

    def _say_calibration_error(self):
        if self.model_rung == "rank":
            return self.env._(
                "There was too little history for percentages: the risk is low, medium or high."
            )
        return self.env._(
            "The probabilities of staying away were off by %(points)s percentage points on average.",
            points=round(self.ece * 100, 1),
        )

    def _say_total_error(self):
        percent = round(self.total_error * 100)
        if percent > 0:
            return self.env._(
                "All customers together brought less: %(percent)s%% too much was expected.", percent=percent
            )
        if percent < 0:
            return self.env._(
                "All customers together brought more: %(percent)s%% too little was expected.",
                percent=-percent,
            )
        return self.env._("All customers together brought what was expected.")

    @api.depends_context("lang")
    @api.depends("calibration")
    def _compute_calibration_table(self):
        head = Markup("").join(
            Markup("<th>%s</th>") % title
            for title in (self.env._("Customers"), self.env._("Said to stay away"), self.env._("Stayed away"))
        )
        for backtest in self:
            rows = Markup("").join(
                Markup("<tr><td>%s</td><td>%.0f%%</td><td>%.0f%%</td></tr>")
                % (group["customers"], group["predicted"] * 100, group["observed"] * 100)
                for group in backtest.calibration or []
            )
            table = Markup(
                "<table class='table table-sm w-auto'><thead><tr>%s</tr></thead><tbody>%s</tbody></table>"
            )
            backtest.calibration_table = table % (head, rows) if rows else False

    @api.model
    @api.private
    def evaluate(self, company, as_of, horizon_weeks):
        """Score as of the day with what was known then and compare with the ``horizon_weeks`` that followed.

        One pass over the purchases; writes one row and nothing else.

        :return: record with the figures
        :raise UserError: nobody had bought by that day
        """
        self.env.flush_all()
        Facts = self.env["retail.purchase.facts"]
        Facts._forget()
        backtest = self._evaluate(company, fields.Date.to_date(as_of), horizon_weeks)
        Facts._forget()
        return backtest

    @api.model
    def _evaluate(self, company, as_of, horizon_weeks):
        """The back-test on the purchases that a run may have collected (see ``retail.purchase.facts``)."""
        company = company.sudo().root_id
        self = self.sudo().with_company(company)
        policy = self.env["retail.policy"]._get_active(company)
        figures = self._measure(company, as_of, policy, horizon_weeks)
        return self.create(
            {"company_id": company.id, "as_of": as_of, "horizon_weeks": horizon_weeks, **figures}
        )

    @api.model
    def _measure(self, company, as_of, policy, horizon_weeks):
        """Figures of a back-test under ``policy`` by field name; nothing is stored.

        :raise UserError: nobody had bought by that day
        """
        table = "retail_backtest_statistics"
        self.env["retail.profile.statistics"]._snapshot(company, as_of, policy.half_life_weeks, table)
        snapshot = SQL.identifier(table)
        model = self.env["retail.scoring"]._fit(company, snapshot, as_of, policy, horizon_weeks)
        self._score_snapshot(company, as_of, policy, horizon_weeks, model, snapshot)
        figures = self._get_figures()
        if not figures["customer_count"]:
            raise UserError(
                self.env._("Nobody had bought anything by %(day)s; choose a later day.", day=as_of)
            )
        return {"model_rung": model.rung, "calibration": self._get_calibration(), **figures}

    def _score_snapshot(self, company, as_of, policy, horizon_weeks, model, snapshot):
        """Temporary table: per customer the three scores, q, and what the window brought."""
        Scoring = self.env["retail.scoring"]
        population = Scoring._get_population(model, snapshot, as_of, horizon_weeks)
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS retail_backtest_score;
                   CREATE TEMPORARY TABLE retail_backtest_score ON COMMIT DROP AS
                   WITH factor AS (%(factors)s),
                   population AS (SELECT %(spend)s::float8 AS mean_spend),
                   actual AS (
                       SELECT purchase.partner_id, sum(purchase.revenue) AS revenue,
                              bool_or(NOT purchase.is_return) AS has_bought
                         FROM %(facts)s purchase
                        WHERE purchase.day > %(as_of)s AND purchase.day <= %(window_end)s
                        GROUP BY purchase.partner_id),
                   scored AS (
                       SELECT stat.partner_id, %(value)s AS value, stat.revenue AS monetary, %(q)s AS q,
                              %(expected)s AS expected,
                              5 * (rank() OVER (ORDER BY stat.last_day) - 1) / GREATEST(count(*) OVER () - 1, 1)
                                  AS recency,
                              5 * (rank() OVER (ORDER BY stat.purchase_days) - 1) / GREATEST(count(*) OVER () - 1, 1)
                                  AS frequency,
                              5 * (rank() OVER (ORDER BY stat.revenue) - 1) / GREATEST(count(*) OVER () - 1, 1) AS spend
                         FROM %(snapshot)s stat JOIN factor USING (purchase_days, first_day) CROSS JOIN population)
                   SELECT scored.partner_id, scored.value, scored.monetary, scored.q, scored.expected,
                          LEAST(recency, 4) + LEAST(frequency, 4) + LEAST(spend, 4) + 3 AS rfm,
                          COALESCE(actual.revenue, 0) AS actual, NOT COALESCE(actual.has_bought, FALSE) AS is_silent
                     FROM scored LEFT JOIN actual USING (partner_id)""",
                factors=Scoring._sql_factors(model, snapshot, as_of, horizon_weeks),
                spend=population["mean_spend"],
                facts=self.env["retail.purchase.facts"]._get_all(company),
                as_of=as_of,
                window_end=as_of + timedelta(weeks=horizon_weeks),
                value=Scoring._sql_value(as_of, policy.half_life_weeks),
                q=Scoring._sql_inactivity(model, as_of, horizon_weeks),
                expected=Scoring._sql_expected_revenue(model, as_of),
                snapshot=snapshot,
            )
        )

    def _get_figures(self):
        """The figures over the temporary table (1 query); ties share their middle rank, so no order is favoured."""
        middle_ranks = SQL(", ").join(
            SQL(
                "rank() OVER (ORDER BY %(column)s) + (count(*) OVER (PARTITION BY %(column)s) - 1) / 2.0 AS %(rank)s",
                column=SQL.identifier(column),
                rank=SQL.identifier(f"rank_{column}"),
            )
            for column in ("value", "rfm", "monetary", "actual", "q")
        )
        ginis = {
            f"gini_{column}": SQL(
                "COALESCE(%s / NULLIF(%s, 0), 0)",
                self._sql_area(f"rank_{column}"),
                self._sql_area("rank_actual"),
            )
            for column in ("value", "rfm", "monetary")
        }
        return self.env.execute_query_dict(
            SQL(
                """WITH ranked AS (
                       SELECT *, %(middle_ranks)s, count(*) OVER () AS customers,
                              -- how much of a customer is among the top tenth: ties at its edge share the places
                              LEAST(1, GREATEST(0,
                                  (ceil(count(*) OVER () / 10.0) - (rank() OVER (ORDER BY value DESC) - 1))
                                  / (count(*) OVER (PARTITION BY value))::float8)) AS top_share
                         FROM retail_backtest_score),
                   binned AS (
                       SELECT abs(sum(q - is_silent::int)) AS distance FROM retail_backtest_score
                        GROUP BY LEAST(floor(10 * q), 9))
                   SELECT count(*) AS customer_count,
                          %(gini_value)s::float8 AS gini_value, %(gini_rfm)s::float8 AS gini_rfm,
                          %(gini_monetary)s::float8 AS gini_monetary,
                          COALESCE(sum(actual * top_share) / NULLIF(sum(actual), 0), 0) AS capture_top10,
                          COALESCE((sum(rank_q) FILTER (WHERE is_silent)
                              - count(*) FILTER (WHERE is_silent) * (count(*) FILTER (WHERE is_silent) + 1) / 2.0)
                              / NULLIF(count(*) FILTER (WHERE is_silent) * count(*) FILTER (WHERE NOT is_silent), 0),
                              0.5)::float8 AS auc,
                          COALESCE((SELECT sum(distance) FROM binned) / NULLIF(count(*), 0), 0)::float8 AS ece,
                          COALESCE(sum(expected) / NULLIF(sum(actual), 0) - 1, 0) AS total_error
                     FROM ranked""",
                middle_ranks=middle_ranks,
                **ginis,
            )
        )[0]

    @staticmethod
    def _sql_area(rank) -> SQL:
        """Between the Lorenz curve in the order of ``rank`` and the diagonal, up to a factor that cancels out."""
        return SQL("sum(actual * (2 * %s - customers - 1))", SQL.identifier(rank))

    def _get_calibration(self):
        return self.env.execute_query_dict(
            SQL(
                """SELECT count(*) AS customers, round(avg(q)::numeric, 4)::float8 AS predicted,
                          round(avg(is_silent::int)::numeric, 4)::float8 AS observed
                     FROM retail_backtest_score GROUP BY LEAST(floor(10 * q), 9) ORDER BY LEAST(floor(10 * q), 9)"""
            )
        )
