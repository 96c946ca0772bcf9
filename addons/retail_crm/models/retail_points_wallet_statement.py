from odoo import api, fields, models
from odoo.tools import SQL

from .retail_points_statement import PAGE


class RetailPointsWallet(models.Model):
    """What the screens show of wallets."""

    _inherit = "retail.points.wallet"

    @api.readonly
    def get_statement(self, date_from=None, date_to=None, offset=0, limit=PAGE):
        """What came and went from one day to another, in some 12 queries whatever the number of movements.

        :param date_from: first day, of the company; None: from the beginning
        :param date_to: last day; None: until now
        :param offset: events to leave out, newest first
        :return: dict of ``opening``, ``lines`` (by kind), ``closing``, ``events`` (newest first, ``limit`` of them) and
            ``event_count``; each with ``points``, what of them can be spent (``available``), and ``debt``
        :raise AccessError: the user may not see the wallet
        :raise UserError: a day cannot be read
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["retail.points.statement"]._get_statement(self, date_from, date_to, offset, limit)

    @api.readonly
    def get_summary(self):
        """What there is now: the figures of :meth:`_get_figures`, the ``tier``, and what expires when (``expiries``).

        Some 6 queries, and those of the tiers.

        :raise AccessError: the user may not see the wallet
        """
        self.ensure_one()
        self.check_access("read")
        return self.env["retail.points.statement"]._get_summary(self)

    def _get_zone(self):
        """The time zone that tells the shop's days."""
        return (self.sudo().company_id or self.env.company).root_id.retail_tz

    def _get_today_of_shop(self):
        return fields.Date.context_today(self.with_context(tz=self._get_zone()))

    def _get_figures(self):
        """``{wallet id: dict}`` of what these wallets hold now, for any number of them in 2 queries.

        ``available``, ``pending``, ``debt``, ``reserved`` (of what is available), and ``next_expiry`` and
        ``next_release``: ``day`` and ``points`` (None without one).
        """
        self.env.flush_all()
        figures = {
            wallet: {
                "available": float(available),
                "pending": float(pending),
                "debt": float(debt),
                "reserved": float(reserved),
                "next_expiry": None,
                "next_release": None,
            }
            for wallet, available, pending, debt, reserved in self.env.execute_query(self._sql_figures())
        }
        for wallet, name, day, points in self.env.execute_query(self._sql_next_days()):
            figures[wallet][name] = {"day": day, "points": float(points)}
        return figures

    def _sql_figures(self) -> SQL:
        return SQL(
            """SELECT wallet.id, COALESCE(lots.available, 0) - wallet.debt, COALESCE(lots.pending, 0), wallet.debt,
                      COALESCE((SELECT sum(held.amount) FROM retail_points_reservation held
                                 WHERE held.wallet_id = wallet.id AND held.expires_at > %(now)s), 0)
                 FROM retail_points_wallet wallet
                 LEFT JOIN (SELECT wallet_id, sum(remaining) FILTER (WHERE NOT is_pending) AS available,
                                   sum(remaining) FILTER (WHERE is_pending) AS pending
                              FROM retail_points_lot WHERE remaining > 0 AND wallet_id = ANY(%(wallets)s)
                             GROUP BY 1) lots ON lots.wallet_id = wallet.id
                WHERE wallet.id = ANY(%(wallets)s)""",
            now=fields.Datetime.now(),
            wallets=self.ids,
        )

    def _sql_next_days(self) -> SQL:
        """The first day on which something expires, and is released, with the points of that day."""
        return SQL(
            """SELECT DISTINCT ON (wallet_id, name) wallet_id, name, day, points
                 FROM (SELECT wallet_id, 'next_expiry' AS name, last_day AS day, points FROM (%(last_days)s) by_day
                       UNION ALL
                       SELECT wallet_id, 'next_release', release_on, sum(remaining)
                         FROM retail_points_lot
                        WHERE remaining > 0 AND is_pending AND release_on IS NOT NULL
                          AND wallet_id = ANY(%(wallets)s) GROUP BY 1, 3) due
                ORDER BY wallet_id, name, day""",
            last_days=self.env["retail.points.last.day"]._sql_last_days(SQL("wallet.id = ANY(%s)", self.ids)),
            wallets=self.ids,
        )
