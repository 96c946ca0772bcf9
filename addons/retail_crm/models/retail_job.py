import logging
import time
from contextlib import contextmanager

import psycopg2

from odoo import fields, models, modules
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

RETRIES = 5


class RetailJob(models.AbstractModel):
    """One row is a long computation for a company, done in the background in several transactions.

    Only one process works on a company at a time, what is committed survives a killed process, and a failure leaves its
    reason in ``error``. ``_lock_space`` is the first key of the advisory locks of a kind of job; the second is the
    company's id.
    """

    _name = "retail.job"
    _description = "Computation in the background"
    _lock_space = 0

    error = fields.Text(readonly=True)

    def _say_busy(self, company):
        """What to tell whoever wants to start a job that another process is working on."""
        raise NotImplementedError

    @contextmanager
    def _locked(self, company):
        """Hold the company for this process alone; a killed process loses the lock with its connection.

        :raise UserError: another process holds it
        """
        key = SQL("%s, %s", self._lock_space, company.id)
        self._commit()
        if not self.env.execute_query(SQL("SELECT pg_try_advisory_lock(%s)", key))[0][0]:
            raise UserError(self._say_busy(company))
        try:
            yield
        except BaseException:
            if not self._is_test():
                self.env.cr.rollback()
            raise
        finally:
            self.env.execute_query(SQL("SELECT pg_advisory_unlock(%s)", key))

    def _retrying(self, step):
        """Call ``step``, again when another transaction was in the way: Odoo does not retry scheduled actions."""
        for attempt in range(1, RETRIES + 1):
            try:
                with self.env.cr.savepoint():
                    result = step()
                    self.env.flush_all()
                    return result
            except psycopg2.errors.OperationalError as error:
                if (
                    error.pgcode not in PG_CONCURRENCY_ERRORS_TO_RETRY
                    or attempt == RETRIES
                    or self._is_test()
                ):
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                time.sleep(0.1 * attempt)

    def _work_off(self, *steps):
        """Call each of ``steps`` until it returns 0 for nothing left to do, and commit each time.

        When the time of the scheduled action is over before that (Odoo gives ten seconds), Odoo is told that something
        remains, and calls the action again at once.
        """
        if all(self._work_off_step(step, step.__name__) for step in steps):
            self.env["ir.cron"]._commit_progress(remaining=0)

    def _work_off_step(self, step, words):
        """The same for one step, logged in ``words``. Returns whether there is time for another one."""
        total, is_in_time = 0, True
        while is_in_time and (done := self._retrying(step)):
            total += done
            is_in_time = self.env["ir.cron"]._commit_progress(done, remaining=1)
        if total:
            _logger.info("%s: %s", words, total)
        return bool(is_in_time)

    def _fail(self, error):
        self._note(error)
        self._retrying(lambda: self.write({"state": "failed"}))
        self._commit()

    def _note(self, error):
        """Keep the reason of a failure after undoing what was not committed."""
        if not self._is_test():
            self.env.cr.rollback()
        self.env.invalidate_all(flush=False)
        level = logging.INFO if isinstance(error, UserError) else logging.ERROR
        _logger.log(level, "%s %s: %s", self._name, self.id, error, exc_info=level == logging.ERROR)
        self._retrying(lambda: self.write({"error": str(error) or type(error).__name__}))
        self._commit()

    @staticmethod
    def _is_test():
        return bool(modules.module.current_test)

    def _commit(self):
        """Keep what is done, so that a killed job resumes; inside a test the transaction belongs to the test."""
        if not self._is_test():
            self.env.cr.commit()  # pylint: disable=invalid-commit
