from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import clean_context

# what a person may change while the action is open; all else comes from the event or by finishing it
EDITABLE = {"name", "kind", "user_id", "deputy_id", "due_on", "note"}
# what a person says of an action made by hand
OPENING = EDITABLE | {"partner_id", "company_id", "res_model", "res_id"}
# an action made by hand is measured so long
WINDOW_DAYS = 60


class RetailAction(models.Model):
    """One row is a loop: something happened with a customer, a strategy's rule decided, somebody acts, it is measured.

    Rows of events are made set-based (retail_action_creation.py), once for each ``event_key``; those of event
    ``manual`` by staff. A customer held out has a row in state ``held_out`` and nobody's work. ``revenue`` and
    ``contribution`` are what the customer bought after ``event_on`` up to ``window_until``, in the company's currency;
    they stay 0 until ``measured_on``. A loop is closed when the work has ended and is measured.
    """

    _name = "retail.action"
    _description = "Action"
    _order = "due_on, value_at_stake desc, id"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    event = fields.Selection(
        [
            ("entered", "Came into the segment"),
            ("left", "Left the segment"),
            ("stayed", "Too long in the segment"),
            ("slipping", "Slipping"),
            ("near_upgrade", "Near the next segment"),
            ("contact_overdue", "Contact overdue"),
            ("points_expiring", "Points expire"),
            ("delivery_late", "Delivery late"),
            ("promise_broken", "Promise broken"),
            ("manual", "Made by hand"),
        ],
        string="Because",
        required=True,
        readonly=True,
        default="manual",
    )
    event_key = fields.Char(
        string="Key of the event", required=True, readonly=True, copy=False, default=lambda self: uuid4().hex
    )
    event_on = fields.Date(string="Happened on", required=True, readonly=True)
    decided_on = fields.Date(readonly=True, help="The day on which the rule made the action.")
    policy_id = fields.Many2one("retail.policy", string="Rules then", readonly=True, ondelete="restrict")
    policy_version = fields.Integer(string="Version of the rules", readonly=True, aggregator=None)
    strategy_id = fields.Many2one(
        "retail.strategy", readonly=True, ondelete="set null", index="btree_not_null"
    )
    rule_id = fields.Many2one(
        "retail.action.rule", string="Action rule", readonly=True, ondelete="set null", index="btree_not_null"
    )
    terms = fields.Json(string="Strategy then", readonly=True)
    kind = fields.Selection(
        [
            ("call", "Call"),
            ("mail", "E-mail"),
            ("sms", "Text message"),
            ("visit", "Visit"),
            ("quotation", "Quotation"),
            ("gift", "Gift"),
            ("review", "Look at it"),
        ],
        string="Kind of action",
        required=True,
        default="call",
    )
    # translated, so that what a rule says reads in everybody's language
    name = fields.Char(string="What to do", required=True, translate=True)
    user_id = fields.Many2one("res.users", string="Owner", ondelete="set null")
    deputy_id = fields.Many2one("res.users", ondelete="set null")
    due_on = fields.Date(string="Due", required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("lapsed", "No longer due"),
            ("held_out", "Left alone"),
        ],
        required=True,
        readonly=True,
        default="open",
        copy=False,
    )
    outcome_id = fields.Many2one(
        "retail.action.outcome", readonly=True, ondelete="restrict", copy=False, index="btree_not_null"
    )
    done_on = fields.Datetime(string="Finished on", readonly=True, copy=False)
    done_by_id = fields.Many2one(
        "res.users", string="Finished by", readonly=True, ondelete="set null", copy=False
    )
    note = fields.Text()
    value_at_stake = fields.Monetary(
        string="At stake",
        readonly=True,
        help="What the customer brings while active; of a late delivery, what the order is worth.",
    )
    window_days = fields.Integer(
        string="Measured for (days)", readonly=True, default=WINDOW_DAYS, aggregator=None
    )
    window_until = fields.Date(
        string="Measured until", compute="_compute_window_until", store=True, help="Last day that counts."
    )
    measured_on = fields.Date(readonly=True, copy=False)
    revenue = fields.Monetary(
        string="Bought since",
        readonly=True,
        copy=False,
        help="Untaxed, after returns, from the day after the event to the end of the window.",
    )
    contribution = fields.Monetary(
        readonly=True,
        copy=False,
        help="Of what was bought since: revenue minus cost of goods.",
        groups="retail_crm.group_manager,retail_crm.group_finance,retail_crm.group_auditor",
    )
    closed_on = fields.Date(
        readonly=True, copy=False, help="The work has ended and what came of it is known."
    )
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, ondelete="set null", copy=False, index="btree_not_null"
    )
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", readonly=True)
    is_overdue = fields.Boolean(compute="_compute_is_overdue")
    is_never_closed = fields.Boolean(
        string="Never closed",
        compute="_compute_is_never_closed",
        search="_search_is_never_closed",
        help="Its time is over, and nobody has finished it.",
    )

    # a constraint, because ON CONFLICT and the merge wizard look at it
    _event_uniq = models.Constraint(
        "UNIQUE(company_id, event, event_key)", "There is an action for this event already."
    )
    _partner_idx = models.Index("(partner_id, company_id, event)")
    _queue_idx = models.Index("(user_id, due_on) WHERE state = 'open'")
    _company_idx = models.Index("(company_id, state, due_on)")
    _unmeasured_idx = models.Index("(company_id, window_until) WHERE measured_on IS NULL")

    @api.depends("event_on", "window_days")
    def _compute_window_until(self):
        for action in self:
            action.window_until = action.event_on and fields.Date.add(
                action.event_on, days=action.window_days
            )

    @api.depends("due_on", "state")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for action in self:
            action.is_overdue = action.state == "open" and bool(action.due_on) and action.due_on < today

    @api.depends("state", "window_until")
    def _compute_is_never_closed(self):
        today = fields.Date.context_today(self)
        for action in self:
            action.is_never_closed = (
                action.state == "open" and bool(action.window_until) and action.window_until < today
            )

    @api.model
    def _search_is_never_closed(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        today = fields.Date.context_today(self)
        return Domain("state", "=", "open") & Domain("window_until", "<", today)

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for action in self:
            action.display_name = f"{action.partner_id.name or ''}: {action.name or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        """By hand: who, what and when; the rest is a snapshot of how the customer is treated now."""
        if not self.env.su:
            # defaults of the context would fill what a person may not say
            self = self.with_env(self.env(context=clean_context(self.env.context)))
            vals_list = [{name: vals[name] for name in vals.keys() & OPENING} for vals in vals_list]
        return super().create(self._get_openings(vals_list))

    def write(self, vals):
        if not self.env.su:
            self._check_editable(vals)
        return super().write(vals)

    def action_open_document(self):
        """Open the document behind the event, else the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model or "res.partner",
            "res_id": self.res_id if self.res_model else self.partner_id.id,
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

    # ------------------------------------------------------------------ by hand

    def _get_openings(self, vals_list):
        """The values of new actions: those given, and what the customers' strategies say today.

        Some 5 queries for each company, whatever the number of actions.
        """
        if not all(vals.get("partner_id") for vals in vals_list):
            raise UserError(self.env._("Choose the customer whom the action is for."))
        partners = self.env["res.partner"].browse([vals["partner_id"] for vals in vals_list])
        companies = self.env["res.company"].browse(
            [vals.get("company_id") or self.env.company.id for vals in vals_list]
        )
        customers = [partner.commercial_partner_id for partner in partners]
        decisions = {
            company: self._get_decisions(partners.commercial_partner_id, company)
            for company in companies.root_id
        }
        return [
            {
                **decisions[company.root_id][customer.id],
                **vals,
                "partner_id": customer.id,
                "company_id": company.root_id.id,
            }
            for vals, customer, company in zip(vals_list, customers, companies, strict=True)
        ]

    def _get_decisions(self, customers, company):
        """{customer id: who the customer is today, and the versions by which that was decided}"""
        profiles = self.env["retail.profile"].search(
            [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        )
        by_customer = profiles.grouped("partner_id")
        policy = self.env["retail.policy"]._get_active(company)
        today = self.env["retail.run"]._today(company.sudo())
        of_day = {
            "event_on": today,
            "decided_on": today,
            "policy_id": policy.id,
            "policy_version": policy.version,
        }
        return {
            customer.id: {**of_day, **self._get_standing(by_customer.get(customer, profiles.browse()))}
            for customer in customers
        }

    def _get_standing(self, profile):
        strategy = profile.strategy_id
        return {
            "strategy_id": strategy.id,
            "terms": {name: strategy[name] for name in self._get_terms()},
            "value_at_stake": profile.value,
        }

    @api.model
    def _get_terms(self):
        """Hook: plain fields of the strategy that an action keeps as they stood when it was decided."""
        return [
            "contact_days",
            "responsible_role",
            "discount_ceiling",
            "points_multiplier",
            "stock_priority",
            "budget_share",
            "holdout_share",
        ]

    def _check_editable(self, vals):
        if fixed := vals.keys() - EDITABLE:
            names = ", ".join(self._fields[name]._description_string(self.env) for name in sorted(fixed))
            raise UserError(
                self.env._(
                    "%(fields)s cannot be changed by hand. Log the outcome instead, or make a new action.",
                    fields=names,
                )
            )
        if any(action.state != "open" for action in self):
            raise UserError(self.env._("This action has ended and cannot be changed any more."))
