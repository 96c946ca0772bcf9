import logging
import time
from datetime import timedelta
from functools import partial

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..trial import TrialHistory, TrialTerms

_logger = logging.getLogger(__name__)

DECIDED = SQL.identifier("retail_trial_decided")
NOW = "retail_trial_now"
THEN = "retail_trial_then"
SIDES = ("active", "draft")


class RetailTrial(models.Model):
    """How a trial is computed: month after month, each in a transaction of its own, until done, cancelled or failed.

    A killed trial goes on with the month after the last one it committed.
    """

    _inherit = "retail.trial"

    @api.model
    def _cron_replay(self):
        """Take up every trial that somebody asked for or that was interrupted, one after the other."""
        for trial in self.search([("state", "in", ("requested", "running"))], order="id"):
            try:
                trial._replay()
            except UserError as error:  # another process has this company
                _logger.info("retail trial %s put off: %s", trial.id, error)
            if trial.state == "running":  # the time of the scheduled action is up; it comes again at once
                break

    def _replay(self):
        """Replay the months that are left, as many as the scheduled action has time for."""
        self = self.sudo().with_company(self.company_id)
        with self._locked(self.company_id):
            if self._is_cancelled():
                self._discard("cancelled")
                return
            started = time.monotonic()
            history, terms = self._begin()
            try:
                self._replay_months(history, terms)
            except Exception as error:  # whatever it was, the manager must learn of it
                self._fail(error)
                self._discard("failed")
            self._end(history, terms, time.monotonic() - started)
        if self.state in ("done", "failed"):
            self._tell_starter()

    def _begin(self):
        """Take the purchases as they stand now."""
        Facts = self.env["retail.purchase.facts"]
        self.env.flush_all()
        Facts._forget()
        self.write(
            {"state": "running", "started_at": self.started_at or fields.Datetime.now(), "error": False}
        )
        facts = Facts._get_all(self.company_id, extra=("product_id",))
        half_lives = {self._name_value(side): self._get_policy(side).half_life_weeks for side in SIDES}
        days = self._get_days()
        history = TrialHistory(self.env, facts, self._get_all_days(days), half_lives)
        terms = TrialTerms(self.env, self.company_id, facts, days)
        self._commit()
        return history, terms

    def _end(self, history, terms, seconds):
        history.forget()
        terms.forget()
        self.env["retail.purchase.facts"]._forget()
        self.seconds += seconds
        self._commit()
        _logger.info(
            "retail trial %s: %s of %s months, %s, %.1f s",
            self.id,
            self.months_done,
            self.months + 1,
            self.state,
            seconds,
        )

    def _replay_months(self, history, terms):
        self._retrying(history.prepare)
        self._retrying(terms.prepare)
        days = self._get_days()
        for position in range(self.months_done, len(days)):
            self._retrying(partial(self._replay_month, history, terms, position))
            if not self._keep(remaining=len(days) - position - 1):
                return
            if self._is_cancelled():
                self._discard("cancelled")
                return
        self._retrying(self._conclude)

    def _keep(self, remaining):
        """Commit a month; False when the scheduled action should stop for now."""
        if self._is_test():
            return True
        return bool(self.env["ir.cron"]._commit_progress(1, remaining=remaining))

    def _is_cancelled(self):
        self.invalidate_recordset(["is_cancel_requested"])
        return self.is_cancel_requested

    def _discard(self, state):
        """Throw away what the trial has found."""
        for table in ("label", "customer", "month", "effect"):
            self.env.cr.execute(
                SQL("DELETE FROM %s WHERE trial_id = %s", SQL.identifier(f"retail_trial_{table}"), self.id)
            )
        self.invalidate_recordset()
        self.write({"state": state, "months_done": 0, "is_cancel_requested": False})
        self._commit()

    # ------------------------------------------------------------------ days, policies, horizons

    def _get_days(self):
        return [
            self.date_to - relativedelta(months=self.months - position) for position in range(self.months + 1)
        ]

    def _get_all_days(self, days):
        """The days replayed, those from which their risks are calibrated, and those up to which it is known what
        followed."""
        spans = {timedelta(weeks=self._get_horizon(side)) for side in SIDES}
        around = {day + sign * span for day in days for span in spans for sign in (-1, 1)}
        return [day for day in {*days, *around} if day <= self.date_to]

    def _get_policy(self, side):
        return self.policy_id if side == "draft" else self.baseline_policy_id

    def _get_horizon(self, side):
        """Weeks; a policy without a horizon of its own takes over that of the active one, or of the last run."""
        own = self._get_policy(side).horizon_weeks or self.baseline_policy_id.horizon_weeks
        return own or self.env["retail.run"]._get_last_done(self.company_id).horizon_weeks

    @staticmethod
    def _name_value(side):
        return f"{side}_value"

    # ------------------------------------------------------------------ one month

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
                """INSERT INTO retail_trial_effect (trial_id, position, segment_id, store_id, revenue, price_effect,
                                                    discount_effect, points_effect, total_effect)
                   SELECT %(trial)s, %(position)s, segment_id, store.id, round(revenue::numeric, 2),
                          round(price_effect::numeric, 2), round(discount_effect::numeric, 2),
                          round(points_effect::numeric, 2),
                          round(price_effect::numeric, 2) + round(discount_effect::numeric, 2)
                              + round(points_effect::numeric, 2)
                     FROM (%(effects)s) effect LEFT JOIN retail_store store ON store.id = effect.store_id""",
                trial=self.id,
                position=position,
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

    def _tell_starter(self):
        """Send whoever started the trial a notification that it is over, and how it ended."""
        subject, body = self.with_context(lang=self.user_id.lang)._say_end()
        self.env["mail.thread"].message_notify(
            model=self._name,
            res_id=self.id,
            partner_ids=self.user_id.partner_id.ids,
            subject=subject,
            body=body,
        )
        self._commit()

    def _say_end(self):
        """(subject, body)"""
        policy = self.policy_id.display_name
        if self.state == "failed":
            return self.env._("The trial of a policy failed"), self.env._(
                "%(policy)s could not be replayed: %(error)s", policy=policy, error=self.error
            )
        return self.env._("The trial of a policy is done"), self.env._(
            "%(policy)s has been replayed over %(months)s months: %(moved)s of %(customers)s customers would be in "
            "another segment.",
            policy=policy,
            months=self.months,
            moved=self.moved_count,
            customers=self.customer_count,
        )
