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
        "res.company": ["parent_path", "retail_tz"],
    }

    kind = fields.Selection([("release", "Pending"), ("expiry", "Expiring")], readonly=True)
    due_on = fields.Date(
        string="Day", readonly=True, help="Of release, or the last day on which they can be spent."
    )
    wallet_id = fields.Many2one("retail.points.wallet", readonly=True)
    lot_id = fields.Many2one("retail.points.lot", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    program_id = fields.Many2one("loyalty.program", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    earned_on = fields.Date(readonly=True)
    points = fields.Float(digits=DIGITS, readonly=True)
    value = fields.Monetary(
        string="Worth",
        readonly=True,
        groups=VALUE_READERS,
        help="Points at what one costs today when it is redeemed.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """SELECT due.id, due.kind, due.due_on, due.lot_id, due.wallet_id, wallet.partner_id, program.program_id,
                      program.company_id, program.currency_id, due.earned_on, due.points,
                      due.points * program.cost AS value
                 FROM (%(dues)s) due
                 JOIN retail_points_wallet wallet ON wallet.id = due.wallet_id
                 JOIN %(costs)s ON program.program_id = wallet.program_id""",
            dues=SQL(" UNION ALL ").join(self._get_dues()),
            costs=self.env["loyalty.program"]._sql_point_costs(),
        )

    def _get_dues(self):
        """Rows of what is released, and of what expires, each with numbers of its own."""
        return [
            SQL(
                """SELECT lot.id * 2 AS id, 'release' AS kind, lot.release_on AS due_on, lot.id AS lot_id,
                          lot.wallet_id, lot.earned_on, lot.remaining AS points
                     FROM retail_points_lot lot
                    WHERE lot.remaining > 0 AND lot.is_pending AND lot.release_on IS NOT NULL"""
            ),
            SQL(
                """SELECT lot.id * 2 + 1, 'expiry', lot.last_day, lot.id, lot.wallet_id, lot.earned_on, lot.remaining
                     FROM (%s) lot WHERE lot.last_day IS NOT NULL""",
                self.env["retail.points.last.day"]._sql_lots(SQL("TRUE")),
            ),
        ]

    def action_open_wallet(self):
        return self.wallet_id.get_formview_action()
