from odoo import api, fields, models
from odoo.tools import SQL

from ..points.exact import DIGITS


class RetailPointsLot(models.Model):
    """One row is points of one origin, in the unit of the program: what is left of them and how long they last.

    ``remaining`` is the sum of the moves of the lot. Only the ledger writes it, with the wallet locked.
    """

    _name = "retail.points.lot"
    _description = "Points of one origin"
    # as they are spent
    _order = "wallet_id, expires_on, earned_on, id"

    wallet_id = fields.Many2one(
        "retail.points.wallet", required=True, index=True, ondelete="restrict", readonly=True
    )
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    program_id = fields.Many2one(related="wallet_id.program_id")
    amount = fields.Float(
        string="Points", digits=DIGITS, required=True, readonly=True, help="When the lot was made."
    )
    remaining = fields.Float(digits=DIGITS, required=True, readonly=True)
    is_pending = fields.Boolean(
        string="Pending", readonly=True, help="Promised, and cannot be spent until the day of release."
    )
    release_on = fields.Date(
        string="Released on", readonly=True, help="Pending points are released that day."
    )
    earned_on = fields.Date(required=True, readonly=True)
    expires_on = fields.Date(
        string="Last day",
        readonly=True,
        help="Can be spent until then. Empty: as long as the customer likes.",
    )
    document_model = fields.Char(readonly=True)
    document_id = fields.Many2oneReference(model_field="document_model", readonly=True)
    origin_id = fields.Many2one(
        "retail.points.lot",
        string="Came from",
        readonly=True,
        index="btree_not_null",
        help="Lot of a customer merged into this one.",
    )

    _remaining_not_negative = models.Constraint(
        "CHECK(remaining >= 0 AND remaining <> 'NaN')", "A lot cannot hold less than nothing."
    )
    _open_idx = models.Index("(wallet_id) WHERE remaining > 0")
    _document_idx = models.Index("(document_model, document_id)")
    _expiry_idx = models.Index("(expires_on) WHERE remaining > 0")
    _release_idx = models.Index("(release_on) WHERE is_pending")

    @api.model
    def _sql_join_day(self) -> SQL:
        """Join the ``program`` of ``wallet`` and ``root``, the company in whose shops days begin and end."""
        return SQL(
            """JOIN loyalty_program program ON program.id = wallet.program_id
               LEFT JOIN res_company company ON company.id = wallet.company_id
               LEFT JOIN res_company root ON root.id = split_part(company.parent_path, '/', 1)::int4"""
        )

    @api.model
    def _sql_zone(self) -> SQL:
        """The time zone of ``root``; that of the user's company for a program of all companies."""
        return SQL("COALESCE(root.retail_tz, %s)", self.env.company.root_id.sudo().retail_tz)

    @api.model
    def _sql_today(self, today=None) -> SQL:
        """The day it is in the shops of ``root``, or ``today`` when given."""
        if today:
            return SQL("%s::date", today)
        now = fields.Datetime.now()
        return SQL("(%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", now, self._sql_zone())

    @api.model
    def _sql_is_past(self, today=None) -> SQL:
        """Whether the last day of ``lot`` is over, or its ``program`` wants purchases and has seen none for too long.

        A lot with a last day of its own does not look at purchases: its points came back and were renewed.
        """
        return SQL(
            """(lot.expires_on < %(today)s
                OR program.retail_expiry = 'rolling' AND lot.expires_on IS NULL
                   AND lot.earned_on < %(today)s - program.retail_expiry_days
                   AND NOT EXISTS (SELECT FROM retail_points_move move
                                    WHERE move.wallet_id = lot.wallet_id AND move.kind IN ('earn', 'redeem')
                                      AND (move.moment AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date
                                          >= %(today)s - program.retail_expiry_days))""",
            today=self._sql_today(today),
            zone=self._sql_zone(),
        )

    @api.model
    def _flush_days(self):
        """Before raw SQL asks which lots are past."""
        self.flush_model()
        self.env["loyalty.program"].flush_model(["retail_expiry", "retail_expiry_days"])
        self.env["res.company"].flush_model(["retail_tz"])

    def _store(self, lots):
        """Write what ``lots`` of purses have come to (1 query)."""
        self.env.cr.execute(
            SQL(
                """UPDATE retail_points_lot lot
                      SET remaining = changed.remaining, is_pending = changed.is_pending,
                          expires_on = COALESCE(changed.renewed_until, lot.expires_on)
                     FROM unnest(%s::int4[], %s::numeric[], %s::bool[], %s::date[])
                          changed (id, remaining, is_pending, renewed_until)
                    WHERE lot.id = changed.id""",
                [lot.id for lot in lots],
                [lot.remaining for lot in lots],
                [lot.is_pending for lot in lots],
                [lot.expires_on for lot in lots],
            )
        )
        self.invalidate_model(["remaining", "is_pending", "expires_on"], flush=False)
