from odoo import fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import format_date

from .retail_appeal import ANSWERS


class RetailAppeal(models.Model):
    """How an appeal ends: answered by a manager, or withdrawn by who made it. Once, and for good."""

    _inherit = "retail.appeal"

    def action_withdraw(self):
        """Take the own open appeal back."""
        if any(appeal.user_id != self.env.user for appeal in self):
            raise AccessError(
                self.env._("Only who made an appeal can withdraw it; a manager answers it instead.")
            )
        self._lock()
        self._check_open()
        self._close(outcome="withdrawn")

    def action_answer(self):
        """Open the dialog in which a manager answers."""
        self.ensure_one()
        self._check_may_answer()
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer the appeal"),
            "res_model": "retail.appeal.answer",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_appeal_id": self.id},
        }

    def _answer(self, outcome, answer, correction=False, segment=None, date_end=False):
        """Answer as the current user, who must be a manager; the author of the appeal is told.

        :param outcome: one of ``ANSWERS``; ``pinned`` pins the customer with the rights of the user
        :param correction: what was corrected, for the outcome ``data``
        :param segment: for the outcome ``pinned``, with the last day of the pin in ``date_end`` (False: none)
        :raise UserError: not allowed, already closed, something missing, or somebody else is answering right now
        """
        self.ensure_one()
        self._check_may_answer()
        self._lock()
        self._check_open()
        answer, correction = (answer or "").strip(), (correction or "").strip()
        self._check_answer(outcome, answer, correction, segment)
        pin = self._pin(segment, date_end) if outcome == "pinned" else self.env["retail.segment.pin"]
        self._close(
            outcome=outcome, answer=answer, correction=outcome == "data" and correction, pin_id=pin.id
        )
        self._tell_author()

    def _check_may_answer(self):
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Only retail managers answer appeals. Ask your manager."))
        self.check_access("read")
        if self.user_id == self.env.user:
            raise AccessError(
                self.env._("You made this appeal yourself: another manager answers it, or you withdraw it.")
            )

    def _lock(self):
        """Keep others from closing it meanwhile. Who comes second either meets the lock here, or, where the first one
        has committed since, is called again by the server and then finds it closed."""
        try:
            self.sudo().lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._("Somebody else is answering this appeal right now. Open it again in a moment.")
            ) from error
        self.invalidate_recordset(["outcome", "closed_by_id", "closed_on"])

    def _check_open(self):
        for appeal in self.sudo():
            if appeal.outcome != "open":
                outcomes = dict(self._fields["outcome"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(person)s closed this appeal on %(day)s (%(outcome)s). It cannot be changed any more.",
                        person=appeal.closed_by_id.name,
                        day=format_date(self.env, appeal.closed_on),
                        outcome=outcomes[appeal.outcome],
                    )
                )

    def _check_answer(self, outcome, answer, correction, segment):
        if outcome not in ANSWERS:
            raise UserError(self.env._("Choose one of the outcomes."))
        if not answer:
            raise UserError(self.env._("Write an answer: %s reads it.", self.user_id.name))
        if outcome == "data" and not correction:
            raise UserError(self.env._("Say what was corrected in the data."))
        if outcome == "pinned" and not segment:
            raise UserError(self.env._("Choose the segment in which the customer is pinned."))

    def _pin(self, segment, date_end):
        """Pin the customer, or change the pin there is, with the rights of the current user."""
        pin = self.env["retail.segment.pin"].search(
            [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)], limit=1
        )
        values = {"segment_id": segment.id, "reason": self.reason, "date_end": date_end}
        if pin:
            pin.write(values)
            return pin
        return pin.create({"partner_id": self.partner_id.id, "company_id": self.company_id.id, **values})

    def _close(self, **values):
        """Nobody has the right to write appeals: this is the only way to close one."""
        self.sudo().write({**values, "closed_by_id": self.env.uid, "closed_on": fields.Datetime.now()})

    def _tell_author(self):
        """Send who made the appeal the answer, in their language."""
        self = self.with_context(lang=self.user_id.lang)
        if self.user_id.active:
            outcomes = dict(self._fields["outcome"]._description_selection(self.env))
            self._notify(
                self.user_id,
                self.env._("Your appeal for %s is answered", self.partner_id.name),
                self.env._(
                    "%(manager)s: %(outcome)s. %(answer)s",
                    manager=self.closed_by_id.name,
                    outcome=outcomes[self.outcome],
                    answer=self.answer,
                ),
            )
