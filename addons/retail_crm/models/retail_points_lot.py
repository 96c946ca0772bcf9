from odoo import fields, models
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
    document_id = fields.Many2oneReference(model_field="document_model", readonly=True, string="Document")
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

    def _store(self, lots):
        """Write what ``lots`` of purses have come to (1 query)."""
        self.env.cr.execute(
            SQL(
                """UPDATE retail_points_lot lot SET remaining = changed.remaining, is_pending = changed.is_pending
                     FROM unnest(%s::int4[], %s::numeric[], %s::bool[]) changed (id, remaining, is_pending)
                    WHERE lot.id = changed.id""",
                [lot.id for lot in lots],
                [lot.remaining for lot in lots],
                [lot.is_pending for lot in lots],
            )
        )
        self.invalidate_model(["remaining", "is_pending"], flush=False)
