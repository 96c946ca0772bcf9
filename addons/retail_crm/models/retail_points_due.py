from odoo import fields, models
from odoo.tools import SQL

from ..points.exact import DIGITS
from .retail_points_value import VALUE_READERS


class RetailPointsDue(models.Model):
    """One row is what is left of a lot and will be released, or will expire: when, whose, how much.

    A lot that is pending and expires later has two rows. ``value`` is at what a point costs today, in the company's
    currency. A query over the open lots, nothing is stored.
    """

    _name = "retail.points.due"
    _description = "Points waiting and expiring"
    _auto = False
    _order = "due_on, id"
    _rec_name = "partner_id"
    _depends = {
        "retail.points.lot": [
            "earned_on",
            "expires_on",
            "is_pending",
            "release_on",
            "remaining",
            "wallet_id",
        ],
        "retail.points.move": ["kind", "moment", "wallet_id"],
        "retail.points.wallet": ["partner_id", "program_id"],
        "loyalty.program": ["retail_expiry", "retail_expiry_days"],
    }

    kind = fields.Selection([("release", "Waiting"), ("expiry", "Expiring")], readonly=True)
    due_on = fields.Date(
        string="Day", readonly=True, help="Of release, or the last day on which they can be spent."
    )
    wallet_id = fields.Many2one("retail.points.wallet", readonly=True)
    lot_id = fields.Many2one("retail.points.lot", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    program_id = fields.Many2one("loyalty.program", string="Program", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    earned_on = fields.Date(readonly=True)
    points = fields.Float(digits=DIGITS, readonly=True)
    value = fields.Monetary(
        readonly=True, groups=VALUE_READERS, help="Points at what one costs today when it is redeemed."
    )

    @property
    def _table_query(self) -> SQL:
        costs = self.env["loyalty.program"]._sql_point_costs()
        return SQL(" UNION ALL ").join(
            self._sql_rows(costs, number, kind, due_on, condition)
            for number, (kind, due_on, condition) in enumerate(self._get_dues())
        )

    def _get_dues(self):
        """Triples of kind, day and condition; lots of programs that expire without a purchase look at the last one."""
        return [
            ("release", SQL("lot.release_on"), SQL("lot.is_pending AND lot.release_on IS NOT NULL")),
            ("expiry", SQL("lot.expires_on"), SQL("lot.expires_on IS NOT NULL")),
            (
                "expiry",
                SQL(
                    """GREATEST(lot.earned_on,
                           (SELECT max(move.moment) FROM retail_points_move move
                             WHERE move.wallet_id = lot.wallet_id AND move.kind IN ('earn', 'redeem'))::date)
                       + rules.retail_expiry_days"""
                ),
                SQL("rules.retail_expiry = 'rolling' AND lot.expires_on IS NULL"),
            ),
        ]

    def _sql_rows(self, costs, number, kind, due_on, condition) -> SQL:
        return SQL(
            """SELECT lot.id * 3 + %(number)s AS id, %(kind)s AS kind, %(due_on)s AS due_on, lot.id AS lot_id,
                      lot.wallet_id, wallet.partner_id, program.program_id, program.company_id, program.currency_id,
                      lot.earned_on, lot.remaining AS points, lot.remaining * program.cost AS value
                 FROM retail_points_lot lot
                 JOIN retail_points_wallet wallet ON wallet.id = lot.wallet_id
                 JOIN loyalty_program rules ON rules.id = wallet.program_id
                 JOIN %(costs)s ON program.program_id = wallet.program_id
                WHERE lot.remaining > 0 AND %(condition)s""",
            number=number,
            kind=kind,
            due_on=due_on,
            costs=costs,
            condition=condition,
        )

    def action_open_wallet(self):
        return self.wallet_id.get_formview_action()
