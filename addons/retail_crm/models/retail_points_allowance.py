from odoo import api, fields, models
from odoo.tools import SQL

from ..points.exact import DIGITS, ZERO, to_points


class RetailPointsAllowance(models.Model):
    """One row is what a person has adjusted without asking in a month and a company: points given and taken added up.

    Whoever adjusts updates this row before anything else: two adjustments at the same time cannot pass the limit
    together.
    """

    _name = "retail.points.allowance"
    _description = "Points adjusted in a month"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    used = fields.Float(digits=DIGITS, required=True, readonly=True)

    _month_uniq = models.Constraint(
        "UNIQUE(user_id, company_id, month)", "This month is being counted already."
    )

    @api.model
    def _take(self, company, amount):
        """Count ``amount`` if the current user may adjust that much now (2 queries). Returns whether it was counted.

        Somebody who counts at the same time is waited for, and the request is then retried by the server.
        """
        limit = self.env["retail.points.limit"]._get_for(self.env.user, company)
        most = to_points(limit.month_limit)
        if not limit or amount > min(to_points(limit.deal_limit), most):
            return False
        counted = self.env.execute_query(
            SQL(
                """INSERT INTO retail_points_allowance AS allowance (user_id, company_id, month, used)
                   VALUES (%(user)s, %(company)s, %(month)s, %(amount)s)
                       ON CONFLICT (user_id, company_id, month)
                       DO UPDATE SET used = allowance.used + %(amount)s WHERE allowance.used + %(amount)s <= %(most)s
                   RETURNING allowance.id""",
                user=self.env.uid,
                company=company.root_id.id,
                month=self._get_month(company),
                amount=amount,
                most=most,
            )
        )
        self.invalidate_model(["used"], flush=False)
        return bool(counted)

    @api.model
    def _get_left(self, company):
        """What the current user may still adjust: at once, and this month."""
        limit = self.env["retail.points.limit"]._get_for(self.env.user, company)
        row = self.sudo().search(
            [
                ("user_id", "=", self.env.uid),
                ("company_id", "=", company.root_id.id),
                ("month", "=", self._get_month(company)),
            ]
        )
        left = max(to_points(limit.month_limit) - to_points(row.used), ZERO)
        return min(to_points(limit.deal_limit), left), left

    def _get_month(self, company):
        return self.env["retail.run"]._today(company.sudo().root_id).replace(day=1)
