from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

LOCK_SPACE = 0x52435254
MINIMUM_MONTHS = 3
KEEP_DAYS = 90
GC_LIMIT = 20
SHARE = (5, 4)


class RetailTrial(models.Model):
    """One row replays a policy over the company's own purchases, month by month, beside the active one.

    Profiles stay untouched. Shares are 0-1, money is in the company's currency. "Baseline" is the policy that was
    active when the trial began. Pins do not count: policies are compared by what they compute.
    """

    _name = "retail.trial"
    _inherit = ["retail.job"]
    _description = "Trial of a policy"
    _order = "id desc"
    _rec_name = "policy_id"
    _lock_space = LOCK_SPACE

    policy_id = fields.Many2one(
        "retail.policy",
        string="Policy on trial",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    baseline_policy_id = fields.Many2one(
        "retail.policy", string="Compared with", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [
            ("requested", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="requested",
    )
    user_id = fields.Many2one(
        "res.users", string="Started by", required=True, readonly=True, default=lambda self: self.env.user
    )
    is_outdated = fields.Boolean(
        string="Outdated", readonly=True, help="The policy was edited after this trial."
    )
    is_cancel_requested = fields.Boolean(readonly=True)
    months = fields.Integer(
        readonly=True, aggregator=None, help="Months replayed, after a first one without a memory."
    )
    months_done = fields.Integer(readonly=True, aggregator=None)
    date_from = fields.Date(string="First day", readonly=True)
    date_to = fields.Date(string="Last day", readonly=True, help="The last day that is replayed.")
    progress = fields.Float(compute="_compute_progress", help="0-100")
    started_at = fields.Datetime(string="Started", readonly=True)
    seconds = fields.Float(readonly=True, digits=(16, 1), aggregator=None)
    customer_count = fields.Integer(string="Customers", readonly=True, aggregator=None)
    moved_count = fields.Integer(
        string="Would be in another segment", readonly=True, aggregator=None, help="On the last day."
    )
    change_share = fields.Float(
        string="Change segment a month",
        readonly=True,
        digits=SHARE,
        aggregator=None,
        help="Mean of the months.",
    )
    baseline_change_share = fields.Float(readonly=True, digits=SHARE, aggregator=None)
    flip_share = fields.Float(
        string="Flip back within a month",
        readonly=True,
        digits=SHARE,
        aggregator=None,
        help="Of all customers, those who return to the segment they left the month before; mean of the months.",
    )
    baseline_flip_share = fields.Float(readonly=True, digits=SHARE, aggregator=None)
    money_effect = fields.Monetary(
        string="Estimated effect of the terms",
        readonly=True,
        help="What the strategies' terms would have brought (+) or cost (-) over the time replayed. An estimate.",
    )
    backtest = fields.Json(
        readonly=True,
        help="Figures of the back-test by side; empty where history is too short for one.",
    )
    month_ids = fields.One2many("retail.trial.month", "trial_id", readonly=True)
    effect_ids = fields.One2many("retail.trial.effect", "trial_id", readonly=True)

    _open_uniq = models.UniqueIndex(
        "(policy_id) WHERE state IN ('requested', 'running')",
        "A trial of this policy is under way. Wait for it to finish, or cancel it.",
    )

    @api.depends("state", "months", "months_done")
    def _compute_progress(self):
        for trial in self:
            steps = trial.months + 1
            trial.progress = 100 if trial.state == "done" else 100 * trial.months_done / steps

    @api.depends_context("lang")
    @api.depends("policy_id", "date_from", "date_to")
    def _compute_display_name(self):
        for trial in self:
            trial.display_name = self.env._(
                "Trial of %(policy)s, %(start)s to %(end)s",
                policy=trial.policy_id.display_name,
                start=format_date(self.env, trial.date_from),
                end=format_date(self.env, trial.date_to),
            )

    # ------------------------------------------------------------------ requests

    @api.model
    def _request(self, policy):
        """Note the wish for a trial of ``policy`` and wake the scheduled action.

        :raise UserError: no policy to compare with, too little history, or a trial under way
        """
        company = policy.company_id
        baseline = policy._get_active(company)
        if not baseline or baseline == policy:
            raise UserError(self.env._("There is no active policy to compare this one with."))
        if self.sudo().search_count(
            [("policy_id", "=", policy.id), ("state", "in", ("requested", "running"))], limit=1
        ):
            raise UserError(
                self.env._("A trial of this policy is under way. Wait for it to finish, or cancel it.")
            )
        date_to, months = self._get_extent(company, policy.trial_months)
        trial = self.sudo().create(
            {
                "policy_id": policy.id,
                "baseline_policy_id": baseline.id,
                "company_id": company.id,
                "user_id": self.env.uid,
                "months": months,
                "date_from": date_to - relativedelta(months=months),
                "date_to": date_to,
            }
        )
        self.env.ref("retail_crm.ir_cron_retail_trial").sudo()._trigger()
        return trial.sudo(self.env.su)

    def _get_extent(self, company, wanted_months):
        """(last day, months) of a trial: as far back as wanted, where purchases reach so far."""
        run = self.env["retail.run"].sudo()._get_last_done(company)
        first_day = self.env["retail.profile.statistics"]._get_first_day(company)
        if not (run and first_day):
            raise UserError(
                self.env._(
                    "A trial replays purchases, and there are none yet. Import or sell, and let a run compute the "
                    "segments first."
                )
            )
        age = relativedelta(run.as_of, first_day)
        months = min(wanted_months, 12 * age.years + age.months)
        if months < MINIMUM_MONTHS:
            raise UserError(
                self.env._(
                    "A trial needs at least %(minimum)s months of purchases; the first one was on %(day)s. Try again "
                    "later, or import older purchases.",
                    minimum=MINIMUM_MONTHS,
                    day=format_date(self.env, first_day),
                )
            )
        return run.as_of, months

    def action_cancel(self):
        """Stop the trial; what it has found so far is thrown away. Managers only."""
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Only retail managers can cancel a trial. Ask your manager."))
        self.check_access("read")
        for trial in self.sudo():
            if trial.state == "requested":
                trial.state = "cancelled"
            elif trial.state == "running":
                trial.is_cancel_requested = True
                self.env.ref("retail_crm.ir_cron_retail_trial").sudo()._trigger()

    def action_open_policy(self):
        """Open the policy that is on trial."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "retail.policy",
            "res_id": self.policy_id.id,
            "views": [(False, "form")],
        }

    @api.autovacuum
    def _gc_useless(self):
        """Delete trials that nobody decides by any more: outdated, cancelled or failed, of policies never approved.

        Each keeps a row per customer.
        """
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.search(
            [
                ("create_date", "<", limit),
                ("policy_id.approved_on", "=", False),
                "|",
                ("is_outdated", "=", True),
                ("state", "in", ("cancelled", "failed")),
            ],
            limit=GC_LIMIT,
        ).unlink()

    def _get_customers(self):
        """The rows of the last day, one per customer."""
        return self.env["retail.trial.customer"].search([("trial_id", "=", self.id)])

    def _say_busy(self, company):
        return self.env._(
            "A trial of %(company)s is being computed right now. Wait for it to finish.", company=company.name
        )
