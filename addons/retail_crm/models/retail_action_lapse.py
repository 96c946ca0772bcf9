from odoo import api, models
from odoo.tools import SQL


class RetailAction(models.Model):
    """What is no longer due ends by itself: nobody calls a customer who has bought again because she had not."""

    _inherit = "retail.action"

    @api.model
    def _lapse_conditions(self, day):
        """Hook: ``{event: SQL}``, a condition on ``action`` and ``profile`` (all NULL where the customer has none).

        An event without one stays open until somebody has seen to it.
        """
        is_elsewhere = SQL("profile.strategy_id IS DISTINCT FROM action.strategy_id")
        return {
            "entered": is_elsewhere,
            "left": SQL("profile.strategy_id = action.strategy_id"),
            "stayed": is_elsewhere,
            "slipping": SQL("(%s OR %s)", is_elsewhere, self._sql_has_bought(3)),
            "near_upgrade": is_elsewhere,
            "contact_overdue": SQL(
                "(%s OR %s OR %s)", is_elsewhere, self._sql_has_bought(2), self._sql_was_contacted()
            ),
            "points_expiring": self._sql_points_are_gone(day),
            "delivery_late": SQL(
                """NOT EXISTS (SELECT FROM stock_picking picking
                                WHERE picking.id = action.res_id AND picking.state NOT IN ('done', 'cancel'))"""
            ),
        }

    @staticmethod
    def _sql_has_bought(part) -> SQL:
        """The customer bought after the event, or on its day after it was noticed: after the day that is ``part`` of
        the key."""
        return SQL(
            """(profile.last_purchase_date > action.event_on
                OR profile.last_purchase_date::text > NULLIF(split_part(action.event_key, ':', %s), ''))""",
            part,
        )

    @staticmethod
    def _sql_was_contacted() -> SQL:
        """Somebody has seen to another action of the customer since."""
        return SQL(
            """EXISTS (SELECT FROM retail_action other
                        WHERE other.partner_id = action.partner_id AND other.company_id = action.company_id
                          AND other.state = 'done' AND other.done_on::date >= action.event_on)"""
        )

    @staticmethod
    def _sql_points_are_gone(day) -> SQL:
        """Nothing is left that could expire, or the last day (second part of the key) is over."""
        return SQL(
            """(NOT EXISTS (SELECT FROM retail_points_lot lot
                             WHERE lot.wallet_id = action.res_id AND lot.remaining > 0)
                OR split_part(action.event_key, ':', 2)::date < %s)""",
            day,
        )

    @api.model
    def _lapse(self, company, day):
        """End the open actions of ``company`` that are no longer due (1 statement). Returns how many."""
        self.env.flush_all()
        cases = SQL(" ").join(
            SQL("WHEN %s THEN %s", event, condition)
            for event, condition in self._lapse_conditions(day).items()
        )
        self.env.cr.execute(
            SQL(
                """UPDATE retail_action ending
                      SET state = 'lapsed', done_on = %(now)s,
                          closed_on = CASE WHEN ending.measured_on IS NOT NULL THEN %(day)s::date END
                     FROM retail_action action
                     LEFT JOIN retail_profile profile
                       ON profile.partner_id = action.partner_id AND profile.company_id = action.company_id
                    WHERE ending.id = action.id AND action.state = 'open' AND action.company_id = %(company)s
                      AND CASE action.event %(cases)s ELSE FALSE END""",
                now=self.env.cr.now().replace(microsecond=0),
                day=day,
                company=company.id,
                cases=cases,
            )
        )
        count = self.env.cr.rowcount
        if count:
            self.invalidate_model(flush=False)
        return count
