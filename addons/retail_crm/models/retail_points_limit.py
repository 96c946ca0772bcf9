from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..points.exact import DIGITS

# a person has the first of these roles whose group they are in
ROLES = {
    "manager": "retail_crm.group_manager",
    "approver": "retail_crm.group_approver",
    "staff": "retail_crm.group_user",
}
# most points at once and in a month, until somebody says otherwise
DEFAULTS = {"manager": (1000, 10000), "approver": (0, 0), "staff": (0, 0)}
AMOUNTS = ("deal_limit", "month_limit")


class RetailPointsLimit(models.Model):
    """One row is how many points somebody of a role may give or take in a company without asking a second person.

    Approvers and administrators set limits, and nobody raises the one they have themselves. Given and taken points
    both count. Each company with branches has one row for each role.
    """

    _name = "retail.points.limit"
    _description = "Limit for adjusting points"
    _inherit = ["mail.thread"]
    _order = "company_id, id"
    _rec_name = "role"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    role = fields.Selection(
        [("manager", "Manager"), ("approver", "Approver"), ("staff", "Staff")], required=True, readonly=True
    )
    deal_limit = fields.Float(
        string="Most points at once",
        digits=DIGITS,
        required=True,
        default=0,
        tracking=True,
        help="0: every adjustment is a request that a second person answers.",
    )
    month_limit = fields.Float(
        string="Most points in a month",
        digits=DIGITS,
        required=True,
        default=0,
        tracking=True,
        help="Of one person, points given and points taken added up.",
    )

    _role_uniq = models.Constraint("UNIQUE(company_id, role)", "This role has a limit already: change it.")
    _numbers = models.Constraint(
        "CHECK(deal_limit BETWEEN 0 AND 1000000000 AND month_limit BETWEEN 0 AND 1000000000)",
        "A limit is a number of points, 0 or more.",
    )

    def init(self):
        """Companies that were there before."""
        self._create_missing()

    def write(self, vals):
        if not self.env.su:
            self._check_not_raising_own(vals)
        return super().write(vals)

    @api.model
    def _create_missing(self):
        """Give every main company a row for each role (1 query)."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_points_limit (company_id, role, deal_limit, month_limit, create_uid, create_date,
                                                    write_uid, write_date)
                   SELECT company.id, role.*, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM res_company company,
                          unnest(%(roles)s::text[], %(deals)s::numeric[], %(months)s::numeric[]) AS role
                    WHERE company.parent_id IS NULL
                       ON CONFLICT DO NOTHING""",
                user=self.env.uid,
                now=fields.Datetime.now(),
                roles=list(DEFAULTS),
                deals=[deal for deal, _month in DEFAULTS.values()],
                months=[month for _deal, month in DEFAULTS.values()],
            )
        )

    @api.model
    def _get_role(self, user):
        """The role by which ``user`` has a limit; None for who has nothing to do with customers."""
        return next((role for role, group in ROLES.items() if user.has_group(group)), None)

    @api.model
    def _get_for(self, user, company):
        """The limit of ``user`` in ``company``, empty for who may not adjust at all."""
        return self.sudo().search(
            [("company_id", "=", company.root_id.id), ("role", "=", self._get_role(user))]
        )

    def _check_not_raising_own(self, vals):
        own_role = self._get_role(self.env.user)
        for limit in self.filtered(lambda limit: limit.role == own_role):
            if any(name in vals and vals[name] > limit[name] for name in AMOUNTS):
                raise AccessError(
                    self.env._(
                        "This is your own limit: another approver or administrator can raise it, who does not "
                        "have the role %(role)s.",
                        role=dict(self._fields["role"]._description_selection(self.env))[limit.role],
                    )
                )
