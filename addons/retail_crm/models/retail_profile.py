import re

from odoo import api, fields, models
from odoo.fields import Domain

# four digits at least: fewer are in every number
PHONE_FRAGMENT = re.compile(r"\+?([\s()./-]*\d){4,}[\s()./-]*")
ROLES_READING_PROFILES = "retail_crm.group_user,retail_crm.group_finance,retail_crm.group_auditor"


class RetailProfile(models.Model):
    """One row is who a customer is to one company: value, risk, segment. Only runs and pins write it.

    The customer is a commercial partner with at least one purchase day, the company a root company. Money in the
    company's currency, returns negative. Dates are stored, never ages.
    """

    _name = "retail.profile"
    _description = "Customer profile"
    _order = "value desc, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id.complete_name", "partner_id.ref", "partner_id.phone", "partner_id.email"]
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    # the kanban shows the columns of all segments
    segment_id = fields.Many2one(
        "retail.segment",
        readonly=True,
        ondelete="restrict",
        group_expand="_read_group_expand_full",
    )
    computed_segment_id = fields.Many2one(
        "retail.segment", string="Computed segment", readonly=True, ondelete="restrict"
    )
    pinned_segment_id = fields.Many2one(
        "retail.segment", string="Pinned segment", readonly=True, ondelete="restrict"
    )
    previous_segment_id = fields.Many2one(
        "retail.segment",
        string="Previous computed segment",
        readonly=True,
        ondelete="restrict",
        help="Computed by the last completed run of an earlier day.",
    )
    strategy_id = fields.Many2one("retail.strategy", readonly=True, ondelete="set null")
    value = fields.Monetary(
        readonly=True,
        help="Contribution in which recent purchases weigh more; what the customer brings while active.",
    )
    value_percentile = fields.Float(
        string="Percentile",
        readonly=True,
        digits=(4, 1),
        aggregator="avg",
        help="Share of customers with less value, 0-100.",
    )
    value_rank = fields.Integer(
        string="Rank", readonly=True, aggregator=None, help="1 is the customer of most value."
    )
    inactivity_risk = fields.Float(
        string="Inactivity risk",
        readonly=True,
        digits=(3, 2),
        aggregator="avg",
        help="Probability (0-1) of no purchase within the horizon.",
    )
    payment_risk = fields.Float(
        string="Payment risk",
        readonly=True,
        digits=(3, 2),
        aggregator="avg",
        help="Share (0-1) of the amounts due that was still unpaid seven days later; recent ones weigh more.",
    )
    is_payment_risk = fields.Boolean(string="Pays late", readonly=True)
    was_payment_risk = fields.Boolean(string="Paid late before", readonly=True)
    overdue_amount = fields.Monetary(
        string="Overdue", readonly=True, help="Open receivables past their due date."
    )
    risk_level = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")], string="Risk", readonly=True
    )
    purchase_days = fields.Integer(
        string="Purchase days", readonly=True, help="Days with at least one purchase."
    )
    first_purchase_date = fields.Date(string="First purchase", readonly=True)
    last_purchase_date = fields.Date(string="Last purchase", readonly=True)
    mean_gap_days = fields.Float(
        string="Usual rhythm (days)",
        compute="_compute_mean_gap_days",
        help="Mean number of days between two purchase days.",
    )
    revenue = fields.Monetary(readonly=True, help="Since the first purchase, untaxed, after returns.")
    contribution = fields.Monetary(
        readonly=True, help="Revenue minus cost of goods since the first purchase."
    )
    is_cost_estimated = fields.Boolean(
        string="Cost partly estimated",
        readonly=True,
        help="Some purchases had no cost; the default margin rate stands in.",
    )
    expected_revenue = fields.Monetary(
        string="Expected revenue", readonly=True, help="Revenue expected within the horizon."
    )
    horizon_weeks = fields.Integer(string="Horizon (weeks)", readonly=True, aggregator=None)
    model_rung = fields.Selection(
        [("rank", "Rank only"), ("rough", "Rough"), ("fitted", "Fitted")],
        string="Basis of the risk",
        readonly=True,
        help="Rank only: too little history for a probability. Rough: fitted to fewer than 500 customers.",
    )
    reason_code = fields.Selection(
        [
            ("value", "Value"),
            ("inactivity", "Likely to stay away"),
            ("payment", "Pays late"),
        ],
        string="Decided by",
        readonly=True,
    )
    reason = fields.Char(compute="_compute_reason", help="Why the customer is in this segment.")
    store_id = fields.Many2one(
        "retail.store", readonly=True, ondelete="set null", help="Of the last purchase."
    )
    run_id = fields.Many2one("retail.run", readonly=True, ondelete="set null")
    as_of = fields.Date(string="Scored for", readonly=True)

    partner_ref = fields.Char(related="partner_id.ref", string="Reference")
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    user_id = fields.Many2one(related="partner_id.user_id", string="Owner")
    customer_search = fields.Char(
        string="Name, phone, e-mail or reference", store=False, search="_search_customer_search"
    )
    change_ids = fields.One2many(
        "retail.profile.change", string="Segment movements", compute="_compute_change_ids"
    )
    pin_ids = fields.One2many(
        "retail.segment.pin", string="Pins", compute="_compute_pin_ids", help="Those of the past included."
    )

    # a constraint, because the merge wizard does not look at unique indexes
    _partner_company_uniq = models.Constraint("UNIQUE(partner_id, company_id)")
    # no more indexes than these: every night writes every row anew, and an index costs a sixth of that
    _company_segment_value_idx = models.Index("(company_id, segment_id, value DESC)")
    _company_value_idx = models.Index("(company_id, value DESC)")

    @api.depends("purchase_days", "first_purchase_date", "last_purchase_date")
    def _compute_mean_gap_days(self):
        for profile in self:
            gaps = profile.purchase_days - 1
            days = (profile.last_purchase_date - profile.first_purchase_date).days if gaps > 0 else 0
            profile.mean_gap_days = days / gaps if gaps > 0 else 0

    @api.depends_context("lang")
    @api.depends("segment_id", "reason_code", "value_rank", "contribution", "purchase_days", "overdue_amount")
    def _compute_reason(self):
        for profile in self:
            profile.reason = self.env["retail.reason"]._render(profile)

    @api.model
    def _search_customer_search(self, operator, value):
        """Customers by name, reference, e-mail, or a piece of the phone number with or without its blanks."""
        if operator != "ilike":
            return NotImplemented
        domain = Domain.OR(
            Domain(f"partner_id.{name}", operator, value)
            for name in ("complete_name", "ref", "email", "phone")
        )
        if PHONE_FRAGMENT.fullmatch(value.strip()):
            domain |= Domain("partner_id.phone_mobile_search", operator, value)
        return domain

    def _compute_change_ids(self):
        """1 query; movements and pins belong to the customer and outlive the profile."""
        self._show_own("change_ids", self.env["retail.profile.change"])

    def _compute_pin_ids(self):
        self._show_own("pin_ids", self.env["retail.segment.pin"].with_context(active_test=False))

    def _show_own(self, name, model):
        """Fill the field ``name`` with the customers' records of ``model`` in their companies (1 query)."""
        records = model.search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        own = records.grouped(lambda record: (record.partner_id, record.company_id))
        for profile in self:
            profile[name] = own.get((profile.partner_id, profile.company_id), model)

    @api.readonly
    def explain(self):
        """Why the customer is in the segment and what would change it, as data (see ``retail.explanation``).

        For whoever may read the profile; some 15 queries.
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["retail.explanation"]._get(self)

    def action_open_profile(self):
        """Open the figures behind the segment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why this segment"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_pin_segment(self):
        """Open the customer's pin, or a new one that starts from the present segment; saving it needs the right to."""
        self.ensure_one()
        pin = self.env["retail.segment.pin"].search(
            [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pin segment"),
            "res_model": "retail.segment.pin",
            "res_id": pin.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_segment_id": self.segment_id.id,
            },
        }

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def action_open_purchases(self):
        """Open the customer's purchases."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_purchase_action"),
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "child_of", self.company_id.id),
            ],
            "context": {},
        }

    def _apply_pins(self):
        """Make segment and strategy of these profiles follow the pins of today, and note what changed."""
        pins = self.env["retail.segment.pin"].sudo()._get_valid(self.partner_id, self.company_id)
        for profile in self.sudo():
            pinned = pins.get((profile.partner_id, profile.company_id), self.env["retail.segment"])
            effective = pinned or profile.computed_segment_id
            previous = profile.segment_id
            profile.write(
                {
                    "pinned_segment_id": pinned.id,
                    "segment_id": effective.id,
                    "strategy_id": self.env["retail.strategy"]
                    .sudo()
                    ._get_for(profile.company_id, effective)
                    .id,
                }
            )
            if effective != previous:
                self.env["retail.profile.change"].sudo()._log_pin(profile, previous)
