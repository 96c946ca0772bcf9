from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class RetailAuthorityRequest(models.Model):
    """How a request ends: approved or refused by somebody above, or taken back by who asked. Once, and for good.

    Late ones go on to the next level.
    """

    _inherit = "retail.authority.request"

    def action_approve(self):
        """Ask for words first; they may stay empty."""
        return self._open_answer("approved", self.env._("Approve"))

    def action_refuse(self):
        """Ask for the reason first."""
        return self._open_answer("refused", self.env._("Refuse"))

    def action_cancel(self):
        """Take the own request back."""
        for request in self:
            if request.user_id != self.env.user:
                raise AccessError(self.env._("Only who asked can take a request back; others refuse it."))
            request._close("cancelled")

    def action_open_order(self):
        """The order as it is now."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }

    def _open_answer(self, state, title):
        self.ensure_one()
        self._check_may_answer()
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "retail.authority.answer",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_request_id": self.id, "default_state": state},
        }

    def _answer(self, state, answer=None):
        """Approve or refuse as the current user; who asked is told.

        :raise AccessError: not the user's to answer
        :raise UserError: answered already, the order was changed since, or it is above the user's authority as well
        """
        self.ensure_one()
        level = self._check_may_answer()
        answer = (answer or "").strip()
        if state == "refused" and not answer:
            raise UserError(self.env._("Say why not: who asked tells the customer."))
        self._close(state, answer=answer)
        if state == "approved":
            self._promise(level)
        self._tell_author()

    def _promise(self, level):
        """Charge the fund of who approves.

        :raise UserError: the order was changed since it was asked about, or it is above this level's authority as well
        """
        order = self.sudo().order_id
        if order.state not in ("draft", "sent") or not order._is_as_in(self.snapshot):
            raise UserError(
                self.env._(
                    "%(order)s was changed since %(person)s asked. Refuse the request: the order as it is now has to "
                    "be asked anew.",
                    order=self.order_name,
                    person=self.user_id.name,
                )
            )
        figures = order._get_figures()
        limits = level._get_limits_of_answerer(self.env.user, order.partner_id)
        beyond = order._say_beyond(limits, figures)
        fund = self.env["retail.authority.fund"]
        if not beyond and not fund._take(
            self.env.user,
            order.company_id,
            limits,
            figures.discount_amount,
            figures.gift_amount,
            paid=figures.total,
            order=order,
        ):
            beyond = order._say_fund_is_empty(self.env.user, limits, figures) or [
                self.env._("This month's share of discounts is used up.")
            ]
        if beyond:
            raise UserError(
                self.env._(
                    "This is above your own authority as well. %(beyond)s Leave it to the next level, which gets it "
                    "when the time is over, or refuse it.",
                    beyond=" ".join(beyond),
                )
            )
        order._set("retail_is_approved", True)
        self._note(
            "approved",
            fund_user_id=self.env.uid,
            month=fund._get_month(order.company_id),
            fund_discount=figures.discount_amount,
            fund_gift=figures.gift_amount,
        )

    def _check_may_answer(self):
        """The level by which the user may answer.

        :raise AccessError: it is the user's own request, or somebody else's to answer
        """
        self.ensure_one()
        self.check_access("read")
        if self.user_id == self.env.user:
            raise AccessError(self.env._("This is your own request: somebody else answers it."))
        for level in self.sudo().authority_id._get_levels_above():
            if self.env.user in level._get_people():
                return level
        raise AccessError(
            self.env._(
                "This request is for %(people)s to answer.",
                people=", ".join(self.sudo().answerer_ids.mapped("name")),
            )
        )

    def _close(self, state, **values):
        result = super()._close(state, **values)
        if state != "approved":
            self._note(state)
        return result

    def _end(self):
        """The order is asked about anew, or is gone."""
        if self.sudo().state == "requested":
            self._close("cancelled")
        else:
            self.sudo().state = "lapsed"
            self.sudo().order_id._set("retail_is_approved", False)
            self._note("lapsed")

    def _use(self):
        """The order is being confirmed by this approval; two confirmations at once do not both have it."""
        request = self.sudo()
        request.used_on = fields.Datetime.now()
        request.flush_recordset(["used_on"])
        request.order_id._set("retail_is_approved", False)

    def _note(self, kind, **values):
        request = self.sudo()
        self.env["retail.authority.log"]._note(
            kind,
            request.order_id,
            request.order_id._get_figures(),
            request_id=request.id,
            asked_by_id=request.user_id.id,
            approved_by_id=request.closed_by_id.id if request.state == "approved" else False,
            reason=values.pop("reason", request.answer or request.reason),
            **values,
        )

    def _tell_author(self):
        """Send who asked the answer, in their language."""
        request = self.sudo().with_context(lang=self.user_id.lang)
        states = dict(self._fields["state"]._description_selection(request.env))
        words = {
            "order": self.order_name,
            "person": request.closed_by_id.name,
            "state": states[request.state],
            "answer": request.answer or "",
        }
        request.env["mail.thread"].message_notify(
            model=self._name,
            res_id=self.id,
            partner_ids=request.user_id.partner_id.ids,
            author_id=self.env.user.partner_id.id,
            subject=request.env._("%(order)s: %(state)s", **words),
            body=request.env._("%(person)s: %(state)s. %(answer)s", **words),
        )

    # ------------------------------------------------------------------ late answers

    @api.model
    def _cron_escalate(self):
        """Pass late requests on to the next level, in batches that are committed."""
        late = self.search([("state", "=", "requested"), ("deadline", "<", fields.Datetime.now())])
        self.env["ir.cron"]._commit_progress(remaining=len(late))
        for request in late:
            # another answer may have come meanwhile
            if request.try_lock_for_update() and request.state == "requested":
                request._escalate()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _escalate(self):
        """To the next level that has somebody else; from the highest one it goes out again.

        What was confirmed otherwise meanwhile, as when it was paid, is asked of nobody any more.
        """
        if self.order_id.state not in ("draft", "sent"):
            self._close("cancelled")
            return
        levels = self.authority_id.next_id._get_levels_above()
        level = next((level for level in levels if level._get_people() - self.user_id), self.authority_id)
        self.write(
            {
                "authority_id": level.id,
                "times_late": self.times_late + 1,
                "deadline": fields.Datetime.now() + timedelta(hours=level.answer_hours),
            }
        )
        self._ask_people()
        self._note("escalated", reason=level.name)
