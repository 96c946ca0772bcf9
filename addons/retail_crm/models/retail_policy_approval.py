from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date


class RetailPolicy(models.Model):
    """Who decides about a version, and why: approve, send back, call off, roll back.

    Approvers need no right to write policies: what they may is checked here, and exactly that is written with the
    rights of the system.
    """

    _inherit = "retail.policy"

    business_owner_id = fields.Many2one(
        "res.users",
        string="To be approved by",
        domain=lambda self: [("all_group_ids", "in", self.env.ref("retail_crm.group_approver").ids)],
        tracking=True,
        help="The approver who answers for these rules. Empty: any approver may approve them.",
    )
    approved_by_id = fields.Many2one("res.users", string="Approved by", readonly=True, copy=False)
    approved_on = fields.Date(string="Approved on", readonly=True, copy=False)
    approval_reason = fields.Text(string="Reason of the approval", readonly=True, copy=False)
    sent_back_by_id = fields.Many2one("res.users", string="Sent back by", readonly=True, copy=False)
    sent_back_reason = fields.Text(string="Why it was sent back", readonly=True, copy=False)
    rolled_back_from_id = fields.Many2one("retail.policy", string="Roll-back to", readonly=True, copy=False)

    @api.constrains("business_owner_id")
    def _check_business_owner(self):
        for owner in self.business_owner_id:
            if not owner.has_group("retail_crm.group_approver"):
                raise ValidationError(
                    self.env._("%(person)s is no approver: choose somebody who is.", person=owner.name)
                )

    def copy_data(self, default=None):
        """Whoever is no approver any more cannot answer for the next version."""
        vals_list = super().copy_data(default)
        for vals in vals_list:
            owner = self.env["res.users"].sudo().browse(vals.get("business_owner_id"))
            if owner and not (owner.active and owner.has_group("retail_crm.group_approver")):
                vals["business_owner_id"] = False
        return vals_list

    def action_approve(self):
        """Show what an approver should know, and ask for the decision."""
        return self._open_decision("approve")

    def action_send_back(self):
        return self._open_decision("send_back")

    def action_call_off(self):
        return self._open_decision("call_off")

    def action_roll_back(self):
        return self._open_decision("roll_back")

    def action_activate(self):
        """Let an approved version decide from the next run on, without waiting for its day; approvers only."""
        self._check_activate()
        self._take()
        self.sudo()._activate()

    def _open_decision(self, kind):
        """The wizard that asks for an approver's decision; it remembers what the approver is looking at."""
        getattr(self, f"_check_{kind}")()
        decision = self.env["retail.policy.decision"].create(
            {
                "kind": kind,
                "policy_id": self.id,
                "revision": self.revision,
                "active_policy_id": self._get_active(self.company_id).id,
                "effective_date": self.effective_date,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": dict(decision._fields["kind"]._description_selection(self.env))[kind],
            "res_model": decision._name,
            "res_id": decision.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _approve(self, effective_date=None, reason=None):
        """Approve these rules from a day on, at once when that is today.

        :param effective_date: None is today
        :param reason: needed where the rules were not tried or the trial missed a bar
        :raise UserError: somebody decided before, it needs another person, the day is over or taken
        """
        self._check_approve()
        reason = (reason or "").strip()
        if not reason and (missing := self._say_why_reason_is_needed()):
            raise UserError(missing)
        today = self._today()
        day = effective_date or today
        self._check_day_is_free(day)
        self._take()
        self.sudo().write(
            {
                "state": "approved",
                "effective_date": day,
                "approved_by_id": self.env.uid,
                "approved_on": today,
                "approval_reason": reason,
                "sent_back_by_id": False,
                "sent_back_reason": False,
            }
        )
        self._tell(self.env._("Approved, to decide from %(day)s.", day=format_date(self.env, day)), reason)
        if day <= today:
            self.sudo()._activate()

    def _send_back(self, reason):
        """Return a version on trial to its author."""
        self._check_send_back()
        self._check_reason(reason)
        self._take()
        self._reopen({"sent_back_by_id": self.env.uid, "sent_back_reason": reason})
        self._tell(self.env._("Sent back."), reason)

    def _call_off(self, reason):
        """Withdraw the approval of a version whose day has not come."""
        self._check_call_off()
        self._check_reason(reason)
        self._take()
        self._reopen({"sent_back_by_id": self.env.uid, "sent_back_reason": reason})
        self._tell(self.env._("The approval was called off."), reason)

    def _roll_back(self, reason):
        """Return to the rules of this former version at once; they become a new version, which is returned."""
        self._check_roll_back()
        self._check_reason(reason)
        self._take()
        policy = self.sudo().copy(self._get_horizon_values())
        today = self._today()
        policy.write(
            {
                "rolled_back_from_id": self.id,
                "effective_date": today,
                "approved_by_id": self.env.uid,
                "approved_on": today,
                "approval_reason": reason,
            }
        )
        policy._activate()
        policy.with_env(self.env)._tell(
            self.env._("Back to the rules of version %(version)s.", version=self.version), reason
        )
        return policy.with_env(self.env)

    def _take(self):
        """Let of two people who decide at once only one succeed.

        The second waits for this write, then fails to serialize; the request is made anew and finds the decision.
        """
        policy = self.sudo()
        policy.revision += 1
        policy.flush_recordset()

    def _tell(self, what, reason=None):
        """Note a decision in the history, and tell the author of somebody else's."""
        author = self.sudo().author_id.filtered(lambda user: user.active and user != self.env.user)
        body = Markup("%s<br/>%s") % (what, reason) if reason else what
        self.sudo().message_post(body=body, partner_ids=author.partner_id.ids)

    def _check_approve(self):
        """Raise where this version cannot be approved, or not by the user."""
        self._check_approver()
        self._check_undecided()
        self._check_second_person()
        if self.business_owner_id and self.business_owner_id != self.env.user:
            raise UserError(
                self.env._(
                    "%(policy)s waits for the approval of %(person)s. A manager can name somebody else.",
                    policy=self.display_name,
                    person=self.business_owner_id.name,
                )
            )

    def _check_send_back(self):
        self._check_approver()
        if self.state != "trial":
            raise UserError(self.env._("Only a policy on trial can be sent back."))

    def _check_call_off(self):
        self._check_approver()
        if self.state != "approved":
            raise UserError(self.env._("Only an approved policy whose day has not come can be called off."))

    def _check_activate(self):
        self._check_approver()
        if self.state != "approved":
            raise UserError(self.env._("Only an approved policy can be activated. Have it approved first."))

    def _check_roll_back(self):
        self._check_approver()
        if self.state != "retired":
            raise UserError(self.env._("Only to a former version can you roll back."))

    def _check_approver(self):
        self.ensure_one()
        if not self.env.user.has_group("retail_crm.group_approver"):
            raise AccessError(self.env._("Only approvers decide about policies. Ask one of them."))
        self.check_access("read")

    def _check_undecided(self):
        if self.state in ("draft", "trial"):
            return
        if not self.approved_by_id:
            raise UserError(self._say_why_frozen())
        raise UserError(
            self.env._(
                "%(policy)s was already approved by %(person)s on %(day)s.",
                policy=self.display_name,
                person=self.sudo().approved_by_id.name,
                day=format_date(self.env, self.approved_on),
            )
        )

    def _check_second_person(self):
        policy = self.sudo()
        is_own = self.env.user in policy.author_id | policy.editor_ids
        if is_own and policy.company_id.retail_policy_second_person:
            raise UserError(
                self.env._(
                    "You wrote or edited %(policy)s, and your company wants a second person: ask another approver.",
                    policy=self.display_name,
                )
            )

    def _check_day_is_free(self, day):
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "approved"),
            ("effective_date", "=", day),
            ("id", "!=", self.id),
        ]
        if other := self.sudo().search(domain, limit=1):
            raise UserError(
                self.env._(
                    "%(policy)s already decides from %(day)s: choose a different day, or call it off first.",
                    policy=other.display_name,
                    day=format_date(self.env, day),
                )
            )

    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Please give the reason: it stays with the policy."))

    def _say_why_reason_is_needed(self):
        """Why an approval needs a reason, in words; empty when the current trial met every bar."""
        trial = self._get_current_trial()
        if not trial and self.state == "draft":
            return self.env._(
                "%(policy)s was never tried. Start a trial first, or give the reason why it should decide without.",
                policy=self.display_name,
            )
        if not trial:
            return self.env._(
                "No trial of %(policy)s has been completed. Wait for it, or give the reason why it should decide "
                "without.",
                policy=self.display_name,
            )
        if any(verdict["is_met"] is False for verdict in trial._get_verdicts()):
            return self.env._(
                "The trial of %(policy)s missed a bar that was set beforehand: give the reason why it should decide "
                "all the same.",
                policy=self.display_name,
            )
        return ""
