from odoo import api, models
from odoo.tools import SQL

# actions measured in one transaction
BATCH = 5_000


class RetailAction(models.Model):
    """What came of an action: what the customer bought in the window after the event, whatever was done."""

    _inherit = "retail.action"

    @api.model
    def _measure(self, company, day, limit=BATCH):
        """Fill revenue and contribution of the next actions whose window was over before ``day``; returns how many.

        Counted are purchases of a day after ``event_on`` up to ``window_until``, as they were known at its end, so
        measuring later gives the same. 2 statements; the documents of these customers only are read.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT id, partner_id FROM retail_action
                    WHERE company_id = %s AND measured_on IS NULL AND window_until < %s ORDER BY id LIMIT %s""",
                company.id,
                day,
                limit,
            )
        )
        if not rows:
            return 0
        self.env.cr.execute(self._sql_measure(rows, company, day))
        self.invalidate_model(flush=False)
        return len(rows)

    def _sql_measure(self, rows, company, day) -> SQL:
        return SQL(
            """WITH purchase AS MATERIALIZED (%(purchases)s),
                    bought AS (
                        SELECT action.id, sum(purchase.revenue) AS revenue, sum(purchase.contribution) AS contribution
                          FROM retail_action action
                          JOIN purchase ON purchase.partner_id = action.partner_id
                                       AND purchase.day > action.event_on
                                       AND purchase.day <= action.window_until
                                       AND purchase.known_on <= action.window_until
                         WHERE action.id = ANY(%(ids)s) GROUP BY action.id)
               UPDATE retail_action action
                  SET revenue = round(COALESCE(bought.revenue, 0)::numeric, %(digits)s),
                      contribution = round(COALESCE(bought.contribution, 0)::numeric, %(digits)s),
                      measured_on = %(day)s,
                      closed_on = CASE WHEN action.state <> 'open' THEN %(day)s END
                 FROM retail_action this LEFT JOIN bought ON bought.id = this.id
                WHERE this.id = ANY(%(ids)s) AND action.id = this.id""",
            purchases=self.env["retail.purchase.facts"]._sql_facts(
                company, sorted({partner for _action, partner in rows})
            ),
            ids=[action for action, _partner in rows],
            digits=company.currency_id.decimal_places,
            day=day,
        )
