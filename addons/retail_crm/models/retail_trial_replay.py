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
            try:
                self._replay_months(*self._begin())
            except Exception as error:  # whatever it was, the manager must learn of it
                self._fail(error)
                self._discard("failed")
            self._end(time.monotonic() - started)
        if self.state in ("done", "failed"):
            self._tell_starter()

    def _begin(self):
        """Take the purchases as they stand now."""
        Facts = self.env["retail.purchase.facts"]
        self.env.flush_all()
        Facts._forget()
        started_at = self.started_at or fields.Datetime.now()
        self._retrying(lambda: self.write({"state": "running", "started_at": started_at, "error": False}))
        facts = Facts._get_all(self.company_id, extra=("product_id",))
        half_lives = {self._name_value(side): self._get_policy(side).half_life_weeks for side in SIDES}
        days = self._get_days()
        history = TrialHistory(self.env, facts, self._get_all_days(days), half_lives)
        terms = TrialTerms(self.env, self.company_id, facts, days)
        self._retrying(history.prepare)
        self._retrying(terms.prepare)
        # a month that has to be replayed again finds the tables
        self._commit()
        return history, terms

    def _end(self, seconds):
        TrialHistory.forget(self.env)
        TrialTerms.forget(self.env)
        self.env["retail.purchase.facts"]._forget()
        self._retrying(lambda: self.write({"seconds": self.seconds + seconds}))
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
        self._retrying(lambda: self._delete_findings(state))
        self._commit()

    def _delete_findings(self, state):
        for table in ("label", "customer", "month", "effect"):
            self.env.cr.execute(
                SQL("DELETE FROM %s WHERE trial_id = %s", SQL.identifier(f"retail_trial_{table}"), self.id)
            )
        self.invalidate_recordset()
        self.write({"state": state, "months_done": 0, "is_cancel_requested": False})

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
