import logging
from functools import partial

from odoo import models

_logger = logging.getLogger(__name__)


class RetailActionJob(models.AbstractModel):
    """Promises are settled before actions are made, because broken ones ask for an action."""

    _inherit = "retail.action.job"

    def _decide(self, company, day):
        Promise = self.env["retail.promise"]
        try:
            if broken := self._retrying(partial(Promise._settle, company)):
                _logger.info("promises of company %s: time was over for %s", company.id, len(broken))
        except Exception:  # actions are due all the same; the next hour goes on from here
            _logger.exception("promises of company %s", company.id)
            if not self._is_test():
                self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
        self._commit()
        return super()._decide(company, day)

    def _follow_up(self, company, day):
        result = super()._follow_up(company, day)
        Promise = self.env["retail.promise"]
        for step in (Promise._assign_deputies, Promise._drop_activities, Promise._make_due_activities):
            self._repeat(partial(step, company))
        return result
