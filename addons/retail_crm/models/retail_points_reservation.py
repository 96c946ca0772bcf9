from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..points.exact import DIGITS


class RetailPointsReservation(models.Model):
    """One row is points that a quotation means to use: nobody else can spend them until the reservation ends."""

    _name = "retail.points.reservation"
    _description = "Points reserved by a quotation"
    _order = "id"

    order_id = fields.Many2one(
        "sale.order", string="Quotation", required=True, readonly=True, index=True, ondelete="cascade"
    )
    wallet_id = fields.Many2one("retail.points.wallet", required=True, readonly=True, ondelete="cascade")
    amount = fields.Float(string="Points", digits=DIGITS, required=True, readonly=True)
    expires_at = fields.Datetime(string="Until", required=True, readonly=True)

    _order_wallet_uniq = models.Constraint(
        "UNIQUE(order_id, wallet_id)", "The quotation has reserved points of this wallet already."
    )
    _wallet_idx = models.Index("(wallet_id, expires_at)")

    @api.model
    def _reserve(self, order, wallet, amount):
        """Hold ``amount`` for ``order`` (3 queries): the wallet is locked like for a debit, and only then looked at.

        :raise UserError: others have spent or reserved it
        """
        purse = self.env["retail.points.booking"]._open_purses(wallet)[wallet.id]
        others = purse.get_held_by_others(order.id)
        gained = order._get_points_of_own(wallet)
        if amount > purse.usable + gained - others:
            raise UserError(
                self.env._(
                    "%(customer)s has not enough points left: others are reserved by another quotation.",
                    customer=order.partner_id.display_name,
                )
            )
        hours = wallet.program_id.retail_reservation_hours
        values = {
            "amount": float(amount),
            "expires_at": fields.Datetime.now() + timedelta(hours=hours),
        }
        own = self.search([("order_id", "=", order.id), ("wallet_id", "=", wallet.id)])
        if own:
            own.write(values)
        else:
            self.create({"order_id": order.id, "wallet_id": wallet.id, **values})
        wallet.invalidate_recordset(["held"])

    @api.model
    def _move(self, source, target):
        """Quotations hold in ``target`` from now on what they held in ``source`` (1 query)."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE retail_points_reservation held SET wallet_id = %(target)s
                    WHERE wallet_id = %(source)s AND NOT EXISTS (
                          SELECT FROM retail_points_reservation other
                           WHERE other.wallet_id = %(target)s AND other.order_id = held.order_id)""",
                source=source.id,
                target=target.id,
            )
        )
        self.invalidate_model(["wallet_id"], flush=False)
        self.env["retail.points.wallet"].invalidate_model(["reservation_ids", "held"], flush=False)

    @api.autovacuum
    def _gc_ended(self):
        self.search([("expires_at", "<", fields.Datetime.now() - timedelta(days=1))]).unlink()
