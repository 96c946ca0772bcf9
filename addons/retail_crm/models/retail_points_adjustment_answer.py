from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

ANSWERERS = ("retail_crm.group_manager", "retail_crm.group_approver")


class RetailPointsAdjustment(models.Model):
    """How a request ends: approved or refused by a second person, or cancelled by who made it. Once, and for good."""

    _inherit = "retail.points.adjustment"

    def action_approve(self):
        """Let the points change."""
        self._answer("approved")

    def action_refuse(self):
        """Ask for the reason first."""
        self.ensure_one()
        self._check_may_answer()
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse the request"),
            "res_model": "retail.points.refusal",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_adjustment_id": self.id},
        }

    def action_cancel(self):
        """Take the own request back."""
        if any(request.user_id != self.env.user for request in self):
            raise AccessError(
                self.env._("Only who made a request can cancel it; a manager answers it instead.")
            )
        for request in self:
            request._close("cancelled")

    def _answer(self, state, answer=None):
        """Approve or refuse as the current user; who made the request is told.

        :raise UserError: not allowed, answered already, or the customer no longer has the points
        """
        self.ensure_one()
        self._check_may_answer()
        self._close(state, answer=answer)
        if state == "approved":
            self.sudo()._book()
        self._tell_author()

    def _check_may_answer(self):
        if not any(self.env.user.has_group(group) for group in ANSWERERS):
            raise AccessError(
                self.env._("Managers and approvers answer requests for points. Ask one of them.")
            )
        self.check_access("read")
        if self.user_id == self.env.user or self._is_own(self.wallet_id):
            raise AccessError(
                self.env._("This is your own request, or about your own points: somebody else answers it.")
            )

    # ------------------------------------------------------------------ telling people

    def _ask(self):
        """Everybody who may answer has it among their activities, each in their own language."""
        self.ensure_one()
        readers = self._get_answerers()
        if not readers:
            raise UserError(
                self.env._(
                    "This is more than you may change, and nobody else could answer a request: an administrator has "
                    "to name another manager or approver."
                )
            )
        for reader in readers:
            request = self.sudo().with_context(lang=reader.lang)
            request.activity_schedule(
                self._request_activity,
                date_deadline=self.deadline,
                user_id=reader.id,
                summary=request.display_name,
                # what a person typed is text and no markup
                note=plaintext2html(
                    self.env._("%(author)s: %(reason)s", author=self.user_id.name, reason=self.reason)
                ),
            )

    def _get_answerers(self):
        """Active managers and approvers of the company, without who asks and whose points they are."""
        groups = [self.env.ref(group).sudo() for group in ANSWERERS]
        users = groups[0].all_user_ids | groups[1].all_user_ids
        wallet = self.sudo().wallet_id
        return users.filtered(
            lambda user: (
                user.active
                and user.id not in (self.user_id.id, self.env.ref("base.user_root").id)
                and self.company_id in user.company_ids.root_id
                and user.partner_id._get_points_owner(wallet.program_id) != wallet.partner_id
            )
        )

    def _tell_author(self):
        """Send who asked the answer, in their language."""
        request = self.sudo().with_context(lang=self.user_id.lang)
        states = dict(self._fields["state"]._description_selection(request.env))
        words = {
            "person": self.closed_by_id.name,
            "state": states[self.state],
            "what": request.display_name,
            "answer": self.answer or "",
        }
        request.env["mail.thread"].message_notify(
            model=self._name,
            res_id=self.id,
            partner_ids=self.user_id.partner_id.ids,
            author_id=self.env.user.partner_id.id,
            subject=request.env._("Your request for points: %(state)s", **words),
            body=request.env._("%(what)s. %(person)s: %(state)s. %(answer)s", **words),
        )
