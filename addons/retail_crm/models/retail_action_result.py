from odoo import api, fields, models
from odoo.exceptions import LockError, UserError


class RetailAction(models.Model):
    """How the work of an action ends: done with an outcome, or cancelled. Once, and by whoever is there."""

    _inherit = "retail.action"

    previous_id = fields.Many2one(
        "retail.action",
        string="Follows",
        readonly=True,
        ondelete="set null",
        copy=False,
        index="btree_not_null",
    )

    def action_log_outcome(self):
        """Open the dialog in which one says what came of these actions."""
        self.check_access("write")
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What came of it?"),
            "res_model": "retail.action.done",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_action_ids": self.ids},
        }

    def action_cancel(self):
        """Nothing will be done, and that is all right."""
        self._finish("cancelled")

    def _log_outcome(self, outcome, note=False, next_on=False):
        """Note as the current user that the actions are done; returns those that follow on ``next_on``.

        :param outcome: record of ``retail.action.outcome``
        :param next_on: day of another action of the same kind, False for none
        :raise UserError: not allowed, ended already, or a date is missing
        """
        if not outcome:
            raise UserError(self.env._("Choose what came of it."))
        if outcome.asks_next_date and not next_on:
            raise UserError(
                self.env._("Say when to try again: “%(outcome)s” asks for a date.", outcome=outcome.name)
            )
        self._finish("done", outcome, note)
        return self._follow(next_on) if next_on else self.browse()

    def _finish(self, state, outcome=None, note=False):
        """End these open actions as the current user, and their activities with them."""
        self.check_access("write")
        self._lock()
        self._check_open()
        ended = {"state": state, "done_on": fields.Datetime.now(), "done_by_id": self.env.uid}
        for action in self.sudo():
            words = [action.note, (note or "").strip()]
            action.write(
                {**ended, "outcome_id": outcome and outcome.id, "note": "\n".join(filter(None, words))}
            )
        self._close()
        self._end_activities(note or (outcome and outcome.name))

    def _follow(self, next_on):
        """Actions made by hand that go on with these."""
        return self.sudo().create(
            [
                {
                    "partner_id": action.partner_id.id,
                    "company_id": action.company_id.id,
                    "previous_id": action.id,
                    "kind": action.kind,
                    "name": action.name,
                    "note": action.note,
                    "user_id": action.user_id.id or self.env.uid,
                    "deputy_id": action.deputy_id.id,
                    "due_on": next_on,
                    "res_model": action.res_model,
                    "res_id": action.res_id,
                }
                for action in self
            ]
        )

    def _lock(self):
        """Who comes second either meets the lock here, or is called again by the server and then finds it ended."""
        try:
            self.sudo().lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Somebody else is working on this action right now. Open it again in a moment.")
            ) from error
        self.invalidate_recordset(["state"])

    def _check_open(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        for action in self:
            if action.state != "open":
                raise UserError(
                    self.env._(
                        "“%(action)s” has ended already (%(state)s). Reload the page.",
                        action=action.display_name,
                        state=states[action.state],
                    )
                )

    def _close(self):
        """The loop is closed when the work has ended and what came of it is known."""
        today = fields.Date.context_today(self)
        self.sudo().filtered(lambda one: one.state != "open" and one.measured_on).closed_on = today

    @api.ondelete(at_uninstall=False)
    def _unlink_except_by_the_system(self):
        if not self.env.su:
            raise UserError(self.env._("Actions are kept. Cancel it instead."))
