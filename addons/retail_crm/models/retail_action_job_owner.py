from functools import partial

from odoo import models


class RetailActionJob(models.AbstractModel):
    """Owners first, then the actions that go to them, then to who stands in."""

    _inherit = "retail.action.job"

    def _decide(self, company, day):
        self._repeat(partial(self.env["retail.owner"]._follow_segments, company, day))
        result = super()._decide(company, day)
        self._retrying(partial(self.env["retail.action"]._let_deputies_stand_in, company, day))
        self._commit()
        return result
