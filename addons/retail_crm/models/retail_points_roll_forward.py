from odoo import api, fields, models
from odoo.tools import SQL

from ..points.exact import DIGITS
from .retail_points_move import KINDS
from .retail_points_value import VALUE_READERS


class RetailPointsRollForward(models.Model):
    """One row is what the moves of one kind changed in a program on one day of the company.

    Opening balance + all rows of a time = closing balance. ``value`` is at what a point costs today, in the company's
    currency. A query over the moves, nothing is stored.
    """

    _name = "retail.points.roll.forward"
    _description = "Points by day"
    _auto = False
    _order = "day desc, program_id, kind"
    _rec_name = "day"
    _depends = {
        "retail.points.move": ["amount", "available_amount", "kind", "lot_id", "moment", "wallet_id"],
        "retail.points.wallet": ["program_id"],
    }

    day = fields.Date(readonly=True, help="In the time zone of the company.")
    program_id = fields.Many2one("loyalty.program", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    amount = fields.Float(string="Points", digits=DIGITS, readonly=True)
    available_amount = fields.Float(
        string="Can be spent", digits=DIGITS, readonly=True, help="Change of what customers can spend."
    )
    debt_amount = fields.Float(
        string="Debt",
        digits=DIGITS,
        readonly=True,
        help="Change of what customers owe, positive when it grew.",
    )
    move_count = fields.Integer(string="Number of movements", readonly=True)
    value = fields.Monetary(
        string="Worth",
        readonly=True,
        groups=VALUE_READERS,
        help="Points at what one costs today when it is redeemed.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """SELECT min(move.id) AS id, %(day)s AS day, program.program_id, program.company_id,
                      program.currency_id, move.kind,
                      sum(move.amount) AS amount,
                      sum(move.available_amount) AS available_amount,
                      COALESCE(-sum(move.amount) FILTER (WHERE move.lot_id IS NULL), 0) AS debt_amount,
                      count(*)::int4 AS move_count,
                      sum(move.amount) * program.cost AS value
                 FROM retail_points_move move
                 JOIN retail_points_wallet wallet ON wallet.id = move.wallet_id
                 JOIN %(costs)s ON program.program_id = wallet.program_id
                GROUP BY %(day)s, program.program_id, program.company_id, program.currency_id, program.cost,
                         move.kind""",
            day=self._sql_day(SQL("move.moment")),
            costs=self.env["loyalty.program"]._sql_point_costs(),
        )

    @api.model
    def _sql_day(self, moment) -> SQL:
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE program.zone)::date", moment)
