from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# what changes slowly is counted anew after so many days, and on full runs
COUNT_DAYS = 7
# how many customers a strategy reaches is counted over so many days
REACH_DAYS = 90


class RetailEffectBaseline(models.Model):
    """One row tells how much the customers of a strategy differ: what they brought in the last days, and before.

    Customers are those who were in the strategy's segment when the window began, else figures would show what the
    segment is made of; where nobody noted segments then, those who are in it now. From it follows how large an effect
    must be to be noticed.
    """

    _name = "retail.effect.baseline"
    _inherit = "retail.effect.sums"
    _description = "How much customers of a strategy differ"
    _order = "strategy_id, window_days"
    _rec_name = "strategy_id"

    members = fields.Integer(readonly=True, help="Customers of the strategy now.")
    # a lot is kept for good: who has one is no part of what begins now
    drawn_customers = fields.Integer(string="Customers with a lot", readonly=True)
    reached_customers = fields.Integer(
        readonly=True, help="To how many different customers something happened in the last days."
    )
    reached_days = fields.Integer(readonly=True, aggregator=None, help="So many last days.")

    _strategy_window_uniq = models.Constraint("UNIQUE(strategy_id, window_days)")

    @api.model
    def _is_due(self, company, as_of):
        """Whether the company's customers were never counted, or not lately (1 query)."""
        last = self.search([("company_id", "=", company.id)], limit=1).as_of
        return not last or as_of - last >= timedelta(days=COUNT_DAYS)

    @api.model
    def _replace(self, company, as_of):
        """Count anew, up to the day before ``as_of``, with the purchases that a run has at hand (1 statement)."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """DELETE FROM retail_effect_baseline WHERE company_id = %(company)s;
                   WITH member AS MATERIALIZED (%(members)s), brought AS MATERIALIZED (%(brought)s)
                   INSERT INTO retail_effect_baseline (company_id, strategy_id, as_of, window_days, members,
                                                       drawn_customers, reached_customers, reached_days, %(columns)s)
                   SELECT %(company)s, member.strategy_id, %(as_of)s, member.days,
                          COALESCE(min(now.members), 0), COALESCE(min(now.drawn), 0),
                          COALESCE(min(reached.customers), 0), COALESCE(min(reached.days), 0), %(sums)s
                     FROM member
                     LEFT JOIN (%(now)s) now ON now.strategy_id = member.strategy_id
                     LEFT JOIN (%(reached)s) reached ON reached.strategy_id = member.strategy_id
                     LEFT JOIN brought ON brought.partner_id = member.partner_id AND brought.days = member.days
                    GROUP BY member.strategy_id, member.days""",
                company=company.id,
                as_of=as_of,
                members=self._sql_members(company, as_of),
                brought=self._sql_brought(company, as_of),
                columns=self._sql_columns(),
                sums=self._sql_sums(),
                now=self._sql_now(company),
                reached=self._sql_reached(company, as_of),
            )
        )
        self.invalidate_model()

    def _sql_members(self, company, as_of) -> SQL:
        """Per window the customers and the strategy they had when it began."""
        return SQL(
            """SELECT span.days, profile.partner_id, COALESCE(strategy.id, profile.strategy_id) AS strategy_id
                 FROM retail_profile profile
                CROSS JOIN %(spans)s span
                 LEFT JOIN (%(past)s) past ON past.partner_id = profile.partner_id AND past.days = span.days
                 LEFT JOIN retail_strategy strategy ON strategy.company_id = profile.company_id
                                                   AND strategy.segment_id = past.segment_id
                WHERE profile.company_id = %(company)s
                  AND COALESCE(strategy.id, profile.strategy_id) IS NOT NULL""",
            spans=self._sql_spans(),
            past=self._sql_past(company, as_of),
            company=company.id,
        )

    def _sql_past(self, company, as_of) -> SQL:
        """Per window and customer the segment at its beginning: of the last change before, else of the first after."""
        return SQL(
            """SELECT DISTINCT ON (span.days, change.partner_id) span.days, change.partner_id,
                      CASE WHEN start.day >= change.day THEN change.to_segment_id
                           ELSE COALESCE(change.from_segment_id, change.to_segment_id) END AS segment_id
                 FROM retail_profile_change change
                CROSS JOIN %(spans)s span
                CROSS JOIN LATERAL (SELECT %(as_of)s::date - span.days AS day) start
                WHERE change.company_id = %(company)s
                ORDER BY span.days, change.partner_id, start.day >= change.day DESC, abs(start.day - change.day),
                         CASE WHEN start.day >= change.day THEN -change.id ELSE change.id END""",
            spans=self._sql_spans(),
            as_of=as_of,
            company=company.id,
        )

    def _sql_brought(self, company, as_of) -> SQL:
        """Per customer and window what was brought in the last days, and in as many before."""
        return SQL(
            """SELECT fact.partner_id, span.days, %(amounts)s
                 FROM %(facts)s fact
                 JOIN %(spans)s span ON fact.day >= %(as_of)s::date - 2 * span.days
                WHERE fact.day < %(as_of)s AND fact.known_on < %(as_of)s
                GROUP BY fact.partner_id, span.days""",
            amounts=self._sql_amounts(SQL("fact.day >= %s::date - span.days", as_of)),
            facts=self.env["retail.purchase.facts"]._get_all(company),
            spans=self._sql_spans(),
            as_of=as_of,
        )

    @staticmethod
    def _sql_now(company) -> SQL:
        """Customers of each strategy, and those of them who have a lot."""
        return SQL(
            """SELECT profile.strategy_id, count(*) AS members, count(lot.id) AS drawn
                 FROM retail_profile profile
                 LEFT JOIN retail_holdout lot ON lot.partner_id = profile.partner_id
                       AND lot.strategy_id = profile.strategy_id AND lot.company_id = profile.company_id
                WHERE profile.company_id = %s AND profile.strategy_id IS NOT NULL GROUP BY profile.strategy_id""",
            company.id,
        )

    @staticmethod
    def _sql_reached(company, as_of) -> SQL:
        """Customers with an action, whoever was left alone included, and over how many days they came; without those
        who had their lot before."""
        return SQL(
            """SELECT action.strategy_id, count(DISTINCT action.partner_id) AS customers,
                      GREATEST(%(as_of)s::date - min(action.decided_on), 1) AS days
                 FROM retail_action action
                WHERE action.company_id = %(company)s AND action.event <> 'manual' AND action.strategy_id IS NOT NULL
                  AND action.decided_on >= %(as_of)s::date - %(days)s AND action.decided_on <= %(as_of)s
                  AND NOT EXISTS (SELECT FROM retail_holdout lot
                                   WHERE lot.partner_id = action.partner_id AND lot.strategy_id = action.strategy_id
                                     AND lot.company_id = action.company_id
                                     AND lot.drawn_on < %(as_of)s::date - %(days)s)
                GROUP BY action.strategy_id""",
            company=company.id,
            as_of=as_of,
            days=REACH_DAYS,
        )
