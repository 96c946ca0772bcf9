from odoo import api, fields, models
from odoo.tools import SQL

from ..points.event import PointsEvent
from ..points.exact import ZERO


class RetailPointsOpening(models.AbstractModel):
    _inherit = "retail.points.opening"

    @api.model
    def _book_imported(self, company, insert):
        """A lot and a movement for each row that the statement ``insert`` writes (2 queries for any number).

        Adding only inserts, as everywhere. Wallets in debt then repay from what they got.
        """
        self.env.flush_all()
        wallets = self.env.execute_query(self._sql_book_imported(company, insert))
        self.env.invalidate_all(flush=False)
        self._repay([wallet for (wallet,) in wallets])

    def _sql_book_imported(self, company, insert) -> SQL:
        return SQL(
            """WITH imported AS (%(insert)s RETURNING id, wallet_id, points, earned_on, expires_on, reference, note),
               -- once for each row, and so the same in both statements below
               numbered AS MATERIALIZED (
                   SELECT ordered.*, nextval('retail_points_lot_id_seq') AS lot_id
                     FROM (SELECT * FROM imported ORDER BY id) ordered),
               lot AS (
                   INSERT INTO retail_points_lot (id, wallet_id, amount, remaining, is_pending, earned_on, expires_on,
                                                  document_model, document_id,
                                                  create_uid, create_date, write_uid, write_date)
                   SELECT lot_id, wallet_id, points, points, FALSE, COALESCE(earned_on, %(today)s), expires_on,
                          'retail.points.history', id, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM numbered ORDER BY lot_id),
               move AS (
                   INSERT INTO retail_points_move (wallet_id, lot_id, kind, amount, available_amount, source_key, part,
                                                   moment, user_id, document_model, document_id, reason)
                   SELECT wallet_id, lot_id, 'opening', points, points, 'import:' || id, 1,
                          %(now)s, %(user)s, 'retail.points.history', id,
                          COALESCE(NULLIF(note, ''), NULLIF(reference, ''), %(reason)s)
                     FROM numbered ORDER BY lot_id)
               SELECT DISTINCT numbered.wallet_id FROM numbered
                 JOIN retail_points_wallet wallet ON wallet.id = numbered.wallet_id WHERE wallet.debt > 0""",
            insert=insert,
            today=self.env["retail.run"]._today(company.sudo()),
            user=self.env.uid,
            now=fields.Datetime.now(),
            reason=self.env._("Balance of another system, imported"),
        )

    def _repay(self, wallet_ids):
        wallets = self.env["retail.points.wallet"].browse(wallet_ids)
        self.env["retail.points.booking"]._book(
            [
                PointsEvent(wallet, "settle", "repay", ZERO, wallet._new_key("settle"), lot_ids=(0,))
                for wallet in wallets
            ]
        )
