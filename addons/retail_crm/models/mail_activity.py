from odoo import models


class MailActivity(models.Model):
    """What is done to an activity of a customer is done to the action behind it."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        actions = self._get_retail_actions()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        actions._end_with_activity("done", feedback)
        return result

    def unlink(self):
        actions = self._get_retail_actions()
        result = super().unlink()
        # those of a customer that is deleted go with it
        actions.exists()._end_with_activity("cancelled")
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"user_id", "date_deadline"}:
            for action in self._get_retail_actions():
                changed = {}
                if action._get_activity_user() != action.activity_id.user_id:
                    changed["user_id"] = action.activity_id.user_id.id
                if action.due_on != action.activity_id.date_deadline:
                    changed["due_on"] = action.activity_id.date_deadline
                if changed:
                    action.write(changed)
        return result

    def _get_retail_actions(self):
        """Open actions behind these activities; no query unless one is of a customer."""
        activities = self.filtered(lambda activity: activity.res_model == "res.partner")
        Action = self.env["retail.action"].sudo()
        if not activities:
            return Action
        return Action.search([("activity_id", "in", activities.ids), ("state", "=", "open")])
