import logging
from functools import partial

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# actions that came at once, from which on the planner is told
MANY = 1_000


class RetailActionJob(models.AbstractModel):
    """What happens to actions by itself: they lapse, are made, given to their owners, measured.

    Each step is a transaction of its own and finds nothing to do when it was done: run twice, by two, or killed
    half-way, nothing happens twice.
    """

    _name = "retail.action.job"
    _inherit = "retail.job"
    _description = "Making and measuring of actions"
    _lock_space = 7_284_105

    def _say_busy(self, company):
        return self.env._(
            "The actions of %(company)s are being made right now. Wait a moment.", company=company.name
        )

    @api.model
    def _cron_act(self):
        """Every hour, and after each run: all companies; what goes wrong in one stops no other.

        Also when Odoo's ten seconds are over: called again, it would begin with the first one, and spend them there.
        """
        companies = self.env["res.company"].search([("parent_id", "=", False)])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                self._act(company)
            except UserError as error:
                _logger.info("actions of company %s: %s", company.id, error)
            except Exception:  # the next hour goes on from here
                _logger.exception("actions of company %s", company.id)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _act(self, company, day=None):
        """Everything that is due for the root ``company`` at ``day``, today unless given.

        :raise UserError: another process is at it
        """
        job = self.with_company(company)
        with self._locked(company):
            day = day or self.env["retail.run"]._today(company)
            failure = job._decide(company, day)
            job._follow_up(company, day)
        if failure:
            raise failure

    @api.model
    def _act_after_run(self, company, day):
        """What a run has news for; the rest is the scheduled action's."""
        self.env.ref("retail_crm.ir_cron_retail_action").sudo()._trigger()
        with self._locked(company):
            failure = self._decide(company, day)
        if failure:
            raise failure

    def _follow_up(self, company, day):
        """What is to be done with actions that are there."""
        Action = self.env["retail.action"]
        self._repeat(partial(Action._drop_activities, company))
        self._repeat(partial(Action._make_due_activities, company))
        self._repeat(partial(Action._measure, company, day))

    def _decide(self, company, day):
        """Lapse, then create. A source that fails stops no other one; returns the first failure, to be told later."""
        Action = self.env["retail.action"]
        lapsed = self._retrying(partial(Action._lapse, company, day))
        self._commit()
        made, failure = 0, None
        for event, source in Action._action_sources(company, day).items():
            try:
                count = self._retrying(partial(Action._create_from, event, source, company, day))
                made += count
                self._commit()
                self._analyze(count)
            except Exception as error:  # whatever it was, the other events are due all the same
                failure = failure or error
                _logger.exception("actions of company %s for the event %s", company.id, event)
                if not self._is_test():
                    self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
            self._commit()
        if made or lapsed:
            _logger.info("actions of company %s: %s made, %s lapsed", company.id, made, lapsed)
        return failure

    def _analyze(self, count):
        """Let the planner know rows that came all at once, in a transaction of its own because of the lock."""
        if count >= MANY:
            self.env.cr.execute("ANALYZE retail_action")
            self._commit()

    def _repeat(self, step):
        """Call ``step``, which says how many it has done, in transactions of their own, until nothing is left."""
        while self._retrying(step):
            self._commit()
