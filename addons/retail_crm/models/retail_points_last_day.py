from odoo import api, models
from odoo.tools import SQL

from ..points.exact import to_points


class RetailPointsLastDay(models.AbstractModel):
    """Until when points can be used, as the nightly expiry will decide it (``retail.points.lot._sql_is_past``)."""

    _name = "retail.points.last.day"
    _description = "Last day of points"

    @api.model
    def _sql_last_days(self, which) -> SQL:
        """Rows (wallet_id, last_day, points) of lots that will expire, one for each wallet and day.

        A debt is paid before anything expires, from what expires first: what it will take is left out.

        :param which: condition on ``lot``, ``wallet`` and ``program``
        """
        return SQL(
            """SELECT wallet_id, last_day, LEAST(points, cumulated - debt) AS points
                 FROM (SELECT wallet_id, last_day, debt, sum(remaining) AS points,
                              sum(sum(remaining)) OVER (PARTITION BY wallet_id ORDER BY last_day) AS cumulated
                         FROM (%s) lot WHERE last_day IS NOT NULL GROUP BY wallet_id, last_day, debt) by_day
                WHERE cumulated > debt""",
            self._sql_lots(which),
        )

    @api.model
    def _sql_lots(self, which) -> SQL:
        """Open lots that meet the condition, each with its last day (NULL: none)."""
        Lots = self.env["retail.points.lot"]
        return SQL(
            """SELECT lot.id, lot.wallet_id, lot.earned_on, wallet.debt, lot.remaining,
                      CASE WHEN lot.expires_on IS NULL AND program.retail_expiry = 'rolling'
                           THEN GREATEST(lot.earned_on, activity.day) + program.retail_expiry_days
                           ELSE lot.expires_on END AS last_day
                 FROM retail_points_lot lot
                 JOIN retail_points_wallet wallet ON wallet.id = lot.wallet_id %(join_day)s
                 LEFT JOIN LATERAL (
                     SELECT (max(move.moment) AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day
                       FROM retail_points_move move
                      WHERE program.retail_expiry = 'rolling' AND lot.expires_on IS NULL
                        AND move.wallet_id = lot.wallet_id AND move.kind IN ('earn', 'redeem')) activity ON TRUE
                WHERE lot.remaining > 0 AND %(which)s""",
            join_day=Lots._sql_join_day(),
            zone=Lots._sql_zone(),
            which=which,
        )

    @api.model
    def _get_last_days(self, wallet):
        """``[(last day, points)]`` of the wallet from today on, the nearest first (1 query)."""
        self.env["retail.points.lot"]._flush_days()
        rows = self.env.execute_query(
            SQL(
                "SELECT last_day, points FROM (%s) by_day WHERE last_day >= %s ORDER BY last_day",
                self._sql_last_days(SQL("wallet.id = %s", wallet.id)),
                wallet.program_id._get_today(),
            )
        )
        return [(day, to_points(points)) for day, points in rows]
