from odoo import api, fields, models
from odoo.tools import SQL


class RetailOwner(models.Model):
    """One row is who looked after a customer of a company, from when to when; the one without an end does so now.

    Written by assignments and hand-overs only, set-based; never edited, so the rows are the history. The customer is
    a commercial partner, the company a root company.
    """

    _name = "retail.owner"
    _description = "Owner of a customer"
    _order = "since desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", string="Owner", required=True, readonly=True, ondelete="restrict")
    deputy_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    role = fields.Selection(
        selection=lambda self: (
            self.env["retail.strategy"]._fields["responsible_role"]._description_selection(self.env)
        ),
        readonly=True,
        help="In which the owner looks after the customer.",
    )
    since = fields.Date(required=True, readonly=True)
    until = fields.Date(readonly=True, help="The day on which somebody else took over. Empty: owner now.")
    how = fields.Selection(
        [("assigned", "Assigned"), ("manual", "Chosen by hand"), ("handed_over", "Handed over")],
        string="Came about",
        required=True,
        readonly=True,
    )
    note = fields.Text(readonly=True, help="What the one before left for the one after.")

    # one owner, whoever assigns at the same time
    _current_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE until IS NULL",
        "Somebody else has just given this customer an owner. Look again, then try once more.",
    )
    _current_user_idx = models.Index("(user_id, company_id) WHERE until IS NULL")
    _history_idx = models.Index("(partner_id, company_id, since)")

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    def action_hand_over(self):
        """Open a hand-over of these customers."""
        return self.partner_id._open_retail_handover()

    # ------------------------------------------------------------------ giving customers to people

    @api.model
    def _give(self, customers, user, company, how="manual", note=None, day=None):
        """Make ``user`` the owner of ``customers`` in ``company`` from ``day`` on; who was it before is history.

        For callers that have checked the right to do so. Customers of that owner stay as they are. Open actions
        follow. Returns how many changed hands (some 6 queries for any number).
        """
        company = company.root_id
        staff = (
            self.env["retail.staff"]
            .sudo()
            .search([("user_id", "=", user.id), ("company_id", "=", company.id)], limit=1)
        )
        wanted = SQL(
            """SELECT partner.id AS partner_id, %(user)s::int4 AS user_id, %(deputy)s::int4 AS deputy_id,
                      %(role)s::varchar AS role
                 FROM res_partner partner WHERE partner.id = ANY(%(customers)s)""",
            user=user.id,
            deputy=staff.deputy_id.id or None,
            role=staff.role or None,
            customers=customers.commercial_partner_id.ids,
        )
        return self._replace(wanted, company, day or self.env["retail.run"]._today(company.sudo()), how, note)

    @api.model
    def _replace(self, wanted, company, day, how, note=None):
        """Let the customers of ``wanted`` have the owners it names; returns how many changed hands.

        Two at once: the second one fails with a serialization error or finds the place taken, and is tried again.

        :param wanted: SQL of rows (partner_id, user_id, deputy_id, role), each customer once
        """
        self.flush_model()
        ended = self.env.execute_query(self._sql_end(wanted, company, day))
        begun = self.env.execute_query(self._sql_begin(wanted, company, day, how, note))
        self.invalidate_model()
        self.env["retail.action"]._follow_owners(company, [partner for (partner,) in begun], ended)
        return len(begun)

    @api.model
    def _merge(self, sources, customer):
        """One owner stays in each company, rather that of ``customer``; what was before is history of both.

        Open actions follow, so they are merged before. 2 queries, and some 4 for each company with several owners.

        :param sources: partners that are merged into the commercial partner ``customer``
        """
        ended = self.env.execute_query(
            SQL(
                """UPDATE retail_owner owner SET until = GREATEST(owner.since, %(today)s)
                     FROM (SELECT id, row_number() OVER (
                                      PARTITION BY company_id
                                      ORDER BY partner_id = %(customer)s DESC, since DESC, id DESC) AS place
                             FROM retail_owner WHERE until IS NULL AND partner_id = ANY(%(all)s)) ranked
                    WHERE ranked.id = owner.id AND ranked.place > 1
                RETURNING owner.company_id, owner.user_id""",
                today=fields.Date.context_today(self),
                customer=customer.id,
                all=(sources | customer).ids,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE retail_owner SET partner_id = %s WHERE partner_id = ANY(%s)", customer.id, sources.ids
            )
        )
        for company in self.env["res.company"].browse({company for company, _user in ended}):
            owners_before = [(customer.id, user) for company_id, user in ended if company_id == company.id]
            self.env["retail.action"]._follow_owners(company, customer.ids, owners_before)

    @api.model
    def _sql_end(self, wanted, company, day) -> SQL:
        return SQL(
            """UPDATE retail_owner owner SET until = GREATEST(owner.since, %(day)s), %(written)s
                 FROM (%(wanted)s) wanted
                WHERE owner.partner_id = wanted.partner_id AND owner.company_id = %(company)s
                  AND owner.until IS NULL AND owner.user_id <> wanted.user_id
            RETURNING owner.partner_id, owner.user_id""",
            wanted=wanted,
            company=company.id,
            day=day,
            written=SQL("write_uid = %s, write_date = now() AT TIME ZONE 'UTC'", self.env.uid),
        )

    @api.model
    def _sql_begin(self, wanted, company, day, how, note) -> SQL:
        """Only where nobody is the owner now."""
        return SQL(
            """INSERT INTO retail_owner (partner_id, company_id, user_id, deputy_id, role, since, how, note,
                                         create_uid, create_date, write_uid, write_date)
               SELECT wanted.partner_id, %(company)s, wanted.user_id, wanted.deputy_id, wanted.role, %(day)s,
                      %(how)s, %(note)s, %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
                 FROM (%(wanted)s) wanted
                WHERE NOT EXISTS (SELECT FROM retail_owner owner
                                   WHERE owner.partner_id = wanted.partner_id AND owner.company_id = %(company)s
                                     AND owner.until IS NULL)
            RETURNING partner_id""",
            wanted=wanted,
            company=company.id,
            day=day,
            how=how,
            note=note or None,
            user=self.env.uid,
        )
