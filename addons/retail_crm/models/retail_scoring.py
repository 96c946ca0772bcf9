from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..scoring import mbg_nbd

# The ladder: what a shop's history is good for. Fewer than the first figures and the prior has to do.
MINIMUM_CUSTOMERS = 100
MINIMUM_REPEAT_CUSTOMERS = 30
MINIMUM_HISTORY_DAYS = 13 * 7
FITTED_CUSTOMERS = 500
CALIBRATION_OUTCOMES = 50
# Above this many distinct cells a sample of as many customers fits as well, in bounded time
FIT_CELLS = 20_000
SAMPLE_SEED = 20_260_101
# weight of the company's mean in the expected spend per purchase, in purchases
MEAN_WEIGHT = 2


class InactivityModel(NamedTuple):
    """What turns statistics into probabilities.

    ``rung`` is ``rank`` (prior only), ``rough`` (fitted to few customers) or ``fitted``.
    """

    rung: str
    parameters: mbg_nbd.Parameters
    calibration: mbg_nbd.Calibration


class RetailScoring(models.AbstractModel):
    """Scores customers from their statistics: value, inactivity risk q and expected revenue.

    ``statistics`` is SQL for a relation with the columns of ``retail.profile.statistics``, one company's rows or a
    snapshot of the past; expressions name it ``stat``.
    """

    _name = "retail.scoring"
    _description = "Scoring of customers"

    @api.model
    def _fit(
        self, company, statistics, as_of, policy, horizon_weeks, calibration=None, look_back=None, fitter=None
    ) -> InactivityModel:
        """Fit MBG/NBD by MAP as far up the ladder as the history carries.

        2 queries; the calibration on the previous window takes one more pass over the purchases.

        :param calibration: one of an earlier run to be used again
        :param fitter: one that has fitted much the same customers
        :param look_back: function from a day to the relation of the statistics known then; None: from the purchases
        """
        customers, history_days, is_enough = self._get_extent(statistics, as_of)
        if not is_enough:
            return InactivityModel("rank", mbg_nbd.PRIOR_PARAMETERS, mbg_nbd.IDENTITY)
        fitter = fitter or mbg_nbd.Fitter()
        parameters = fitter.fit(self._get_cells(statistics, as_of))
        if customers < FITTED_CUSTOMERS:
            return InactivityModel("rough", parameters, mbg_nbd.IDENTITY)
        if not calibration and history_days >= MINIMUM_HISTORY_DAYS + 7 * horizon_weeks:
            start = as_of - timedelta(weeks=horizon_weeks)
            then = look_back(start) if look_back else self._look_back(company, start, policy)
            calibration = self._calibrate(company, statistics, then, start, policy, horizon_weeks, fitter)
        return InactivityModel("fitted", parameters, calibration or mbg_nbd.IDENTITY)

    def _look_back(self, company, day, policy) -> SQL:
        table = "retail_calibration_statistics"
        self.env["retail.profile.statistics"]._snapshot(company, day, policy.half_life_weeks, table)
        return SQL.identifier(table)

    @api.model
    def _get_extent(self, statistics, as_of):
        """(customers, days of history, whether that is enough to fit a model)."""
        customers, repeaters, history_days = self.env.execute_query(
            SQL(
                """SELECT count(*), count(*) FILTER (WHERE purchase_days > 1), %s::date - min(first_day)
                     FROM %s stat""",
                as_of,
                statistics,
            )
        )[0]
        is_enough = (
            customers >= MINIMUM_CUSTOMERS
            and repeaters >= MINIMUM_REPEAT_CUSTOMERS
            and history_days >= MINIMUM_HISTORY_DAYS
        )
        return customers, history_days, is_enough

    def _get_cells(self, statistics, as_of):
        """(x, tx, T, customers) in weeks; of a fixed sample of customers when there are very many cells."""
        cells = self.env.execute_query(SQL("%s LIMIT %s", self._sql_cells(statistics, as_of), FIT_CELLS + 1))
        if len(cells) > FIT_CELLS:
            sample = SQL(
                "(SELECT * FROM %s everybody ORDER BY hashint4extended(partner_id, %s) LIMIT %s)",
                statistics,
                SAMPLE_SEED,
                FIT_CELLS,
            )
            cells = self.env.execute_query(self._sql_cells(sample, as_of))
        return cells

    @staticmethod
    def _sql_cells(statistics, as_of) -> SQL:
        return SQL(
            """SELECT purchase_days - 1, (last_day - first_day) / 7.0::float8,
                      (%s::date - first_day) / 7.0::float8, count(*)
                 FROM %s stat GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
            as_of,
            statistics,
        )

    @api.model
    def _get_population(self, model, statistics, as_of, horizon_weeks):
        """What the decisions of all customers share (1 query).

        :return: dict of ``customers``, ``median_contribution``, ``mean_spend`` (per purchase day) and
            ``mean_inactivity`` (q of repeat customers, None without any)
        """
        return self.env.execute_query_dict(
            SQL(
                """SELECT count(*) AS customers,
                          COALESCE(percentile_cont(0.5) WITHIN GROUP (ORDER BY stat.contribution), 0)
                              AS median_contribution,
                          COALESCE(sum(stat.revenue) / NULLIF(sum(stat.purchase_days), 0), 0) AS mean_spend,
                          avg(round((%(q)s)::numeric, 2)) FILTER (WHERE stat.purchase_days > 1)::float8
                              AS mean_inactivity
                     FROM %(statistics)s stat""",
                q=self._sql_inactivity(model, as_of, horizon_weeks),
                statistics=statistics,
            )
        )[0]

    @api.model
    def _sql_scores(self, run, circumstances, statistics, mean_spend) -> SQL:
        """Everything a profile says, of every customer: values, risks, ranks, the decision, then pins.

        The previous segment is that of the last completed run of an earlier day, so that computing a day again does
        not look at its own output.

        :param mean_spend: mean revenue of a purchase day of the company
        """
        model = circumstances.model
        return SQL(
            """SELECT stat.partner_id, stat.computed_segment_id, stat.previous_segment_id,
                      pin.segment_id AS pinned_segment_id,
                      COALESCE(pin.segment_id, stat.computed_segment_id) AS segment_id, strategy.id AS strategy_id,
                      stat.value, stat.value_percentile, stat.value_rank, stat.inactivity_risk,
                      stat.payment_risk, stat.payment_high AS is_payment_risk, stat.was_payment_risk,
                      stat.overdue_amount,
                      CASE WHEN stat.payment_high OR stat.inactivity_risk >= %(threshold)s THEN 'high'
                           WHEN stat.inactivity_risk >= %(threshold)s / 2 THEN 'medium' ELSE 'low' END AS risk_level,
                      stat.purchase_days, stat.first_day AS first_purchase_date, stat.last_day AS last_purchase_date,
                      round(stat.revenue::numeric, 2) AS revenue,
                      round(stat.contribution::numeric, 2) AS contribution,
                      stat.is_cost_estimated, %(expected)s AS expected_revenue, %(horizon)s AS horizon_weeks,
                      %(rung)s AS model_rung,
                      CASE WHEN stat.computed_segment_id IS DISTINCT FROM %(risk)s THEN 'value'
                           WHEN stat.is_inactive THEN 'inactivity' ELSE 'payment' END AS reason_code,
                      store.id AS store_id
                 FROM (%(decided)s) stat
                 JOIN (%(factors)s) factor USING (purchase_days, first_day)
                CROSS JOIN (SELECT %(spend)s::float8 AS mean_spend) population
                 LEFT JOIN retail_store store ON store.id = stat.store_id
                 LEFT JOIN retail_segment_pin pin
                        ON pin.partner_id = stat.partner_id AND pin.company_id = %(company)s AND pin.active
                           AND COALESCE(pin.date_end, %(as_of)s) >= %(as_of)s
                 LEFT JOIN retail_strategy strategy
                        ON strategy.company_id = %(company)s
                           AND strategy.segment_id = COALESCE(pin.segment_id, stat.computed_segment_id)""",
            decided=self.env["retail.decision"]._sql_decided(
                circumstances,
                statistics,
                self.env["retail.payment.risk"]._sql_payment_risk(run.company_id, run.as_of),
                self._sql_previous(run),
            ),
            factors=self._sql_factors(model, statistics, run.as_of, run.horizon_weeks),
            spend=mean_spend,
            expected=self._sql_expected_revenue(model, run.as_of),
            as_of=run.as_of,
            company=run.company_id.id,
            threshold=circumstances.threshold,
            horizon=run.horizon_weeks,
            rung=model.rung,
            risk=circumstances.policy._get_risk_band().segment_id.id or None,
        )

    @staticmethod
    def _sql_previous(run) -> SQL:
        """Rows (partner_id, previous_segment_id, was_payment_risk) as of the last completed run of an earlier day."""
        return SQL(
            """SELECT partner_id,
                      CASE WHEN as_of < %(as_of)s THEN computed_segment_id ELSE previous_segment_id END
                          AS previous_segment_id,
                      CASE WHEN as_of < %(as_of)s THEN is_payment_risk ELSE was_payment_risk END AS was_payment_risk
                 FROM retail_profile WHERE company_id = %(company)s""",
            as_of=run.as_of,
            company=run.company_id.id,
        )

    @api.model
    def _sql_inactivity(self, model, as_of, horizon_weeks) -> SQL:
        """q of the customer ``stat``: probability of no purchase within the horizon, 0-1, unrounded.

        MBG/NBD (docs/scoring): ``1 - P(alive) * (1 - ((alpha+T)/(alpha+T+h))^(r+x))``, then the calibration on
        the logit.
        """
        raw = SQL(
            "1 - %s * (1 - exp(%s * ln(%s)))",
            self._sql_alive(model.parameters, as_of),
            self._sql_shape(model.parameters),
            self._sql_shrink(model.parameters, as_of, horizon_weeks),
        )
        return SQL(
            """(SELECT 1 / (1 + exp(-(%(intercept)s::float8 + %(slope)s::float8 * ln(q / (1 - q)))))
                  FROM (SELECT LEAST(GREATEST(%(raw)s, 1e-6), 1 - 1e-6) AS q) raw)""",
            raw=raw,
            intercept=model.calibration.intercept,
            slope=model.calibration.slope,
        )

    @api.model
    def _sql_alive(self, parameters, as_of) -> SQL:
        """``1 / (1 + a/(b+x) * ((alpha+T)/(alpha+tx))^(r+x))``; the power is capped where float8 would overflow."""
        return SQL(
            """(1 / (1 + %(a)s::float8 / (%(b)s::float8 + stat.purchase_days - 1) * exp(LEAST(700, %(shape)s
                * ln((%(alpha)s::float8 + (%(as_of)s::date - stat.first_day) / 7.0::float8)
                   / (%(alpha)s::float8 + (stat.last_day - stat.first_day) / 7.0::float8))))))""",
            a=parameters.a,
            b=parameters.b,
            alpha=parameters.alpha,
            as_of=as_of,
            shape=self._sql_shape(parameters),
        )

    @staticmethod
    def _sql_shape(parameters) -> SQL:
        return SQL("(%s::float8 + stat.purchase_days - 1)", parameters.r)

    @staticmethod
    def _sql_shrink(parameters, as_of, horizon_weeks) -> SQL:
        """``(alpha+T) / (alpha+T+h)``"""
        age = SQL("(%s::float8 + (%s::date - stat.first_day) / 7.0::float8)", parameters.alpha, as_of)
        return SQL("(%s / (%s + %s::float8))", age, age, horizon_weeks)

    @api.model
    def _sql_value(self, as_of, half_life_weeks) -> SQL:
        """EW value of the customer ``stat`` on the day, company currency, two decimals (so that equals tie)."""
        return SQL(
            "round((stat.ew_sum * %s)::numeric, 2)::float8",
            self._sql_decay(SQL("%s::date - stat.ew_date", as_of), half_life_weeks),
        )

    @staticmethod
    def _sql_decay(days, half_life_weeks) -> SQL:
        """``0.5 ^ (days / half-life)``; capped where PostgreSQL would refuse so small a number."""
        return SQL("power(0.5::float8, LEAST((%s) / %s::float8, 1000))", days, half_life_weeks * 7)

    @api.model
    def _sql_expected_revenue(self, model, as_of) -> SQL:
        """Revenue expected within the horizon: purchases expected times expected spend per purchase.

        The spend is ``(n * own mean + 2 * company mean) / (n + 2)``. What depends on (x, T) only is tabulated in
        Python, because PostgreSQL has no hypergeometric function; the surrounding query joins ``factor`` (see
        :meth:`_sql_factors`) and ``population`` with the ``mean_spend``.
        """
        return SQL(
            """round((%(alive)s * factor.purchases
                      * (stat.revenue + %(weight)s * population.mean_spend) / (stat.purchase_days + %(weight)s))
                     ::numeric, 2)::float8""",
            alive=self._sql_alive(model.parameters, as_of),
            weight=MEAN_WEIGHT,
        )

    @api.model
    def _sql_factors(self, model, statistics, as_of, horizon_weeks) -> SQL:
        """Rows (purchase_days, first_day, purchases): purchases expected of a customer who is alive (1 query)."""
        cells = self.env.execute_query(
            SQL("SELECT DISTINCT purchase_days, first_day FROM %s stat", statistics)
        )
        factors = [
            mbg_nbd.purchase_factor(model.parameters, days - 1, (as_of - first_day).days / 7, horizon_weeks)
            for days, first_day in cells
        ]
        return SQL(
            "SELECT * FROM unnest(%s::int4[], %s::date[], %s::float8[]) factor(purchase_days, first_day, purchases)",
            [days for days, _first_day in cells],
            [first_day for _days, first_day in cells],
            factors,
        )

    def _calibrate(self, company, statistics, before, start, policy, horizon_weeks, fitter):
        """Calibration of q on the window from ``start``, or None where it holds too few of either outcome.

        :param before: relation of the statistics known at ``start``; ``statistics`` are those at the window's end
        """
        then = self._fit(
            company, before, start, policy, horizon_weeks, calibration=mbg_nbd.IDENTITY, fitter=fitter
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT round((%(q)s)::numeric, 4)::float8 AS q, now.last_day <= %(start)s AS is_silent, count(*)
                     FROM %(snapshot)s stat JOIN %(statistics)s now ON now.partner_id = stat.partner_id
                    GROUP BY 1, 2 ORDER BY 1, 2""",
                q=self._sql_inactivity(then, start, horizon_weeks),
                start=start,
                snapshot=before,
                statistics=statistics,
            )
        )
        silent = sum(count for _q, is_silent, count in rows if is_silent)
        bought = sum(count for _q, is_silent, count in rows if not is_silent)
        if min(bought, silent) < CALIBRATION_OUTCOMES:
            return None
        return mbg_nbd.recalibrate(
            [q for q, _is_silent, _count in rows],
            [int(is_silent) for _q, is_silent, _count in rows],
            [count for _q, _is_silent, count in rows],
        )
