from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class RetailPolicyDecision(models.TransientModel):
    """One row is an approver's decision about a policy, with what the approver was shown for it."""

    _name = "retail.policy.decision"
    _description = "Decision about a policy"

    kind = fields.Selection(
        [
            ("approve", "Approve the policy"),
            ("send_back", "Send the policy back"),
            ("call_off", "Call the approval off"),
            ("roll_back", "Roll back to this version"),
        ],
        required=True,
        readonly=True,
    )
    policy_id = fields.Many2one("retail.policy", required=True, readonly=True, ondelete="cascade")
    active_policy_id = fields.Many2one(
        "retail.policy", string="Active now", readonly=True, ondelete="cascade"
    )
    revision = fields.Integer(readonly=True)
    difference = fields.Html(related="policy_id.difference")
    verdicts = fields.Html(string="What the trial found", compute="_compute_verdicts")
    warning = fields.Char(compute="_compute_warning")
    effective_date = fields.Date(
        string="Decides from", help="The first day on which these rules decide. Empty: from now on."
    )
    reason = fields.Text()

    @api.depends_context("lang")
    @api.depends("policy_id")
    def _compute_verdicts(self):
        for decision in self:
            trial = decision.policy_id._get_current_trial()
            decision.verdicts = decision._render_verdicts(trial._get_verdicts()) if trial else False

    def _render_verdicts(self, verdicts):
        """The verdicts of a trial as an HTML table: green, red, or grey where there was nothing to measure."""
        looks = {
            True: ("text-success", "fa-check-circle", self.env._("met")),
            False: ("text-danger", "fa-times-circle", self.env._("missed")),
            None: ("text-muted", "fa-question-circle", self.env._("not measured")),
        }
        row = Markup(
            "<tr><td class='%s'><i class='fa %s' role='img' title='%s'></i></td><td>%s</td>"
            "<td class='%s fw-bold'>%s</td><td>%s</td><td class='text-muted'>%s</td></tr>"
        )
        rows = Markup("").join(
            row
            % (
                *looks[verdict["is_met"]],
                verdict["label"],
                looks[verdict["is_met"]][0],
                *(verdict[name] for name in ("measured", "limit", "text")),
            )
            for verdict in verdicts
        )
        return Markup("<table class='table table-sm w-auto mb-0'><tbody>%s</tbody></table>") % rows

    @api.depends_context("lang")
    @api.depends("kind", "policy_id")
    def _compute_warning(self):
        for decision in self:
            is_approval = decision.kind == "approve"
            decision.warning = is_approval and decision.policy_id._say_why_reason_is_needed()

    def action_confirm(self):
        """Carry the decision out, unless what the approver saw has changed meanwhile."""
        self.ensure_one()
        policy = self.policy_id
        getattr(policy, f"_check_{self.kind}")()
        self._check_still_true()
        return getattr(self, f"_apply_{self.kind}")(policy)

    def _check_still_true(self):
        if self.revision != self.policy_id.revision:
            raise UserError(
                self.env._(
                    "%(policy)s was changed since you opened this window. Close it and look again.",
                    policy=self.policy_id.display_name,
                )
            )
        active = self.policy_id._get_active(self.policy_id.company_id)
        if self.active_policy_id != active:
            raise UserError(
                self.env._(
                    "Meanwhile another policy became active: %(policy)s. Close this window and look again.",
                    policy=active.display_name,
                )
            )

    def _apply_approve(self, policy):
        policy._approve(self.effective_date, self.reason)

    def _apply_send_back(self, policy):
        policy._send_back(self.reason)

    def _apply_call_off(self, policy):
        policy._call_off(self.reason)

    def _apply_roll_back(self, policy):
        """Shows the new version."""
        return {
            "type": "ir.actions.act_window",
            "res_model": policy._name,
            "res_id": policy._roll_back(self.reason).id,
            "views": [(False, "form")],
        }
