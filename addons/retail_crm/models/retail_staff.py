from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# roles from the foot of the ladder to its top
LADDER = ("customer_service", "member_adviser", "vip_representative", "manager")


class RetailStaff(models.Model):
    """One row is what a user does for the customers of a company: in which role, where, for how many, who stands in.

    Who is absent keeps the customers; what has to be done meanwhile goes to the deputy, or to the deputy's deputy. Two
    people may stand in for each other: when both are away, the work stays with whose it is.
    """

    _name = "retail.staff"
    _description = "Staff"
    _order = "role desc, user_id, id"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
    )
    role = fields.Selection(
        selection=lambda self: (
            self.env["retail.strategy"]._fields["responsible_role"]._description_selection(self.env)
        ),
        required=True,
        default="customer_service",
    )
    store_ids = fields.Many2many(
        "retail.store",
        string="Stores",
        domain="[('company_id', '=', company_id)]",
        help="Customers who buy there. Empty: customers of all stores.",
    )
    capacity = fields.Integer(
        string="Customers at most",
        required=True,
        default=100,
        aggregator="sum",
        help="For how many customers there is time. Shares are fair when everybody is equally full.",
    )
    absent_from = fields.Date(string="Away from")
    absent_until = fields.Date(string="Away until", help="Last day. Empty: until further notice.")
    deputy_id = fields.Many2one(
        "res.users",
        ondelete="set null",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Gets what is to be done while this person is away.",
    )
    active = fields.Boolean(default=True)
    is_absent = fields.Boolean(string="Away today", compute="_compute_is_absent", search="_search_is_absent")
    customer_count = fields.Integer(string="Customers", compute="_compute_customer_count")
    workload = fields.Float(
        string="Full (%)",
        compute="_compute_customer_count",
        help="Customers in percent of what there is time for.",
    )
    open_action_count = fields.Integer(string="Open actions", compute="_compute_open_action_count")
    present_id = fields.Many2one("res.users", string="Stands in today", compute="_compute_present_id")

    _user_company_uniq = models.Constraint(
        "UNIQUE(user_id, company_id)", "This person is on the list already: change that line instead."
    )
    _capacity_positive = models.Constraint(
        "CHECK(capacity > 0)", "Give a number of customers above nothing; archive who looks after none."
    )
    _absence_in_order = models.Constraint(
        "CHECK(absent_until IS NULL OR absent_from <= absent_until)",
        "An absence needs a first day, and it cannot end before it begins.",
    )
    _deputy_is_another = models.Constraint(
        "CHECK(deputy_id <> user_id)", "Nobody stands in for themselves: choose somebody else as deputy."
    )

    @api.depends("absent_from", "absent_until")
    def _compute_is_absent(self):
        for staff in self:
            staff.is_absent = staff._is_absent_on(self._today(staff.company_id))

    @api.model
    def _search_is_absent(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return self._get_absent_domain(fields.Date.context_today(self))

    @api.depends("user_id", "company_id", "capacity")
    def _compute_customer_count(self):
        """1 query for any number of people."""
        counts = self._count_by_user(self.env["retail.owner"], [("until", "=", False)])
        for staff in self:
            staff.customer_count = counts.get((staff.user_id, staff.company_id), 0)
            staff.workload = 100 * staff.customer_count / staff.capacity if staff.capacity else 0

    @api.depends("user_id", "company_id")
    def _compute_open_action_count(self):
        counts = self._count_by_user(self.env["retail.action"], [("state", "=", "open")])
        for staff in self:
            staff.open_action_count = counts.get((staff.user_id, staff.company_id), 0)

    @api.depends("absent_from", "absent_until", "deputy_id")
    def _compute_present_id(self):
        for staff in self:
            present = self._get_present(staff.user_id, self._today(staff.company_id), staff.company_id)
            staff.present_id = present != staff.user_id and present

    @api.constrains("user_id", "deputy_id", "company_id")
    def _check_people(self):
        for staff in self.sudo():
            for user in staff.user_id | staff.deputy_id:
                if staff.company_id not in user.company_ids.root_id:
                    raise ValidationError(
                        self.env._(
                            "%(person)s has no access to %(company)s: choose somebody who works there.",
                            person=user.name,
                            company=staff.company_id.name,
                        )
                    )

    @api.constrains("company_id", "store_ids")
    def _check_company(self):
        for staff in self:
            if staff.company_id != staff.company_id.root_id or staff.store_ids.company_id - staff.company_id:
                raise ValidationError(
                    self.env._(
                        "Staff belong to a main company and to its stores: choose stores of that company."
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"absent_from", "absent_until", "deputy_id", "active"}:
            # deputies see their part in a minute, not in an hour
            self.env.ref("retail_crm.ir_cron_retail_action").sudo()._trigger()
        return result

    def action_open_customers(self):
        """Open the customers whom this person looks after."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_owner_action"),
            "name": self.env._("Customers of %(person)s", person=self.user_id.name),
            "domain": [("user_id", "=", self.user_id.id), ("company_id", "=", self.company_id.id)],
            "context": {"search_default_current": 1},
        }

    def action_hand_over(self):
        """Open a hand-over of all customers of this person."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_handover_action_partners"),
            "context": {"default_from_id": self.user_id.id, "default_company_id": self.company_id.id},
        }

    def _count_by_user(self, model, domain):
        """{(user, company): number} of the records of ``model`` (1 query)."""
        mine = [("user_id", "in", self.user_id.ids), ("company_id", "in", self.company_id.ids)]
        groups = model._read_group([*mine, *domain], ["user_id", "company_id"], ["__count"])
        return {(user, company): count for user, company, count in groups}

    # ------------------------------------------------------------------ who is there

    @api.model
    def _get_present(self, user, day, company):
        """Who does the work of ``user`` on ``day``: the user; in absence, the first of the deputies who is there.

        Without anybody there it stays with the user. One query, and one for each deputy that is away too.
        """
        asked, candidate = self.browse(), user
        while candidate:
            staff = self.sudo().search(
                [("user_id", "=", candidate.id), ("company_id", "=", company.root_id.id)], limit=1
            )
            if candidate.active and not staff._is_absent_on(day):
                return candidate
            if staff in asked:
                break
            asked |= staff
            candidate = staff.deputy_id.with_env(user.env)
        return user

    @api.model
    def _sql_present(self, company, day) -> SQL:
        """Rows (user_id, present_id): for everybody who is away on ``day``, who is there instead, as `_get_present`."""
        return SQL(
            """WITH RECURSIVE away AS (
                   SELECT staff.user_id, staff.deputy_id
                     FROM retail_staff staff JOIN res_users users ON users.id = staff.user_id
                    WHERE staff.company_id = %(company)s AND staff.active
                      AND (NOT users.active OR %(day)s::date BETWEEN staff.absent_from
                                                           AND COALESCE(staff.absent_until, 'infinity'))),
               line AS (
                   SELECT user_id, deputy_id, ARRAY[user_id] AS asked FROM away
                    UNION ALL
                   SELECT line.user_id, away.deputy_id, line.asked || away.user_id
                     FROM line JOIN away ON away.user_id = line.deputy_id
                    WHERE away.user_id <> ALL(line.asked))
               SELECT line.user_id, line.deputy_id AS present_id
                 FROM line JOIN res_users deputy ON deputy.id = line.deputy_id AND deputy.active
                WHERE NOT EXISTS (SELECT FROM away WHERE away.user_id = line.deputy_id)""",
            company=company.root_id.id,
            day=day,
        )

    def _is_absent_on(self, day):
        """False for an empty recordset: who is not on the list is there."""
        if not self.absent_from:
            return False
        return self.absent_from <= day and (not self.absent_until or day <= self.absent_until)

    @api.model
    def _get_absent_domain(self, day):
        return Domain("absent_from", "<=", day) & (
            Domain("absent_until", "=", False) | Domain("absent_until", ">=", day)
        )

    @api.model
    def _get_higher_roles(self, role):
        """The roles above ``role``, the next one first."""
        return LADDER[LADDER.index(role) + 1 :]

    def _today(self, company):
        """The day in the shops of ``company``."""
        return self.env["retail.run"]._today(company.sudo())
