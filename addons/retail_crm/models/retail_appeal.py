from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

# how an appeal ends in favour of who made it
UPHELD = ("pinned", "data", "policy")
# the outcomes that a manager may choose
ANSWERS = (*UPHELD, "rejected")
# what only the end of an appeal fills
CLOSING = ("answer", "correction", "closed_by_id", "closed_on", "pin_id")
# the figures of the profile that an appeal keeps as they stood
SNAPSHOT = ("segment_id", "computed_segment_id", "value", "value_percentile", "reason_code")


class RetailAppeal(models.Model):
    """One row is a staff member's word that a customer's segment is wrong, and what a manager answered.

    It keeps the segment and the figures as they stood when it was made. Staff make appeals and withdraw their own;
    managers answer those of others; a closed one never changes. Money in the company's currency, the percentile 0-100.
    How one ends stands in retail_appeal_closing.py.
    """

    _name = "retail.appeal"
    _description = "Appeal against a segment"
    # open ones first
    _order = "closed_on desc nulls first, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Made by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        copy=False,
    )
    reason = fields.Text(string="What is wrong", required=True, help="What you know of this customer.")
    wanted_segment_id = fields.Many2one(
        "retail.segment",
        string="Should be",
        ondelete="restrict",
        help="The segment you think right, if you know. You may leave it empty.",
    )
    outcome = fields.Selection(
        [
            ("open", "Open"),
            ("pinned", "Accepted: pinned"),
            ("data", "Accepted: the data were wrong"),
            ("policy", "Accepted: the rules should change"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
            ("merged", "Closed: customers merged"),
        ],
        required=True,
        readonly=True,
        default="open",
        copy=False,
    )

    segment_id = fields.Many2one("retail.segment", string="Segment then", readonly=True, ondelete="restrict")
    computed_segment_id = fields.Many2one(
        "retail.segment", string="By the figures then", readonly=True, ondelete="restrict"
    )
    value = fields.Monetary(string="Value then", readonly=True, aggregator=None)
    value_percentile = fields.Float(string="Percentile then", readonly=True, digits=(4, 1), aggregator=None)
    reason_code = fields.Selection(
        selection=lambda self: (
            self.env["retail.profile"]._fields["reason_code"]._description_selection(self.env)
        ),
        string="Decided by",
        readonly=True,
    )
    policy_id = fields.Many2one("retail.policy", string="Rules then", readonly=True, ondelete="restrict")
    policy_version = fields.Integer(string="Version of the rules", readonly=True, aggregator=None)

    answer = fields.Text(readonly=True, copy=False)
    correction = fields.Char(string="What was corrected", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Closed by", readonly=True, copy=False)
    closed_on = fields.Datetime(readonly=True, copy=False)
    pin_id = fields.Many2one(
        "retail.segment.pin",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    upheld_share = fields.Float(
        string="Upheld",
        compute="_compute_upheld_share",
        store=True,
        aggregator="avg",
        help="Share of the answered appeals that were accepted.",
    )
    is_mine = fields.Boolean(compute="_compute_is_mine")

    _open_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE outcome = 'open'",
        "Somebody has just made an appeal for this customer. Open the customer again to read it.",
    )
    _closed_when_answered = models.Constraint(
        "CHECK ((outcome = 'open') = (closed_on IS NULL))", "An appeal is closed by its outcome."
    )

    @api.depends_context("lang")
    @api.depends("partner_id", "user_id")
    def _compute_display_name(self):
        for appeal in self:
            appeal.display_name = self.env._(
                "%(customer)s, appeal by %(author)s",
                customer=appeal.partner_id.name or "",
                author=appeal.user_id.name,
            )

    @api.depends("outcome")
    def _compute_upheld_share(self):
        for appeal in self:
            appeal.upheld_share = appeal.outcome in UPHELD

    @api.depends_context("uid")
    @api.depends("user_id")
    def _compute_is_mine(self):
        for appeal in self:
            appeal.is_mine = appeal.user_id == self.env.user

    @api.model_create_multi
    def create(self, vals_list):
        """Who appeals says for which customer, why, and what would be right; all else is kept as it stands now."""
        appeals = super().create([self._get_opening(vals) for vals in vals_list])
        appeals._tell_managers()
        return appeals

    def write(self, vals):
        self._check_open()
        return super().write(vals)

    def action_open_profile(self):
        """Open the customer's figures as they stand today."""
        self.ensure_one()
        profile = self._get_profile(self.partner_id, self.company_id)
        if not profile:
            raise UserError(self.env._("The customer has no purchases any more, and so no figures."))
        return profile.action_open_profile()

    # ------------------------------------------------------------------ making one

    def _get_opening(self, vals):
        """The values of a new appeal: what its author says, and a snapshot of the customer's profile."""
        reason = (vals.get("reason") or "").strip()
        if not reason:
            raise UserError(
                self.env._("Say what is wrong with the segment: the reason is what a manager decides on.")
            )
        customer = self.env["res.partner"].browse(vals.get("partner_id")).commercial_partner_id
        company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id).root_id
        profile = self._get_profile(customer, company)
        if not profile:
            raise UserError(
                self.env._("This customer has no segment yet: there is nothing to appeal against.")
            )
        if vals.get("wanted_segment_id") == profile.segment_id.id:
            raise UserError(self.env._("The customer is in the segment %s already.", profile.segment_id.name))
        self._check_none_open(profile)
        return {
            # named, so that no default of the context fills them
            **dict.fromkeys(CLOSING, False),
            "outcome": "open",
            "partner_id": customer.id,
            "company_id": company.id,
            "user_id": self.env.uid,
            "reason": reason,
            "wanted_segment_id": vals.get("wanted_segment_id"),
            **self._get_snapshot(profile),
        }

    def _get_profile(self, customer, company):
        return self.env["retail.profile"].search(
            [("partner_id", "=", customer.id), ("company_id", "=", company.id)]
        )

    def _check_none_open(self, profile):
        other = self.search(
            [
                ("partner_id", "=", profile.partner_id.id),
                ("company_id", "=", profile.company_id.id),
                ("outcome", "=", "open"),
            ]
        )
        if other:
            raise UserError(
                self.env._(
                    "%(author)s made an appeal for %(customer)s on %(day)s that a manager has yet to answer: "
                    "“%(reason)s”. Tell a manager what you would add.",
                    author=other.user_id.name,
                    customer=profile.partner_id.name,
                    day=format_date(self.env, other.create_date),
                    reason=other.reason,
                )
            )

    def _get_snapshot(self, profile):
        """The segment, the figures and the rules that they were made by."""
        policy = profile.run_id.sudo().policy_id or self.env["retail.policy"]._get_active(profile.company_id)
        values = {name: profile[name] for name in SNAPSHOT}
        return {
            **profile._convert_to_write(values),
            "policy_id": policy.id,
            "policy_version": policy.version,
        }

    def _tell_managers(self):
        """Send the managers of the company a notification, each in their own language."""
        for appeal in self:
            managers = appeal.company_id._get_retail_managers() - appeal.user_id
            for lang, readers in managers.grouped("lang").items():
                appeal.with_context(lang=lang)._notify_of_appeal(readers)

    def _notify_of_appeal(self, readers):
        facts = {
            "author": self.user_id.name,
            "customer": self.partner_id.name,
            "segment": self.segment_id.name,
            "wanted": self.wanted_segment_id.name,
            "reason": self.reason,
        }
        if self.wanted_segment_id:
            body = self.env._(
                "%(author)s says that %(customer)s is not %(segment)s but %(wanted)s: %(reason)s", **facts
            )
        else:
            body = self.env._("%(author)s says that %(customer)s is not %(segment)s: %(reason)s", **facts)
        self._notify(readers, self.env._("Appeal against the segment of %(customer)s", **facts), body)

    def _notify(self, readers, subject, body):
        """In the name of the current user, whatever that user may write."""
        self.env["mail.thread"].sudo().message_notify(
            model=self._name,
            res_id=self.id,
            partner_ids=readers.partner_id.ids,
            author_id=self.env.user.partner_id.id,
            subject=subject,
            body=body,
        )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Open, withdrawn and merged appeals were not decided: they count on neither side."""
        if aggregate_spec != "upheld_share:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "AVG(%s) FILTER (WHERE %s IN %s)",
            self._field_to_sql(self._table, "upheld_share", query),
            self._field_to_sql(self._table, "outcome", query),
            ANSWERS,
        )
