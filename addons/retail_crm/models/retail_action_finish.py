from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

# so long whoever logged an outcome may take it back
UNDO_MINUTES = 15


class RetailAction(models.Model):
    """How a person's work on an action ends: with an outcome, which may be taken back for a while."""

    _inherit = "retail.action"

    def _finish(self, outcome, note="", next_on=None):
        """End open actions with what came of them; their activities are done as well.

        Rights are the caller's to check: what came of it is written as the superuser.

        :param outcome: of ``retail.action.outcome``
        :param next_on: day on which to try again: a new action by hand is made, with the same owner
        :return: the actions to try again
        :raise UserError: an action has ended before, or the outcome asks for a day and there is none
        """
        self._check_finish(outcome, next_on)
        ending = self.sudo()
        ending.write(
            {
                "state": "done",
                "outcome_id": outcome.id,
                "done_on": fields.Datetime.now(),
                "done_by_id": self.env.uid,
            }
        )
        ending._add_note(note)
        ending.activity_id.action_feedback(feedback=note)
        return ending._try_again(next_on) if next_on else self.browse()

    def _check_finish(self, outcome, next_on):
        if any(action.state != "open" for action in self):
            raise UserError(
                self.env._("This action has ended already, perhaps by a colleague. Load the page anew.")
            )
        if not outcome.exists():
            raise UserError(self.env._("Choose what came of it."))
        if outcome.asks_next_date and not next_on:
            raise UserError(
                self.env._(
                    "“%(outcome)s” needs a day on which to go on. Choose the next date.", outcome=outcome.name
                )
            )
        if next_on and next_on < fields.Date.context_today(self):
            raise UserError(self.env._("The next date lies in the past. Choose today or a later day."))

    def _try_again(self, day):
        return self.browse().concat(
            *(
                action.copy(
                    {
                        "event": "manual",
                        "event_key": action._get_key_of_next(),
                        "event_on": fields.Date.context_today(self),
                        "rule_id": False,
                        "due_on": day,
                    }
                )
                for action in self
            )
        )

    def _get_key_of_next(self):
        """The key by which the action to try again is found; one action has one."""
        self.ensure_one()
        return f"again:{self.id}"

    def _reopen(self):
        """Take back what :meth:`_finish` did; the action to try again goes, unless somebody has finished it.

        :raise UserError: another person finished it, or it was too long ago
        """
        since = fields.Datetime.now() - timedelta(minutes=UNDO_MINUTES)
        for action in self:
            if action.state != "done" or action.done_by_id != self.env.user or action.done_on < since:
                raise UserError(
                    self.env._(
                        "Only who logged an outcome takes it back, within %(minutes)s minutes. "
                        "Make a new action instead.",
                        minutes=UNDO_MINUTES,
                    )
                )
        taken = self.sudo()
        taken._get_next().filtered(lambda action: action.state == "open").unlink()
        # the activity is done and stays in the customer's history; the hourly job gives the action a new one
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

    def _get_next(self):
        return self.search(
            [
                ("company_id", "in", self.company_id.ids),
                ("event", "=", "manual"),
                ("event_key", "in", [action._get_key_of_next() for action in self]),
            ]
        )

    def _add_note(self, note):
        """Write the words below those that are there."""
        if note:
            for action in self:
                action.note = "\n".join(filter(None, [action.note, note]))
