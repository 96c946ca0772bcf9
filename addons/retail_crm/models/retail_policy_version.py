from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .retail_policy import check_are_numbers

# where a version stands and who decided so: the life cycle alone writes it, with the rights of the system
CYCLE_FIELDS = frozenset(
    {
        "version", "state", "revision", "author_id", "editor_ids", "approved_by_id", "approved_on", "approval_reason",
        "rolled_back_from_id", "sent_back_by_id", "sent_back_reason", "activated_on", "retired_on",
    }
)  # fmt: skip
# what may be planned until the version is approved; it decides no segment
PLAN_FIELDS = frozenset({"name", "effective_date", "business_owner_id"})
# what runs find out about a version while it decides
HORIZON_FIELDS = frozenset({"horizon_weeks", "proposed_horizon_weeks", "median_gap_days"})


class RetailPolicy(models.Model):
    """Versions: their numbers, and who may still change what.

    Rules change in a draft only; what was tried, approved or used stays as it was.
    """

    _inherit = "retail.policy"

    revision = fields.Integer(
        readonly=True,
        copy=False,
        help="Counts the edits and decisions, so that two people who meet here notice each other.",
    )
    author_id = fields.Many2one("res.users", readonly=True, copy=False)
    editor_ids = fields.Many2many(
        "res.users",
        string="Edited by",
        readonly=True,
        copy=False,
        help="Everybody who changed the rules of this version.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        latest = {}
        numbered = []
        for vals in vals_list:
            check_are_numbers(self, vals)
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id).root_id
            if company not in latest:
                latest[company] = self._lock_latest_version(company)
            latest[company] += 1
            own = {name: value for name, value in vals.items() if name not in CYCLE_FIELDS}
            numbered.append(
                {**own, "company_id": company.id, "version": latest[company], "author_id": self.env.uid}
            )
        return super().create(numbered)

    def write(self, vals):
        check_are_numbers(self, vals)
        if not self.env.su:
            self._check_not_decided_by_hand(vals)
        is_edit = bool(vals.keys() - CYCLE_FIELDS - PLAN_FIELDS - (HORIZON_FIELDS if self.env.su else set()))
        if is_edit:
            self._check_editable()
            self._check_stays_in_company(vals)
        result = super().write(vals)
        if is_edit:
            self._note_edit()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_editable()

    def action_new_version(self):
        """Open a draft with the same rules."""
        self.ensure_one()
        draft = self.copy()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "views": [(False, "form")],
        }

    @api.model
    def _lock_latest_version(self, company):
        """The highest version number of the company, 0 without one.

        Writing that row makes whoever creates a version at the same moment wait and try again with the next number.
        """
        self.flush_model(["company_id", "version"])
        rows = self.env.execute_query(
            SQL(
                """UPDATE retail_policy SET version = version
                    WHERE id = (SELECT id FROM retail_policy WHERE company_id = %s ORDER BY version DESC LIMIT 1)
                   RETURNING version""",
                company.id,
            )
        )
        return rows[0][0] if rows else 0

    def _check_not_decided_by_hand(self, vals):
        if vals.keys() & CYCLE_FIELDS:
            raise AccessError(
                self.env._(
                    "Where a policy stands is decided by its buttons, such as Approve, and not edited."
                )
            )
        if vals.keys() & PLAN_FIELDS:
            for policy in self.filtered(lambda policy: policy.state not in ("draft", "trial")):
                raise UserError(policy._say_why_frozen())

    def _check_stays_in_company(self, vals):
        # its number was given by the company
        if "company_id" in vals and any(policy.company_id.id != vals["company_id"] for policy in self):
            raise UserError(
                self.env._("A policy stays in its company: create a new one in the other company.")
            )

    def _note_edit(self):
        for policy in self.sudo():
            policy.write({"revision": policy.revision + 1, "editor_ids": [fields.Command.link(self.env.uid)]})

    def _check_editable(self):
        """Raise unless all these are drafts."""
        for policy in self.filtered(lambda policy: policy.state != "draft"):
            raise UserError(policy._say_why_frozen())

    def _say_why_frozen(self):
        if self.state == "trial":
            return self.env._(
                "%(policy)s is on trial, so its rules stay as they are. Put it back to draft to change them.",
                policy=self.display_name,
            )
        if self.state == "approved":
            return self.env._(
                "%(policy)s has been approved as it is. Create a new version of it, or have it called off.",
                policy=self.display_name,
            )
        return self.env._(
            "%(policy)s has been in use, so it can no longer be changed. Create a new version of it.",
            policy=self.display_name,
        )
