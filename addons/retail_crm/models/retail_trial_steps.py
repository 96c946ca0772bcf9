from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

DECIDED = SQL.identifier("retail_trial_decided")
NOW = "retail_trial_now"
THEN = "retail_trial_then"
SIDES = ("active", "draft")


class RetailTrial(models.Model):
    """What a trial computes, month by month; how it is started, kept apart and resumed: retail_trial_replay.py."""

    _inherit = "retail.trial"

    def _replay_month(self, history, terms, position):
        days = self._get_days()
        day = days[position]
        history.snapshot(day, NOW)
        self._decide(history, day)
        for side in SIDES:
            self._store_month(history, side, day)
        if position < self.months:
            self._store_effects(terms, position)
        else:
            self._store_customers()
        self._remember()
        self.months_done = position + 1

    def _decide(self, history, day):
        """Temporary table of every customer under both policies, with the memory of the month before."""
        self._store_payments(day)
        models_by_horizon = {}
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS %(table)s;
                   CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS
                   SELECT partner_id, %(active)s, %(draft)s
                     FROM (%(active_decided)s) active JOIN (%(draft_decided)s) draft USING (partner_id)
                     LEFT JOIN (SELECT partner_id, active_before_id, draft_before_id FROM retail_trial_label
                                 WHERE trial_id = %(trial)s) label USING (partner_id);
                   ANALYZE %(table)s""",
                table=DECIDED,
                active=self._sql_side("active"),
                draft=self._sql_side("draft"),
                trial=self.id,
                **{
                    f"{side}_decided": self._sql_decided(history, side, day, models_by_horizon)
                    for side in SIDES
                },
            )
        )

    def _store_payments(self, day):
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS retail_trial_payment;
                   CREATE TEMPORARY TABLE retail_trial_payment ON COMMIT DROP AS %s;
                   ANALYZE retail_trial_payment""",
                self.env["retail.payment.risk"]._sql_payment_risk(self.company_id, day),
            )
        )

    def _sql_decided(self, history, side, day, models_by_horizon) -> SQL:
        policy, horizon = self._get_policy(side), self._get_horizon(side)
        statistics = history.sql_statistics(NOW, self._name_value(side))
        Scoring, Decision = self.env["retail.scoring"], self.env["retail.decision"]
        if horizon not in models_by_horizon:
            model = self._fit(history, side, day, statistics)
            population = Scoring._get_population(model, statistics, day, horizon)
            models_by_horizon[horizon] = model, population
        model, population = models_by_horizon[horizon]
        return Decision._sql_decided(
            Decision._get_circumstances(policy, model, day, horizon, population),
            statistics,
            SQL("SELECT * FROM retail_trial_payment"),
            self._sql_previous(side),
        )

    def _fit(self, history, side, day, statistics):
        def look_back(start):
            history.snapshot(start, THEN)
            return history.sql_statistics(THEN, self._name_value(side))

        return self.env["retail.scoring"]._fit(
            self.company_id,
            statistics,
            day,
            self._get_policy(side),
            self._get_horizon(side),
            look_back=look_back,
            fitter=history.fitter,
        )

    def _sql_previous(self, side) -> SQL:
        return SQL(
            """SELECT partner_id, %(segment)s AS previous_segment_id, %(payment_high)s AS was_payment_risk
                 FROM retail_trial_label WHERE trial_id = %(trial)s""",
            segment=SQL.identifier(f"{side}_segment_id"),
            payment_high=SQL.identifier(f"{side}_payment_high"),
            trial=self.id,
        )

    def _sql_side(self, side) -> SQL:
        """The columns of one side; ``before`` is the segment a month before, ``earlier`` that of two months before."""
        return SQL(
            """%(side)s.computed_segment_id AS %(segment)s, %(side)s.previous_segment_id AS %(before)s,
               label.%(before)s AS %(earlier)s, %(side)s.payment_high AS %(payment_high)s,
               %(side)s.value AS %(value)s, %(side)s.value_percentile AS %(percentile)s,
               %(side)s.inactivity_risk AS %(risk)s,
               CASE WHEN %(side)s.computed_segment_id IS DISTINCT FROM %(risk_segment)s THEN 'value'
                    WHEN %(side)s.is_inactive THEN 'inactivity' ELSE 'payment' END AS %(reason_code)s""",
            side=SQL.identifier(side),
            segment=SQL.identifier(f"{side}_segment_id"),
            before=SQL.identifier(f"{side}_before_id"),
            earlier=SQL.identifier(f"{side}_earlier_id"),
            payment_high=SQL.identifier(f"{side}_payment_high"),
            value=SQL.identifier(f"{side}_value"),
            percentile=SQL.identifier(f"{side}_percentile"),
            risk=SQL.identifier(f"{side}_risk"),
            reason_code=SQL.identifier(f"{side}_reason_code"),
            risk_segment=self._get_policy(side)._get_risk_band().segment_id.id or None,
        )

    # ------------------------------------------------------------------ what is kept

    def _store_month(self, history, side, day):
        """Rows of ``retail.trial.month``, with what the customers of each segment brought within the horizon."""
        until = day + timedelta(weeks=self._get_horizon(side))
        has_followed = until <= self.date_to
        brought = history.sql_brought(day, until) if has_followed else SQL("SELECT 0, 0.0, FALSE WHERE FALSE")
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_trial_month (trial_id, day, side, segment_id, customers, value, known, changed,
                                                   flipped, has_followed, next_contribution, silent)
                   SELECT %(trial)s, %(day)s, %(side)s, %(segment)s, count(*), round(sum(%(value)s)::numeric, 2),
                          count(%(before)s), count(*) FILTER (WHERE %(before)s <> %(segment)s),
                          count(*) FILTER (WHERE %(before)s <> %(segment)s AND %(earlier)s = %(segment)s),
                          %(has_followed)s, round(COALESCE(sum(brought.contribution), 0)::numeric, 2),
                          CASE WHEN %(has_followed)s
                               THEN count(*) FILTER (WHERE brought.has_bought IS NOT TRUE) ELSE 0 END
                     FROM %(decided)s decided
                     LEFT JOIN (%(brought)s) brought(partner_id, contribution, has_bought)
                            ON brought.partner_id = decided.partner_id
                    GROUP BY %(segment)s""",
                trial=self.id,
                day=day,
                side=side,
                segment=SQL.identifier("decided", f"{side}_segment_id"),
                before=SQL.identifier("decided", f"{side}_before_id"),
                earlier=SQL.identifier("decided", f"{side}_earlier_id"),
                value=SQL.identifier("decided", f"{side}_value"),
                has_followed=has_followed,
                decided=DECIDED,
                brought=brought,
            )
        )

    def _store_effects(self, terms, position):
        segments = SQL("SELECT partner_id, draft_segment_id, active_segment_id FROM %s", DECIDED)
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_trial_effect (trial_id, month_start, segment_id, store_id, revenue, price_effect,
                                                    discount_effect, points_effect, total_effect)
                   SELECT %(trial)s, %(month_start)s, segment_id, store.id, round(revenue::numeric, 2),
                          round(price_effect::numeric, 2), round(discount_effect::numeric, 2),
                          round(points_effect::numeric, 2),
                          round(price_effect::numeric, 2) + round(discount_effect::numeric, 2)
                              + round(points_effect::numeric, 2)
                     FROM (%(effects)s) effect LEFT JOIN retail_store store ON store.id = effect.store_id""",
                trial=self.id,
                month_start=self._get_days()[position],
                effects=terms.sql_effects(position, segments),
            )
        )

    def _store_customers(self):
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_trial_customer (
                       trial_id, partner_id, is_moved, active_segment_id, draft_segment_id, active_value, draft_value,
                       active_percentile, draft_percentile, active_risk, draft_risk, active_reason_code,
                       draft_reason_code)
                   SELECT %(trial)s, decided.partner_id, active_segment_id IS DISTINCT FROM draft_segment_id,
                          active_segment_id, draft_segment_id, active_value, draft_value, active_percentile,
                          draft_percentile, active_risk, draft_risk, active_reason_code, draft_reason_code
                     FROM %(decided)s decided
                     -- a customer deleted since the purchases were read
                     JOIN res_partner partner ON partner.id = decided.partner_id""",
                trial=self.id,
                decided=DECIDED,
            )
        )

    def _remember(self):
        """Replace the memory of the month before by that of this one."""
        columns = SQL(
            """partner_id, active_segment_id, active_before_id, active_payment_high, draft_segment_id,
               draft_before_id, draft_payment_high"""
        )
        self.env.cr.execute(
            SQL(
                """DELETE FROM retail_trial_label WHERE trial_id = %(trial)s;
                   INSERT INTO retail_trial_label (trial_id, %(columns)s)
                   SELECT %(trial)s, %(columns)s FROM %(decided)s""",
                trial=self.id,
                columns=columns,
                decided=DECIDED,
            )
        )

    # ------------------------------------------------------------------ the end

    def _conclude(self):
        """Sum up the months, test both policies on the last horizon, and forget the memory."""
        self.env.cr.execute(SQL("DELETE FROM retail_trial_label WHERE trial_id = %s", self.id))
        self.invalidate_recordset()
        Customer = self.env["retail.trial.customer"]
        domain = [("trial_id", "=", self.id)]
        [(effect,)] = self.env["retail.trial.effect"]._read_group(domain, [], ["total_effect:sum"])
        self.write(
            {
                "state": "done",
                "customer_count": Customer.search_count(domain),
                "moved_count": Customer.search_count([*domain, ("is_moved", "=", True)]),
                "money_effect": effect,
                "backtest": {side: self._get_backtest(side) for side in SIDES},
                **self._get_stability(),
            }
        )

    def _get_stability(self):
        """Mean share of customers who change a month, and who come back, by field name (1 query)."""
        rows = self.env["retail.trial.month"]._read_group(
            [("trial_id", "=", self.id)], ["side", "day:day"], ["known:sum", "changed:sum", "flipped:sum"]
        )
        figures = {}
        for side, prefix in (("draft", ""), ("active", "baseline_")):
            months = [row[2:] for row in rows if row[0] == side and row[2]]
            count = len(months) or 1
            figures[f"{prefix}change_share"] = (
                sum(changed / known for known, changed, _flipped in months) / count
            )
            figures[f"{prefix}flip_share"] = (
                sum(flipped / known for known, _changed, flipped in months) / count
            )
        return figures

    def _get_backtest(self, side):
        """Figures of the back-test on the weeks that end with the trial; None with too little history for one.

        Both sides are measured over the horizon of the policy on trial: figures of other weeks could not be compared.
        """
        horizon = self._get_horizon("draft")
        start = self.date_to - timedelta(weeks=horizon)
        first_day = self.env["retail.profile.statistics"]._get_first_day(self.company_id)
        if first_day > start:
            return None
        figures = self.env["retail.backtest"]._measure(
            self.company_id, start, self._get_policy(side), horizon
        )
        return {**figures, "as_of": fields.Date.to_string(start), "horizon_weeks": horizon}
