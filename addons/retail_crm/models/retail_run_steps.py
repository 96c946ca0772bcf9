from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..scoring import mbg_nbd

# What is slow and changes slowly is looked at anew after so many days, and on full runs.
CALIBRATION_DAYS = 7
BACKTEST_DAYS = 7
GAP_CHECK_DAYS = 28


class RetailRun(models.Model):
    """What a run computes, step by step; how it is started, kept apart and resumed stands in retail_run.py."""

    _inherit = "retail.run"

    def _compute_steps(self, previous):
        """Policy -> statistics -> model -> scores waiting to be applied; the caller's transaction holds it together."""
        Policy = self.env["retail.policy"]
        Policy._activate_due(self.company_id, self.as_of)
        policy = Policy._get_active(self.company_id)
        if not policy:
            raise UserError(
                self.env._("No segmentation policy is active: have one approved under Configuration.")
            )
        statistics = self._refresh_statistics(policy, previous)
        model = self._choose_model(policy, statistics, previous)
        self._store_results(policy, statistics, model)
        self.write({"state": "applying", "applied_count": 0, "change_count": 0})
        self.company_id.retail_full_run_needed = False

    def _refresh_statistics(self, policy, previous):
        """Step A; returns the relation of this company's statistics."""
        full = self.is_full or not previous or previous.half_life_weeks != policy.half_life_weeks
        Statistics = self.env["retail.profile.statistics"]
        self.env.flush_all()
        touched = Statistics._refresh(self.company_id, self.as_of, policy.half_life_weeks, full=full)
        self.write({"touched_count": touched, "is_full": full})
        return SQL("(SELECT * FROM retail_profile_statistics WHERE company_id = %s)", self.company_id.id)

    def _choose_model(self, policy, statistics, previous):
        """Horizon and inactivity model; both are looked at anew only now and then, or on a full run."""
        Scoring = self.env["retail.scoring"]
        horizon = self._get_horizon(policy, statistics, previous)
        calibration = self._get_recent_calibration(previous, horizon)
        model = Scoring._fit(self.company_id, statistics, self.as_of, policy, horizon, calibration)
        self.write(
            {
                "policy_id": policy.id,
                "policy_version": policy.version,
                "half_life_weeks": policy.half_life_weeks,
                "horizon_weeks": horizon,
                "model_rung": model.rung,
                "parameter_r": model.parameters.r,
                "parameter_alpha": model.parameters.alpha,
                "parameter_a": model.parameters.a,
                "parameter_b": model.parameters.b,
                "calibration_intercept": model.calibration.intercept,
                "calibration_slope": model.calibration.slope,
                "calibrated_on": previous.calibrated_on if calibration else self.as_of,
            }
        )
        return model

    def _get_recent_calibration(self, previous, horizon):
        """That of the run before, while it is young and was made for the same question; None asks for a new one."""
        if self.is_full or previous.model_rung != "fitted" or previous.horizon_weeks != horizon:
            return None
        if self.as_of - previous.calibrated_on >= timedelta(days=CALIBRATION_DAYS):
            return None
        return mbg_nbd.Calibration(previous.calibration_intercept, previous.calibration_slope)

    def _get_horizon(self, policy, statistics, previous):
        """The policy's horizon; the rhythm of purchases is looked at on full runs and every few weeks."""
        checked = previous.gap_checked_on
        if policy.horizon_weeks and not self.is_full and checked:
            if self.as_of - checked < timedelta(days=GAP_CHECK_DAYS):
                self.gap_checked_on = checked
                return policy.horizon_weeks
        self.gap_checked_on = self.as_of
        median_gap = self.env["retail.profile.statistics"]._get_median_gap(self.company_id, self.as_of)
        _customers, _days, is_enough = self.env["retail.scoring"]._get_extent(statistics, self.as_of)
        return policy._fit_horizon(median_gap, keep=is_enough)

    def _store_results(self, policy, statistics, model):
        """Step B: score and segment everybody into the waiting rows, in one statement."""
        Scoring = self.env["retail.scoring"]
        population = Scoring._get_population(model, statistics, self.as_of, self.horizon_weeks)
        circumstances = self.env["retail.decision"]._get_circumstances(
            policy, model, self.as_of, self.horizon_weeks, population
        )
        self.write(
            {
                "customer_count": circumstances.customers,
                "median_contribution": circumstances.median_contribution,
                "inactivity_threshold": circumstances.threshold,
            }
        )
        scores = Scoring._sql_scores(self, circumstances, statistics, population["mean_spend"])
        self.env["retail.run.result"]._store(self, scores)

    def _note_pins(self):
        """Which pins the new figures disagree with, and since when."""
        pins = self.env["retail.segment.pin"].search([("company_id", "=", self.company_id.id)])
        self._retrying(lambda: pins._note_disagreement(self.as_of))

    def _note_segments(self):
        """What each segment holds now."""
        self._retrying(lambda: self.env["retail.run.segment"]._store(self))

    def _evaluate(self, previous):
        """Test the method on the window that ends today: once a week, and on full runs; else show the last test."""
        backtest = previous.backtest_id
        start = self.as_of - timedelta(weeks=self.horizon_weeks)
        is_recent = backtest.horizon_weeks == self.horizon_weeks and start - backtest.as_of < timedelta(
            days=BACKTEST_DAYS
        )
        if not (backtest and is_recent) or self.is_full:
            first_day = self.env["retail.profile.statistics"]._get_first_day(self.company_id)
            if not first_day or first_day > start:
                return
            backtest = self._retrying(
                lambda: self.env["retail.backtest"]._evaluate(self.company_id, start, self.horizon_weeks)
            )
        self.backtest_id = backtest
        self._commit()

    def _count_cohorts(self):
        """Who came back month by month: once a week and on full runs, when the purchases are at hand anyway."""
        Cohort = self.env["retail.cohort"]
        if self.is_full or Cohort._is_due(self.company_id, self.as_of):
            self._retrying(lambda: Cohort._replace(self.company_id, self.as_of))
            self._commit()
