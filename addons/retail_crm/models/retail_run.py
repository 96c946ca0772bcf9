import logging
import time
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_date

_logger = logging.getLogger(__name__)

# First key of the advisory locks that keep two runs of one company apart; the second is the company's id.
LOCK_SPACE = 0x52435249


class RetailRun(models.Model):
    """One row is one computation of all customers of a root company for a day, with what it used and found.

    The scores are computed in one transaction and then applied in chunks: while a run computes, or when it fails,
    the previous result stays in place; a run that was killed while applying goes on where it stopped.
    """

    _name = "retail.run"
    _inherit = ["retail.job"]
    _description = "Segmentation run"
    _order = "id desc"
    _rec_name = "as_of"
    _lock_space = LOCK_SPACE

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(
        string="For the day", readonly=True, help="What had happened up to the end of this day counts."
    )
    state = fields.Selection(
        [
            ("requested", "Waiting"),
            ("computing", "Computing"),
            ("applying", "Applying"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="requested",
        index=True,
    )
    is_full = fields.Boolean(string="Rebuild everything", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Started by", readonly=True, default=lambda self: self.env.user
    )
    policy_id = fields.Many2one("retail.policy", readonly=True, ondelete="restrict")
    policy_version = fields.Integer(string="Policy version", readonly=True, aggregator=None)
    half_life_weeks = fields.Float(string="Half-life (weeks)", readonly=True, aggregator=None)
    horizon_weeks = fields.Integer(string="Horizon (weeks)", readonly=True, aggregator=None)
    model_rung = fields.Selection(
        selection=lambda self: (
            self.env["retail.profile"]._fields["model_rung"]._description_selection(self.env)
        ),
        string="Basis of the risk",
        readonly=True,
    )
    parameter_r = fields.Float("r", readonly=True, aggregator=None)
    parameter_alpha = fields.Float("alpha", readonly=True, aggregator=None)
    parameter_a = fields.Float("a", readonly=True, aggregator=None)
    parameter_b = fields.Float("b", readonly=True, aggregator=None)
    calibration_intercept = fields.Float("Calibration intercept", readonly=True, aggregator=None)
    calibration_slope = fields.Float("Calibration slope", readonly=True, aggregator=None)
    calibrated_on = fields.Date(string="Calibrated on", readonly=True)
    gap_checked_on = fields.Date(string="Rhythm looked at on", readonly=True)
    # in company currency and not rounded: an explanation compares with what the run compared with
    median_contribution = fields.Float(
        string="Median contribution", readonly=True, digits=False, aggregator=None
    )
    inactivity_threshold = fields.Float(
        string="Risk begins at", readonly=True, digits=(5, 4), aggregator=None
    )
    customer_count = fields.Integer(string="Customers", readonly=True, aggregator=None)
    touched_count = fields.Integer(string="Customers with news", readonly=True, aggregator=None)
    change_count = fields.Integer(string="Segment changes", readonly=True)
    applied_count = fields.Integer(string="Customers applied", readonly=True, aggregator=None)
    progress = fields.Float(compute="_compute_progress", help="0-100")
    started_at = fields.Datetime(string="Started", readonly=True)
    seconds = fields.Float(readonly=True, digits=(16, 1), aggregator=None)
    backtest_id = fields.Many2one("retail.backtest", string="Back-test", readonly=True, ondelete="set null")
    backtest_summary = fields.Html(related="backtest_id.summary")
    backtest_warning = fields.Char(related="backtest_id.warning")

    _open_uniq = models.UniqueIndex(
        "(company_id) WHERE state IN ('computing', 'applying')",
        "Another run of this company is under way. Wait for it to finish, then try again.",
    )

    @api.depends("state", "applied_count", "customer_count")
    def _compute_progress(self):
        for run in self:
            if run.state == "done":
                run.progress = 100
            elif run.state == "applying" and run.customer_count:
                run.progress = 50 + 50 * run.applied_count / run.customer_count
            else:
                run.progress = 20 if run.state == "computing" else 0

    @api.depends_context("lang")
    @api.depends("as_of", "company_id")
    def _compute_display_name(self):
        for run in self:
            day = format_date(self.env, run.as_of) or run.company_id.name
            run.display_name = self.env._("Run for %(day)s", day=day)

    # ------------------------------------------------------------------ requests

    @api.model
    def action_recompute(self):
        """Have the current company's customers recomputed in the background; managers only."""
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Only retail managers can start a run. Ask your manager."))
        self._request(self.env.company)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The segments are being recomputed in the background."),
            },
        }

    @api.model
    def _request(self, company, full=False):
        """Note the wish for a run and wake the scheduled action; one wish per company is enough."""
        company = company.root_id
        waiting = self.sudo().search([("company_id", "=", company.id), ("state", "=", "requested")], limit=1)
        run = waiting or self.sudo().create(
            {"company_id": company.id, "is_full": full, "user_id": self.env.uid}
        )
        self.env.ref("retail_crm.ir_cron_retail_run").sudo()._trigger()
        return run

    @api.model
    def _cron_run(self):
        """Every night, and whenever somebody asked: bring the root companies up to date, one after the other."""
        due = self.env["res.company"].search([("parent_id", "=", False)]).filtered(self._is_due)
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(due))
        for company in due:
            try:
                run = self.run_company(company)
            except UserError as error:  # another process has this company; its wish waits for the next time
                _logger.info("retail run of %s put off: %s", company.name, error)
            else:
                if run.error:
                    run._tell_managers()
            if not Cron._commit_progress(1):
                break

    @api.model
    def _is_due(self, company):
        """Somebody asked, a run was interrupted, or the day has not been computed."""
        asked = self.search_count(
            [("company_id", "=", company.id), ("state", "in", ("requested", "computing", "applying"))],
            limit=1,
        )
        last = self._get_last_done(company)
        return bool(asked) or not last or last.as_of < self._today(company)

    # ------------------------------------------------------------------ one run

    @api.model
    @api.private
    def run_company(self, company, as_of=None, full=False):
        """Compute and apply the segments of all customers of ``company`` (its root) for the day ``as_of``.

        A run left behind by a killed process is finished first. Computing the same day again gives the same result.
        Outside tests it commits: once computed, then chunk by chunk.

        :param as_of: day up to whose end purchases count; None is today in the shops' time zone
        :param full: rebuild the statistics of every customer instead of those with news
        :return: record of ``retail.run``, ``done`` or ``failed`` (with the reason in ``error``)
        :raise UserError: the day lies before the last completed run, or another process runs this company
        """
        company = company.sudo().root_id
        self = self.sudo().with_company(company).with_context(active_test=True)
        with self._locked(company):
            self._finish_interrupted(company)
            as_of = fields.Date.to_date(as_of) or self._today(company)
            previous = self._get_last_done(company)
            if previous and as_of < previous.as_of:
                raise UserError(
                    self.env._(
                        "The segments of %(company)s already stand at %(day)s; a run cannot go back to %(as_of)s. "
                        "Use a back-test to look at the past.",
                        company=company.name,
                        day=previous.as_of,
                        as_of=as_of,
                    )
                )
            run = self._open(company, as_of, full)
            self.env["retail.purchase.facts"]._forget()
            if run._compute_scores(previous):
                run._finish(previous)
            self.env["retail.purchase.facts"]._forget()
        return run

    def _open(self, company, as_of, full):
        """The run somebody asked for, or a new one, in state computing."""
        run = self.search([("company_id", "=", company.id), ("state", "=", "requested")], limit=1)
        run = run or self.create({"company_id": company.id, "user_id": self.env.uid})
        run.write(
            {
                "as_of": as_of,
                "is_full": full or run.is_full or company.retail_full_run_needed,
                "state": "computing",
                "started_at": fields.Datetime.now(),
                "error": False,
            }
        )
        self._commit()
        return run

    def _compute_scores(self, previous):
        """Statistics, model and scores in one transaction; False when it failed, with nothing changed."""
        started = time.monotonic()
        try:
            self._retrying(lambda: self._compute_steps(previous))
        except Exception as error:  # whatever it was, the manager must learn of it
            self._fail(error)
            return False
        self.seconds = time.monotonic() - started
        self._commit()
        return True

    def _finish(self, previous):
        """Apply and test what was computed; what goes wrong here is noted, and the next run goes on from there."""
        self._attempt(self._apply_scores)
        if self.state == "done":
            self._attempt(self._make_actions)
            self._attempt(partial(self._evaluate, previous))
            self._attempt(self._count_cohorts)

    def _attempt(self, step):
        """What goes wrong in this ``step`` stops no other one."""
        try:
            step()
        except Exception as error:  # whatever it was, the manager must learn of it
            self._note(error)

    def _apply_scores(self):
        """Move the scores to the profiles, chunk by chunk, each in its own transaction."""
        started = time.monotonic()
        self._analyze("retail_run_result")
        while self._retrying(self._apply_chunk):
            self._commit()
        self._analyze("retail_profile")
        # before it is done, so that a run that goes on after it was killed has them too
        self._attempt(self._note_pins)
        self._attempt(self._note_segments)
        self.write({"state": "done", "seconds": self.seconds + time.monotonic() - started})
        self._commit()
        _logger.info(
            "retail run %s: %s customers, %s with news, %s segment changes, %.1f s",
            self.id,
            self.customer_count,
            self.touched_count,
            self.change_count,
            self.seconds,
        )

    def _make_actions(self):
        """What the strategies do about it."""
        self.env["retail.action.job"]._act_after_run(self.company_id, self.as_of)

    def _analyze(self, table):
        """Let the planner know rows that came all at once: taken for none, they are joined by nested loops.

        In a transaction of its own, because its lock would keep other companies waiting.
        """
        self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self._commit()

    def _apply_chunk(self):
        taken, moved = self.env["retail.run.result"]._apply_chunk(self)
        self.write({"applied_count": self.applied_count + taken, "change_count": self.change_count + moved})
        return taken

    def _finish_interrupted(self, company):
        """Finish what a killed process was applying; what it was computing left no trace and is given up."""
        interrupted = self.search(
            [("company_id", "=", company.id), ("state", "in", ("computing", "applying"))]
        )
        for run in interrupted:
            if run.state == "applying":
                run._apply_scores()
            else:
                run.write(
                    {
                        "state": "failed",
                        "error": self.env._("Interrupted while computing; nothing was changed."),
                    }
                )
                self._commit()

    # ------------------------------------------------------------------ helpers

    def _tell_managers(self):
        """Send the managers of the company a notification of the failure."""
        managers = self.company_id._get_retail_managers()
        self.env["mail.thread"].message_notify(
            model=self._name,
            res_id=self.id,
            partner_ids=managers.partner_id.ids,
            subject=self.env._("The customer segments could not be updated"),
            body=self.env._(
                "The run for %(day)s did not finish: %(error)s",
                day=self.as_of,
                error=self.error,
            ),
        )

    @api.model
    def _get_last_done(self, company):
        return self.search(
            [("company_id", "=", company.id), ("state", "=", "done")], order="as_of desc, id desc", limit=1
        )

    @staticmethod
    def _today(company):
        return fields.Date.context_today(company.with_context(tz=company.retail_tz))

    def _say_busy(self, company):
        return self.env._(
            "The segments of %(company)s are being computed right now. Wait for that run to finish.",
            company=company.name,
        )
