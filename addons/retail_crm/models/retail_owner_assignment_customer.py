from odoo import fields, models
from odoo.tools import SQL


class RetailOwnerAssignmentCustomer(models.Model):
    """One row is a customer who is to get another owner; it goes when that has happened.

    ``value`` is that of the customer when it was proposed, in the company's currency.
    """

    _name = "retail.owner.assignment.customer"
    _description = "Customer who gets another owner"
    _order = "value desc, id"
    _rec_name = "partner_id"
    _log_access = False

    assignment_id = fields.Many2one(
        "retail.owner.assignment", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="assignment_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade", index=True
    )
    previous_id = fields.Many2one("res.users", string="Owner now", readonly=True, ondelete="set null")
    user_id = fields.Many2one(
        "res.users", string="Owner after", required=True, readonly=True, ondelete="cascade"
    )
    role = fields.Selection(
        selection=lambda self: (
            self.env["retail.strategy"]._fields["responsible_role"]._description_selection(self.env)
        ),
        readonly=True,
    )
    store_id = fields.Many2one(
        "retail.store",
        readonly=True,
        ondelete="set null",
        help="Where the customer buys most, if it was looked at.",
    )
    value = fields.Monetary(readonly=True)

    # a constraint, because the merge wizard does not look at unique indexes
    _partner_uniq = models.Constraint("UNIQUE(assignment_id, partner_id)")

    def _get_unchanged(self, company):
        """Those whose owner is still who it was when this was proposed (1 query)."""
        rows = self.env.execute_query(
            SQL(
                """SELECT change.id FROM retail_owner_assignment_customer change
                     LEFT JOIN retail_owner owner ON owner.partner_id = change.partner_id
                           AND owner.company_id = %(company)s AND owner.until IS NULL
                    WHERE change.id = ANY(%(changes)s) AND owner.user_id IS NOT DISTINCT FROM change.previous_id""",
                company=company.id,
                changes=self.ids,
            )
        )
        return self.browse([change for (change,) in rows])

    def _sql_wanted(self) -> SQL:
        """Rows (partner_id, user_id, deputy_id, role), see ``retail.owner._replace``."""
        return SQL(
            """SELECT change.partner_id, change.user_id, staff.deputy_id, change.role
                 FROM retail_owner_assignment_customer change
                 JOIN retail_owner_assignment assignment ON assignment.id = change.assignment_id
                 LEFT JOIN retail_staff staff ON staff.user_id = change.user_id
                       AND staff.company_id = assignment.company_id AND staff.active
                WHERE change.id = ANY(%s)""",
            self.ids,
        )
