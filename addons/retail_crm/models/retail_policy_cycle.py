from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

TRIAL_MONTHS = (12, 36)


class RetailPolicy(models.Model):
    """The life of a version: draft, trial, approved, active, retired. Who approves stands in retail_policy_approval.py.

    States are written with the rights of the system, because nobody edits them.
    """

    _inherit = "retail.policy"

    effective_date = fields.Date(
        string="Decides from",
        copy=False,
        tracking=True,
        help="The first day on which these rules decide. Empty: as soon as they are approved.",
    )
    trial_months = fields.Integer(
        string="Months of the trial",
        required=True,
        default=12,
        help="How much of the company's past a trial replays, 12 to 36 months.",
    )
    accept_change_share = fields.Float(
        string="Most changes a month (%)",
        required=True,
        default=5,
        help="Share of the customers that may change segment in a month.",
    )
    accept_flip_share = fields.Float(
        string="Most changes back a month (%)",
        required=True,
        default=0.5,
        help="Share of the customers that may return in a month to the segment they had just left.",
    )
    accept_gini_loss = fields.Float(
        string="Loss of accuracy tolerated",
        required=True,
        default=0.01,
        digits=(6, 4),
        help="How much worse than the active policy the value may sort customers, as a difference of the Gini (0-1).",
    )
    accept_moved_share = fields.Float(
        string="Most customers moved (%)",
        required=True,
        default=0,
        help="Share of the customers that may be in another segment than now. 0: any.",
    )
    trial_ids = fields.One2many(
        "retail.trial",
        "policy_id",
        string="Trials",
        groups="retail_crm.group_manager,retail_crm.group_approver,retail_crm.group_finance,retail_crm.group_auditor",
    )

    _approved_day_uniq = models.UniqueIndex(
        "(company_id, effective_date) WHERE state = 'approved'",
        "Another approved policy of this company decides from the same day: choose a different day.",
    )

    @api.constrains(
        "trial_months", "accept_change_share", "accept_flip_share", "accept_gini_loss", "accept_moved_share"
    )
    def _check_acceptance(self):
        fewest, most = TRIAL_MONTHS
        for policy in self:
            if not fewest <= policy.trial_months <= most:
                raise ValidationError(
                    self.env._("A trial covers %(fewest)s to %(most)s months.", fewest=fewest, most=most)
                )
            shares = policy.accept_change_share, policy.accept_flip_share, policy.accept_moved_share
            if not all(0 <= share <= 100 for share in shares):
                raise ValidationError(
                    self.env._("The shares that a trial may reach lie between 0% and 100%.")
                )
            if not 0 <= policy.accept_gini_loss <= 1:
                raise ValidationError(self.env._("The loss of accuracy tolerated lies between 0 and 1."))

    @api.constrains("effective_date")
    def _check_effective_date(self):
        for policy in self.filtered(lambda policy: policy.state in ("draft", "trial", "approved")):
            if policy.effective_date and policy.effective_date < policy._today():
                raise ValidationError(
                    self.env._(
                        "%(day)s is over: rules can decide from today on, not in the past.",
                        day=format_date(self.env, policy.effective_date),
                    )
                )

    def action_start_trial(self):
        """Freeze the rules and have them replayed on the company's own past; opens the trial."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("draft", "trial"):
            raise UserError(self._say_why_frozen())
        self._check_bands()
        if self.state == "draft":
            self.sudo().write({"state": "trial", "sent_back_by_id": False, "sent_back_reason": False})
        trial = self.env["retail.trial"]._request(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": trial._name,
            "res_id": trial.id,
            "views": [(False, "form")],
        }

    def action_back_to_draft(self):
        """End the trial, so that the rules can be edited again."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "trial":
            raise UserError(
                self.env._(
                    "Only a policy on trial goes back to draft. An approver can call off an approved one."
                )
            )
        self._reopen()

    def _reopen(self, values=None):
        """Back to draft: what was tried and approved no longer holds for rules that may change."""
        # whoever reopens need not be among those who may cancel a trial
        policy = self.with_user(SUPERUSER_ID)
        policy.trial_ids.action_cancel()
        policy.trial_ids.is_outdated = True
        cleared = dict.fromkeys(("approved_by_id", "approved_on", "approval_reason"), False)
        if policy.state == "approved":
            cleared["effective_date"] = False
        self.sudo().write({"state": "draft", **cleared, **(values or {})})

    def _activate(self, day=None):
        """Make this version the company's rules from the next run on; the one active until now retires."""
        self.ensure_one()
        self._check_bands()
        day = day or self._today()
        self._retire_overtaken(day)
        current = self._get_active(self.company_id)
        if current:
            current._retire(day)
            if current.half_life_weeks != self.half_life_weeks:
                self.company_id.sudo()._require_full_retail_run()
        inherited = {} if self.horizon_weeks else current._get_horizon_values()
        effective = min(self.effective_date or day, day)
        self.write({"state": "active", "activated_on": day, "effective_date": effective, **inherited})
        self._outdate_trials_against(current)

    def _get_horizon_values(self):
        return {name: self[name] for name in ("horizon_weeks", "median_gap_days")} if self else {}

    def _retire(self, day):
        if self:
            self.write({"state": "retired", "retired_on": day})
            self.flush_recordset()

    def _retire_overtaken(self, day):
        """Approved versions whose day had come before this one took over never decide."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "approved"),
            ("effective_date", "<=", day),
            ("id", "!=", self.id),
        ]
        self.search(domain)._retire(day)

    def _outdate_trials_against(self, former):
        """Trials that compared a version with ``former`` say nothing about what now would change."""
        trials = self.env["retail.trial"].sudo()
        domain = [
            ("baseline_policy_id", "=", former.id),
            ("policy_id.state", "=", "trial"),
            ("is_outdated", "=", False),
        ]
        trials.search(domain).is_outdated = True

    @api.model
    def _activate_due(self, company, as_of):
        """Activate the version whose day has come by ``as_of``; of several the latest."""
        domain = [
            ("company_id", "=", company.id),
            ("state", "=", "approved"),
            ("effective_date", "<=", as_of),
        ]
        due = self.search(domain, order="effective_date desc", limit=1)
        if due:
            due._activate(as_of)

    def _get_current_trial(self):
        """The last completed trial of the rules as they stand, against those active now; empty without one."""
        trials = self.sudo().trial_ids.filtered(lambda trial: trial.state == "done" and not trial.is_outdated)
        return trials.sorted("id")[-1:]

    def _today(self):
        return self.env["retail.run"]._today(self.company_id.sudo())
