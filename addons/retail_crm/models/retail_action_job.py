import logging

from odoo import api, models

_logger = logging.getLogger(__name__)


class RetailAction(models.Model):
    """What happens to actions by itself: made from events, given to somebody, measured, closed."""

    _inherit = "retail.action"

    @api.model
    def _cron_act(self):
        """Every hour, and at the end of each run."""
