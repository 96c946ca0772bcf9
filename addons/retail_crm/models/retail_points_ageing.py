import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..points.event import PointsEvent
from ..points.exact import ZERO

_logger = logging.getLogger(__name__)

BATCH = 20000


class RetailPointsAgeing(models.AbstractModel):
    """What time does to points: pending ones are released, old ones expire. Set-based, and resumable after each batch.

    Run twice, killed half-way or with the clock set back, nothing happens twice: what is done is no longer due.
    """

    _name = "retail.points.ageing"
    _description = "Release and expiry of points"

    @api.model
    def _cron_age(self):
        """Release first: what is released on its last day could be spent that day."""
        for step in (self._release_batch, self._expire_batch):
            total = 0
            while done := self.env["retail.job"]._retrying(step):
                total += done
                if not self.env["ir.cron"]._commit_progress(done):
                    return
            if total:
                _logger.info("points: %s, %s lots", step.__name__, total)

    @api.model
    def _release_batch(self, today=None):
        """Release pending lots whose day has come (3 queries). Returns how many.

        :param today: instead of the day it is in the shops of each company
        """
        condition = SQL(
            "lot.is_pending AND lot.release_on <= %s AND lot.release_on <= %s",
            today or self._get_latest_day(),
            self.env["retail.points.lot"]._sql_today(today),
        )
        self.env.flush_all()
        done = self._age(condition, "release")
        self._repay(done)
        return len(done)

    @api.model
    def _expire_batch(self, today=None):
        """Expire what is left of lots whose last day is over (3 queries). Debts are paid from them before."""
        condition = SQL(
            """lot.remaining > 0 AND %s
               AND (lot.expires_on < %s OR lot.expires_on IS NULL AND program.retail_expiry = 'rolling')""",
            self.env["retail.points.lot"]._sql_is_past(today),
            today or self._get_latest_day(),
        )
        self.env.flush_all()
        self._repay(self.env.execute_query(SQL("SELECT lot.wallet_id FROM %s", self._sql_due(condition))))
        return len(self._age(condition, "expire"))

    @staticmethod
    def _get_latest_day():
        """The day it is where it is latest: what an index can be searched by, whatever the time zone of the shops."""
        return fields.Date.add(fields.Date.today(), days=1)

    def _sql_due(self, condition) -> SQL:
        return SQL(
            """retail_points_lot lot
               JOIN retail_points_wallet wallet ON wallet.id = lot.wallet_id %s
              WHERE %s ORDER BY lot.wallet_id, lot.id LIMIT %s""",
            self.env["retail.points.lot"]._sql_join_day(),
            condition,
            BATCH,
        )

    def _age(self, condition, kind):
        """Release or expire the lots that meet ``condition``. Returns rows whose first column is the wallet (1 query).

        Wallets are counted up like for any debit, so that nobody spends these lots at the same time.
        """
        rows = self.env.execute_query(
            SQL(
                """WITH due AS (SELECT lot.id, lot.wallet_id, lot.remaining, lot.is_pending FROM %(due)s),
                   locked AS (
                       UPDATE retail_points_wallet wallet SET debit_count = debit_count + 1
                        WHERE id IN (SELECT wallet_id FROM due) RETURNING wallet.id, wallet.debit_count),
                   changed AS (
                       UPDATE retail_points_lot lot
                          SET is_pending = %(is_release)s IS FALSE AND lot.is_pending,
                              remaining = CASE WHEN %(is_release)s THEN lot.remaining ELSE 0 END
                         FROM due WHERE lot.id = due.id),
                   moved AS (
                       INSERT INTO retail_points_move (wallet_id, lot_id, kind, amount, available_amount, source_key,
                                                       part, moment, user_id)
                       SELECT due.wallet_id, due.id, %(kind)s,
                              CASE WHEN %(is_release)s THEN 0 ELSE -due.remaining END,
                              CASE WHEN %(is_release)s THEN due.remaining
                                   WHEN due.is_pending THEN 0 ELSE -due.remaining END,
                              %(kind)s || ':' || due.id || ':' || locked.debit_count, 1, %(now)s, %(user)s
                         FROM due JOIN locked ON locked.id = due.wallet_id WHERE due.remaining > 0)
                   SELECT wallet_id, id FROM due""",
                due=self._sql_due(condition),
                is_release=kind == "release",
                kind=kind,
                now=fields.Datetime.now(),
                user=self.env.uid,
            )
        )
        self.env.invalidate_all(flush=False)
        return rows

    def _repay(self, rows):
        """Let wallets in debt pay from what they have now."""
        wallets = self.env["retail.points.wallet"].search(
            [("id", "in", [row[0] for row in rows]), ("debt", ">", 0)]
        )
        self.env["retail.points.booking"]._book(
            [
                PointsEvent(wallet, "settle", "repay", ZERO, wallet._new_key("settle"), lot_ids=(0,))
                for wallet in wallets
            ]
        )
