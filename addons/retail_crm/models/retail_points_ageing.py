from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import SQL

from ..points.event import PointsEvent
from ..points.exact import ZERO

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
        self.env["retail.job"]._work_off(self._release_batch, self._expire_batch)

    @api.model
    def _release_batch(self, today=None):
        """Release pending lots whose day has come (4 queries). Returns how many.

        :param today: instead of the day it is in the shops of each company
        """
        first, last = self._get_days(today)
        by_day = SQL("lot.release_on")
        due = self._get_due(SQL("lot.is_pending AND lot.release_on <= %s", first), by_day)
        if not due and first < last:
            here = SQL("lot.release_on <= %s", self.env["retail.points.lot"]._sql_today())
            due = self._get_due_in_shops(SQL("lot.is_pending AND lot.release_on <= %s AND %s", last, here))
        self._age(due, "release")
        self._repay(due)
        return len(due)

    @api.model
    def _expire_batch(self, today=None):
        """Expire what is left of lots whose last day is over (4 queries). Debts are paid from them before."""
        first, last = self._get_days(today)
        by_day = SQL("lot.expires_on")
        due = self._get_due(SQL("lot.remaining > 0 AND lot.expires_on < %s", first), by_day)
        if not due:
            is_past = self.env["retail.points.lot"]._sql_is_past(today)
            dated = SQL("lot.expires_on >= %s AND lot.expires_on < %s", first, last)
            rolling = SQL("lot.expires_on IS NULL AND program.retail_expiry = 'rolling'")
            due = self._get_due_in_shops(
                SQL("lot.remaining > 0 AND (%s OR %s) AND %s", dated, rolling, is_past)
            )
        self._repay(due)
        self._age(due, "expire")
        return len(due)

    def _get_days(self, today):
        """The first and the last of the days it is now in the shops of all companies; mostly the same one."""
        if today:
            return today, today
        now = fields.Datetime.now().replace(tzinfo=timezone.utc)
        zones = {company.retail_tz for company in self.env["res.company"].sudo().search([])}
        days = [now.astimezone(ZoneInfo(zone)).date() for zone in zones]
        return min(days), max(days)

    def _get_due(self, condition, order):
        """Pairs of lot and wallet, of a batch of the lots that meet ``condition`` whatever their shop (1 query).

        In the ``order`` of an index: looking at all that is due for each batch takes longer than all the rest.
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT lot.id, lot.wallet_id FROM retail_points_lot lot WHERE %s ORDER BY %s LIMIT %s",
                condition,
                order,
                BATCH,
            )
        )

    def _get_due_in_shops(self, condition):
        """The same where the day, or the program, of the shop decides."""
        return self.env.execute_query(
            SQL(
                """SELECT lot.id, lot.wallet_id FROM retail_points_lot lot
                     JOIN retail_points_wallet wallet ON wallet.id = lot.wallet_id %s WHERE %s LIMIT %s""",
                self.env["retail.points.lot"]._sql_join_day(),
                condition,
                BATCH,
            )
        )

    def _age(self, due, kind):
        """Release or expire what is left of the lots ``due`` (1 query).

        Wallets are counted up like for any debit, so that nobody spends these lots at the same time.
        """
        self.env.cr.execute(
            SQL(
                """WITH due AS (SELECT id, wallet_id, remaining, is_pending FROM retail_points_lot
                                 WHERE id = ANY(%(lots)s)),
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
                   SELECT""",
                lots=[lot for lot, _wallet in due],
                is_release=kind == "release",
                kind=kind,
                now=fields.Datetime.now(),
                user=self.env.uid,
            )
        )
        self.env.invalidate_all(flush=False)

    def _repay(self, due):
        """Let wallets in debt pay from what they have now."""
        wallets = self.env["retail.points.wallet"].search(
            [("id", "in", [wallet for _lot, wallet in due]), ("debt", ">", 0)]
        )
        self.env["retail.points.booking"]._book(
            [
                PointsEvent(wallet, "settle", "repay", ZERO, wallet._new_key("settle"), lot_ids=(0,))
                for wallet in wallets
            ]
        )
