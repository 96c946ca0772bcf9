from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL


class RetailPromise(models.Model):
    """How a promise ends by a person: kept, withdrawn, or moved to another time. Once, and who did it stays known."""

    _inherit = "retail.promise"

    def action_keep(self):
        """It is done; after its time it is broken all the same, and how late is noted."""
        self._keep()

    def action_withdraw(self):
        """Ask why it is withdrawn."""
        return self._get_change("withdraw")

    def action_move(self):
        """Ask for another time."""
        return self._get_change("move")

    def action_open_order(self):
        """Open the order that the promise hangs on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }

    def action_open_customer(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def _get_change(self, what):
        self._check_may_close()
        self._check_open()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Another time") if what == "move" else self.env._("Withdraw the promise"),
            "res_model": "retail.promise.change",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_promise_ids": self.ids, "default_what": what},
        }

    # ------------------------------------------------------------------ the endings

    def _keep(self, ending="hand"):
        """Note as the current user that these are done now; also broken ones, that they are done after all.

        :raise UserError: not allowed, or ended otherwise
        """
        self._begin_closing()
        now = fields.Datetime.now()
        for promise in self.sudo():
            if promise.state != "broken" or promise.kept_at:
                promise._check_open()
            done = {"kept_at": now, "kept_by_id": self.env.uid}
            if promise.state == "open":
                state = "kept" if now <= promise.due_at else "broken"
                done |= promise._get_closing(state, ending)
            promise.write(done)
        self._end_activities()

    def _withdraw(self, reason, ending="hand"):
        """:raise UserError: not allowed, ended already, or no reason is given"""
        self._begin_closing()
        self._check_open()
        self._check_in_time()
        reason = self._get_reason(reason)
        self.sudo().write({**self._get_closing("withdrawn", ending), "reason": reason})
        self._end_activities()

    def _move(self, due_at, reason):
        """Promise the same for ``due_at`` instead; returns the new promise.

        :raise UserError: not allowed, ended already, its time is over, or the new one is no time to come
        """
        self.ensure_one()
        self._begin_closing()
        self._check_open()
        self._check_in_time()
        if not due_at or due_at <= fields.Datetime.now():
            raise UserError(self.env._("Choose another time from now on."))
        if due_at == self.due_at:
            raise UserError(self.env._("This is the time that is promised already: choose another one."))
        reason = self._get_reason(reason)
        self.sudo().write({**self._get_closing("moved", "hand"), "reason": reason})
        self._end_activities()
        return self.sudo().create([self._get_successor(due_at)]).with_env(self.env)

    def _get_successor(self, due_at):
        return {
            "replaces_id": self.id,
            "source": "moved",
            "due_at": due_at,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "kind": self.kind,
            "text": self.text,
            "keeper_id": self.keeper_id.id or self.env.uid,
            "order_id": self.sudo().order_id.id,
            "action_id": self.action_id.id,
            "product_id": self.product_id.id,
            "price": self.price,
        }

    def _get_closing(self, state, ending):
        return {
            "state": state,
            "ending": ending,
            "closed_at": fields.Datetime.now(),
            "closed_by_id": self.env.uid,
        }

    # ------------------------------------------------------------------ who may, and when

    def _filter_closable(self):
        """Those that are the user's business: as keeper, as who stands in for the keeper, or as manager."""
        user = self.env.user
        if user.has_group("retail_crm.group_manager"):
            return self
        covered = {company: self._get_covered(company) for company in self.sudo().company_id}
        return self.filtered(
            lambda one: (
                user in one.sudo().keeper_id | one.sudo().deputy_id
                or one.sudo().keeper_id.id in covered[one.sudo().company_id]
            )
        )

    def _get_covered(self, company):
        """Ids of those for whom the user stands in today (1 query)."""
        today = self.env["retail.run"]._today(company)
        rows = self.env.execute_query(
            SQL(
                "SELECT user_id FROM (%s) away WHERE present_id = %s",
                self.env["retail.staff"]._sql_present(company, today),
                self.env.uid,
            )
        )
        return {row[0] for row in rows}

    def _begin_closing(self):
        self._check_may_close()
        self._lock()

    def _check_may_close(self):
        self.check_access("read")
        for promise in (self - self._filter_closable())[:1]:
            raise UserError(
                self.env._(
                    "“%(promise)s” is for %(keeper)s to keep. Ask them, who stands in for them, or a manager.",
                    promise=promise.text,
                    keeper=promise.sudo().keeper_id.name or self.env._("a manager"),
                )
            )

    def _lock(self):
        """Who comes second either meets the lock here, or is called again by the server and then finds it ended."""
        try:
            self.sudo().lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Somebody else is working on this promise right now. Open it again in a moment.")
            ) from error
        self.invalidate_recordset(["state", "kept_at"])

    def _check_open(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        for promise in self:
            if promise.state != "open":
                raise UserError(
                    self.env._(
                        "“%(promise)s” has ended already (%(state)s). Reload the page.",
                        promise=promise.text,
                        state=states[promise.state],
                    )
                )

    def _check_in_time(self):
        """A promise whose time is over is broken, even before the scheduled action has said so."""
        if any(promise.is_overdue for promise in self):
            raise UserError(
                self.env._(
                    "Its time is over, so the promise is broken. Do what was promised and say “Kept”, "
                    "or promise something new."
                )
            )

    def _get_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason stays with the promise."))
        return reason.strip()
