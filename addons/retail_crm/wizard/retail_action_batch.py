from collections import defaultdict
from datetime import timedelta
from itertools import count, cycle, repeat

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# customers of one batch, all in one transaction of some seconds
CUSTOMER_LIMIT = 2000
SATURDAY = 5


class RetailActionBatch(models.TransientModel):
    """A manager plans the same action for a list of customers, spread over days and people.

    Nobody gets more than so many a day, what is due already included; customers of most value come first. What will
    be made is shown before it is. Customers whom the strategy leaves alone to measure its effect are left out.
    """

    _name = "retail.action.batch"
    _description = "Plan actions for many customers"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_ids = fields.Many2many("res.partner", string="Customers", readonly=True)
    customer_count = fields.Integer(string="Chosen customers", compute="_compute_customer_count")
    name = fields.Char(string="What to do")
    kind = fields.Selection(
        selection=lambda self: self.env["retail.action"]._fields["kind"]._description_selection(self.env),
        string="Kind of action",
        required=True,
        default="call",
    )
    note = fields.Text(help="Everybody reads it on the card.")
    start_on = fields.Date(string="From", required=True)
    per_day = fields.Integer(
        string="At most a day and person",
        required=True,
        default=10,
        help="What is due already on a day counts.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="People",
        domain=lambda self: [
            ("share", "=", False),
            ("all_group_ids", "in", self.env.ref("retail_crm.group_user").ids),
        ],
        help="The customers are dealt out evenly. Empty: to who looks after each customer.",
    )
    is_every_day = fields.Boolean(string="Saturdays and Sundays too")
    is_leaving_out_busy = fields.Boolean(
        string="Leave out who has an open action",
        default=True,
        help="So that nobody is called twice for different reasons.",
    )
    plan = fields.Json(compute="_compute_plan")
    is_done = fields.Boolean(readonly=True)

    @api.depends("partner_ids")
    def _compute_customer_count(self):
        for batch in self:
            batch.customer_count = len(batch.partner_ids)

    @api.depends("partner_ids", "start_on", "per_day", "user_ids", "is_every_day", "is_leaving_out_busy")
    def _compute_plan(self):
        for batch in self:
            batch.plan = batch._is_complete() and batch._tell(*batch._get_slots())

    def _is_complete(self):
        return bool(self.start_on and self.per_day > 0)

    def action_create(self):
        """Make the actions as they were shown, or as they have become since, and open them."""
        self.ensure_one()
        self._check_manager()
        self._check_input()
        self.is_done = True
        slots, _left_out = self._get_slots()
        if not slots:
            raise UserError(
                self.env._(
                    "There is nothing to plan: each of these customers has an open action or is left alone."
                )
            )
        actions = self.env["retail.action"].create(
            [
                {
                    "partner_id": customer.id,
                    "company_id": self.company_id.id,
                    "kind": self.kind,
                    "name": self.name,
                    "note": self.note,
                    "user_id": user.id,
                    "due_on": day,
                }
                for customer, user, day in slots
            ]
        )
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_action_action"),
            "name": self.env._("Planned just now"),
            "domain": [("id", "in", actions.ids)],
            "context": {"group_by": ["user_id", "due_on:day"]},
        }

    @api.model
    def _open(self, partners):
        """The dialog for these customers; contacts count as their companies.

        :raise UserError: nobody is chosen, or more than fit into one batch
        """
        self._check_manager()
        customers = partners.commercial_partner_id
        if not customers:
            raise UserError(self.env._("Choose the customers first."))
        if len(customers) > CUSTOMER_LIMIT:
            raise UserError(
                self.env._(
                    "%(count)s customers are too many at once: choose at most %(limit)s, for example by segment.",
                    count=len(customers),
                    limit=CUSTOMER_LIMIT,
                )
            )
        company = self.env.company.root_id
        batch = self.create(
            {
                "company_id": company.id,
                "partner_ids": customers.ids,
                "start_on": self.env["retail.my.day"]._get_today(company) + timedelta(days=1),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan actions"),
            "res_model": self._name,
            "res_id": batch.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _check_manager(self):
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Managers plan actions for many customers."))

    def _check_input(self):
        if self.is_done:
            raise UserError(self.env._("These actions are planned already. Open All actions."))
        if not (self.name or "").strip():
            raise UserError(self.env._("Say what is to be done."))
        if self.per_day < 1:
            raise UserError(self.env._("At least one action a day and person, else nothing gets done."))
        if self.start_on < self.env["retail.my.day"]._get_today(self.company_id):
            raise UserError(self.env._("The first day lies in the past. Choose today or a later day."))
        for user in self.user_ids:
            self.env["retail.action"]._check_is_staff(user, self.company_id)

    # ------------------------------------------------------------------ who does what on which day

    def _get_slots(self):
        """What would be made, as (customer, user, day), and how many are left out for which reason (7 queries)."""
        customers = self.partner_ids._origin
        left_out = self._get_left_out(customers)
        customers = self._sort_by_value(
            customers.browse(set(customers.ids) - set().union(*left_out.values()))
        )
        dealt = self._deal(customers)
        days = self._get_days({user for _customer, user in dealt})
        slots = [(customer, user, next(days[user])) for customer, user in dealt]
        return slots, {reason: len(ids) for reason, ids in left_out.items()}

    def _get_left_out(self, customers):
        """{reason: ids of customers}"""
        of_company = [("company_id", "=", self.company_id.id), ("partner_id", "in", customers.ids)]
        held_out = self.env["retail.holdout"].sudo().search([*of_company, ("is_held_out", "=", True)])
        profiles = self.env["retail.profile"].search(
            [
                *of_company,
                ("strategy_id.holdout_share", ">", 0),
                ("partner_id", "in", held_out.partner_id.ids),
            ]
        )
        lots = {(lot.partner_id, lot.strategy_id) for lot in held_out}
        alone = {row.partner_id.id for row in profiles if (row.partner_id, row.strategy_id) in lots}
        busy = set()
        if self.is_leaving_out_busy:
            groups = self.env["retail.action"]._read_group(
                [*of_company, ("state", "=", "open")], ["partner_id"]
            )
            busy = {customer.id for (customer,) in groups}
        return {"held_out": alone, "busy": busy - alone}

    def _sort_by_value(self, customers):
        """Most value first, as the profiles say; who has none comes last."""
        profiles = self.env["retail.profile"].search_fetch(
            [("company_id", "=", self.company_id.id), ("partner_id", "in", customers.ids)],
            ["partner_id", "value"],
        )
        values = {profile.partner_id: profile.value for profile in profiles}
        return customers.sorted(lambda customer: (-values.get(customer, 0), customer.id))

    def _deal(self, customers):
        """[(customer, user)]: evenly to the chosen people, else to who looks after each; the user may be empty."""
        if users := self.user_ids._origin:
            return list(zip(customers, cycle(users), strict=False))
        looked_after = customers.with_company(self.company_id)
        return [
            # actions of a salesperson who left would be on nobody's list
            (customer, looking.retail_owner_id or looking.user_id.filtered("active"))
            for customer, looking in zip(customers, looked_after, strict=True)
        ]

    def _get_days(self, users):
        """{user: iterator over days, each as often as the person has room on it}; nobody has no bounds to keep."""
        taken = self._get_taken(users)
        absences = self._get_absences(users)
        return {
            user: self._iterate_days(taken[user], absences.get(user)) if user else cycle([self.start_on])
            for user in users
        }

    def _iterate_days(self, taken, absence):
        for number in count():
            day = self.start_on + timedelta(days=number)
            is_off = not self.is_every_day and day.weekday() >= SATURDAY
            is_away = absence and absence[0] <= day <= absence[1]
            if not is_off and not is_away:
                yield from repeat(day, max(self.per_day - taken[day], 0))

    def _get_taken(self, users):
        """{user: {day: actions that are due then already}}"""
        taken = defaultdict(lambda: defaultdict(int))
        groups = self.env["retail.action"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "open"),
                ("user_id", "in", [user.id for user in users]),
                ("due_on", ">=", self.start_on),
            ],
            ["user_id", "due_on:day"],
            ["__count"],
        )
        for user, day, number in groups:
            taken[user][day] = number
        return taken

    def _get_absences(self, users):
        """{user: (first, last day)}; who is away until further notice has deputies who do the work."""
        rows = self.env["retail.staff"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("user_id", "in", [user.id for user in users]),
                ("absent_from", "!=", False),
                ("absent_until", "!=", False),
            ]
        )
        return {row.user_id: (row.absent_from, row.absent_until) for row in rows}

    # ------------------------------------------------------------------ the preview

    def _tell(self, slots, left_out):
        """Data of the preview: per person how many on which day."""
        days = sorted({day for _customer, _user, day in slots})
        counts = defaultdict(lambda: defaultdict(int))
        for _customer, user, day in slots:
            counts[user][day] += 1
        return {
            "count": len(slots),
            "days": [fields.Date.to_string(day) for day in days],
            "people": [
                {
                    "id": user.id,
                    "name": user.sudo().name or "",
                    "counts": [by_day[day] for day in days],
                    "total": sum(by_day.values()),
                }
                for user, by_day in counts.items()
            ],
            "left_out": left_out,
        }
