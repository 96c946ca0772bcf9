from odoo import models


class MailActivity(models.Model):
    """Who ticks off the activity of a promise keeps it, who removes it withdraws it: if it is theirs to close."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        promises = self._get_retail_promises()
        promises._check_may_close()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        if promises:
            promises._keep("activity")
        return result

    def unlink(self):
        promises = self._get_retail_promises()
        # what is overdue is not withdrawn any more, only broken
        withdrawn = promises.filtered(lambda promise: not promise.is_overdue)
        withdrawn._check_may_close()
        promises.sudo().activity_id = False
        if withdrawn:
            withdrawn._withdraw(self.env._("The activity was cancelled"), "activity")
        return super().unlink()

    def _get_retail_promises(self):
        """Open promises behind these activities; none for the system, which tidies up what has ended."""
        Promise = self.env["retail.promise"]
        activities = self.filtered(lambda activity: activity.res_model == "res.partner")
        if self.env.su or not activities:
            return Promise
        found = Promise.sudo().search([("activity_id", "in", activities.ids), ("state", "=", "open")])
        return found.with_env(self.env)
