from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

# so long whoever logged an outcome may take it back
UNDO_MINUTES = 15


class RetailAction(models.Model):
    """An outcome logged by mistake is taken back by who logged it, for a while."""

    _inherit = "retail.action"

    def _take_back(self):
        """Open these actions again, as the current user; what was to follow them goes, unless somebody has done it.

        The activity that was ticked off stays in the customer's history; the action gets a new one.

        :raise UserError: another person finished it, it was too long ago, or it is not done
        """
        self.check_access("write")
        self._lock()
        self._check_take_back()
        taken = self.sudo()
        self.env["retail.promise"].sudo()._take_back_calls(taken)
        following = self.sudo().search([("previous_id", "in", self.ids), ("state", "=", "open")])
        following.activity_id.unlink()
        following.unlink()
        taken.write(
            {
                "state": "open",
                "outcome_id": False,
                "done_on": False,
                "done_by_id": False,
                "closed_on": False,
                "activity_id": False,
            }
        )
        taken._make_activities()

    def _check_take_back(self):
        since = fields.Datetime.now() - timedelta(minutes=UNDO_MINUTES)
        for action in self:
            if action.state != "done" or action.done_by_id != self.env.user or action.done_on < since:
                raise UserError(
                    self.env._(
                        "Whoever logged an outcome can take it back for %(minutes)s minutes. "
                        "Now make a new action instead.",
                        minutes=UNDO_MINUTES,
                    )
                )
