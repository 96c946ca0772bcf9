from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..points.exact import DIGITS, SCALE, ZERO

# who sees what points cost; staff see points only
VALUE_READERS = (
    "retail_crm.group_manager,retail_crm.group_approver,retail_crm.group_finance,retail_crm.group_auditor"
)
# orders of which the average is taken for rewards that are a share of an order
AVERAGE_OVER = 1000


class LoyaltyProgram(models.Model):
    """What a point costs the company when it is redeemed: what the shop owes its customers is valued with it.

    The prudent one: of all active rewards, the one that costs most per point. Who keeps the accounts may say another.
    """

    _inherit = "loyalty.program"

    retail_cost_ids = fields.One2many("retail.points.cost", "program_id", groups=VALUE_READERS)
    retail_point_cost = fields.Float(
        string="A point costs",
        digits=DIGITS,
        compute="_compute_retail_point_cost",
        inverse="_inverse_retail_point_cost",
        compute_sudo=True,
        groups=VALUE_READERS,
        help="What a point costs when it is redeemed, in the currency of the company. Computed from the reward that "
        "costs most per point: discounts as they are, free products at what they cost the shop, percentages of an "
        "order of average size. Write another amount to overrule it, or 0 to have it computed again.",
    )

    retail_cost_currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the cost",
        compute="_compute_retail_cost_currency_id",
        groups=VALUE_READERS,
    )

    @api.depends_context("company")
    def _compute_retail_cost_currency_id(self):
        self.retail_cost_currency_id = self.env.company.root_id.currency_id

    @api.depends("retail_cost_ids.cost", "reward_ids")
    @api.depends_context("company")
    def _compute_retail_point_cost(self):
        costs = self._get_point_costs(self.env.company.root_id)
        for program in self:
            program.retail_point_cost = float(costs.get(program._origin.id, 0))

    def _inverse_retail_point_cost(self):
        company = self.env.company.root_id
        costs = self.env["retail.points.cost"]
        for program in self:
            own = costs.search([("program_id", "=", program.id), ("company_id", "=", company.id)])
            if not program.retail_point_cost:
                own.unlink()
            elif own:
                own.cost = program.retail_point_cost
            else:
                costs.create(
                    {
                        "program_id": program.id,
                        "company_id": company.id,
                        "cost": program.retail_point_cost,
                    }
                )

    def _get_point_costs(self, company):
        """``{program id: Decimal}`` per point in the currency of ``company`` (a root company).

        Some 6 queries, whatever the number of programs.
        """
        programs = self.sudo()
        own = self.env["retail.points.cost"].sudo()
        said = own.search([("program_id", "in", programs.ids), ("company_id", "=", company.id)])
        costs = programs._get_reward_costs(company)
        costs.update({row.program_id.id: Decimal(str(row.cost)).quantize(SCALE) for row in said})
        return costs

    def _get_reward_costs(self, company):
        """``{program id: Decimal}``: of the reward that costs most per point, nothing without a reward."""
        rewards = self.sudo().reward_ids.filtered("active")
        shares = rewards.filtered(lambda reward: reward.discount_mode == "percent")
        average = self._get_average_order(company) if shares else ZERO
        costs = dict.fromkeys(self.ids, ZERO)
        for reward in rewards:
            cost = reward._get_retail_point_cost(company, average).quantize(SCALE)
            # in a form, the program is not there yet, or is a copy of the one that is
            program = reward.program_id._origin.id
            costs[program] = max(costs.get(program, ZERO), cost)
        return costs

    @api.model
    def _get_average_order(self, company):
        """Untaxed amount of the last confirmed orders of ``company`` and its branches, in its currency (1 query)."""
        self.env["sale.order"].flush_model(["amount_untaxed", "company_id", "currency_rate", "state"])
        [(average,)] = self.env.execute_query(
            SQL(
                """SELECT avg(amount)
                     FROM (SELECT amount_untaxed / COALESCE(NULLIF(currency_rate, 0), 1)::numeric AS amount
                             FROM sale_order
                            WHERE state = 'sale' AND amount_untaxed > 0
                              AND company_id IN (SELECT id FROM res_company WHERE parent_path LIKE %(branches)s)
                            ORDER BY id DESC LIMIT %(limit)s) last""",
                branches=f"{company.parent_path}%",
                limit=AVERAGE_OVER,
            )
        )
        return Decimal(repr(average)) if average else ZERO

    @api.model
    def _may_see_point_costs(self):
        return self.env.su or self._has_field_access(self._fields["retail_point_cost"], "read")

    @api.model
    def _sql_point_costs(self) -> SQL:
        """A table ``(program_id, company_id, currency_id, zone, cost)`` of the programs that keep a ledger.

        The company is that of the program, or the current one where the program is for all, with its root's time zone;
        ``cost`` is NULL for readers who may not see it. Some 8 queries for each root company.
        """
        programs = self.sudo().with_context(active_test=False).search([("program_type", "=", "loyalty")])
        rows = []
        for root, of_root in programs.grouped(lambda program: self._get_valuing_company(program)).items():
            costs = of_root._get_point_costs(root) if self._may_see_point_costs() else {}
            rows += [
                SQL(
                    "(%s::int4, %s::int4, %s::int4, %s::varchar, %s::numeric)",
                    program.id,
                    (program.company_id or root).id,
                    root.currency_id.id,
                    root.retail_tz,
                    costs.get(program.id),
                )
                for program in of_root
            ]
        nothing = SQL("(NULL::int4, NULL::int4, NULL::int4, NULL::varchar, NULL::numeric)")
        return SQL(
            "(VALUES %s) program (program_id, company_id, currency_id, zone, cost)",
            SQL(", ").join(rows or [nothing]),
        )

    def _get_valuing_company(self, program):
        """The root company in whose currency and time zone the program's points are reckoned."""
        return (program.company_id or self.env.company).root_id.sudo()
