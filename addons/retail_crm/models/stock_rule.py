import logging

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import api, models

_logger = logging.getLogger(__name__)
# tries of the scheduler when orders confirmed at the same time take the stock it is about to reserve
SCHEDULER_TRIES = 5


class StockRule(models.Model):
    _inherit = "stock.rule"

    @api.model
    def _run_scheduler_tasks(self, use_new_cursor=False, company_id=False):
        """Nobody repeats a scheduled action that met another transaction. What it committed is not done again."""
        for tries_left in reversed(range(SCHEDULER_TRIES)):
            try:
                return super()._run_scheduler_tasks(use_new_cursor=use_new_cursor, company_id=company_id)
            except (SerializationFailure, DeadlockDetected):
                if not use_new_cursor or not tries_left:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                _logger.info("The scheduler met another reservation; once more.")
