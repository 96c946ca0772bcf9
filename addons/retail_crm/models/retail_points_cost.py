from odoo import api, fields, models

from ..points.exact import DIGITS


class RetailPointsCost(models.Model):
    """One row is what a point of a program costs the company when it is redeemed, as a person says it.

    Without a row it is what the rewards say, see ``loyalty.program._get_point_costs``.
    """

    _name = "retail.points.cost"
    _description = "What a point costs"
    _order = "program_id, id"
    _rec_name = "program_id"

    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("program_type", "=", "loyalty")],
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    computed_cost = fields.Float(
        string="According to the rewards",
        digits=DIGITS,
        compute="_compute_computed_cost",
        compute_sudo=True,
        help="The reward that costs most per point.",
    )
    cost = fields.Float(string="A point costs", digits=DIGITS, required=True)
    reason = fields.Char(help="Why the rewards do not tell what a point costs.")

    _program_company_uniq = models.Constraint(
        "UNIQUE(program_id, company_id)",
        "What a point of this program costs is said already: change that line.",
    )
    _cost_not_negative = models.Constraint(
        "CHECK(cost >= 0 AND cost <> 'NaN')", "A point cannot cost less than nothing."
    )

    @api.depends("program_id", "company_id")
    def _compute_computed_cost(self):
        for row in self:
            programs = row.program_id
            row.computed_cost = float(programs._get_reward_costs(row.company_id).get(row.program_id.id, 0))
