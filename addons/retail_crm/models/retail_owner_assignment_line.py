from odoo import api, fields, models
from odoo.tools import SQL


class RetailOwnerAssignmentLine(models.Model):
    """One row is what an assignment means for a person: customers before and after. Figures of when it was proposed."""

    _name = "retail.owner.assignment.line"
    _description = "What an assignment means for a person"
    _order = "role desc, user_id, id"
    _log_access = False

    assignment_id = fields.Many2one(
        "retail.owner.assignment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="assignment_id.company_id")
    user_id = fields.Many2one("res.users", string="Person", required=True, readonly=True, ondelete="cascade")
    role = fields.Selection(
        selection=lambda self: (
            self.env["retail.strategy"]._fields["responsible_role"]._description_selection(self.env)
        ),
        readonly=True,
    )
    capacity = fields.Integer(string="Customers at most", readonly=True)
    before = fields.Integer(string="Customers now", readonly=True)
    gained = fields.Integer(string="Get", readonly=True)
    lost = fields.Integer(string="Give away", readonly=True)
    after = fields.Integer(string="Customers after", readonly=True)

    @api.model
    def _replace(self, assignment):
        """Write the lines of the proposal anew (3 queries): all staff, and whoever else gives customers away."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("DELETE FROM retail_owner_assignment_line WHERE assignment_id = %s", assignment.id)
        )
        self.env.cr.execute(
            SQL(
                """WITH now AS (
                       SELECT user_id, count(*) AS before FROM retail_owner
                        WHERE company_id = %(company)s AND until IS NULL GROUP BY 1),
                    gained AS (
                       SELECT user_id, count(*) AS gained FROM retail_owner_assignment_customer
                        WHERE assignment_id = %(assignment)s GROUP BY 1),
                    lost AS (
                       SELECT previous_id AS user_id, count(*) AS lost FROM retail_owner_assignment_customer
                        WHERE assignment_id = %(assignment)s AND previous_id IS NOT NULL GROUP BY 1),
                    staff AS (
                       SELECT user_id, role, capacity FROM retail_staff
                        WHERE company_id = %(company)s AND active)
                   INSERT INTO retail_owner_assignment_line
                          (assignment_id, user_id, role, capacity, before, gained, lost, after)
                   SELECT %(assignment)s, user_id, role, COALESCE(capacity, 0), COALESCE(before, 0),
                          COALESCE(gained, 0), COALESCE(lost, 0),
                          COALESCE(before, 0) + COALESCE(gained, 0) - COALESCE(lost, 0)
                     FROM staff FULL JOIN gained USING (user_id) FULL JOIN lost USING (user_id)
                     LEFT JOIN now USING (user_id)""",
                assignment=assignment.id,
                company=assignment.company_id.id,
            )
        )
        self.invalidate_model()
        assignment.invalidate_recordset(["line_ids"])

    def _tell(self):
        """Tell the person of the new customers, in the person's language."""
        self = self.with_context(lang=self.user_id.lang)
        self.env["mail.thread"].message_notify(
            partner_ids=self.user_id.partner_id.ids,
            subject=self.env._("New customers to look after"),
            body=self.env._(
                "%(count)s customers are yours from today on. You find them under Customers, filter My customers.",
                count=self.gained,
            ),
        )
