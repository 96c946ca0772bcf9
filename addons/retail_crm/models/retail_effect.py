from odoo import api, fields, models
from odoo.tools import SQL


class RetailEffect(models.Model):
    """One row is a side of a comparison: customers whose lot was the same, and what they brought in the days after.

    The lot decides, not who was really spoken to (intention to treat), so nothing but chance lies between both sides.
    Days run from the day of the draw, which counts as after; customers whose window is not over have no part yet. The
    row's event and kind are those of the first action, for which the lot was drawn: what happens later may be an
    effect itself.
    """

    _name = "retail.effect"
    _inherit = "retail.effect.sums"
    _description = "Customers treated and left alone"
    _order = "drawn_month desc, strategy_id, window_days, is_held_out, id"
    _rec_name = "strategy_id"

    drawn_month = fields.Date(string="Drawn in", readonly=True, help="First day of the month.")
    event = fields.Selection(
        selection=lambda self: self.env["retail.action"]._fields["event"]._description_selection(self.env),
        string="Because",
        readonly=True,
    )
    kind = fields.Selection(
        selection=lambda self: self.env["retail.action"]._fields["kind"]._description_selection(self.env),
        string="Kind of action",
        readonly=True,
    )
    share = fields.Float(string="Hold-out (%)", readonly=True, aggregator=None)
    is_held_out = fields.Boolean(string="Left alone", readonly=True)
    reached_customers = fields.Integer(
        readonly=True, help="For whom an action of the strategy was done in the window."
    )
    action_cost = fields.Float(string="Cost of actions", readonly=True, help="Of those done in the window.")

    _company_idx = models.Index("(company_id, window_days, drawn_month)")

    @api.model
    def _replace(self, company, as_of):
        """Count anew, up to the day before ``as_of``, with the purchases that a run has at hand (1 statement).

        Costs a look at ``retail.purchase.facts`` for those customers who have a lot.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """DELETE FROM retail_effect WHERE company_id = %(company)s;
                   WITH lot AS MATERIALIZED (%(lots)s), brought AS MATERIALIZED (%(brought)s)
                   INSERT INTO retail_effect (company_id, strategy_id, as_of, window_days, drawn_month, event, kind,
                                              share, is_held_out, reached_customers, action_cost, %(columns)s)
                   SELECT %(company)s, lot.strategy_id, %(as_of)s, span.days,
                          date_trunc('month', lot.drawn_on::timestamp)::date, lot.event, lot.kind, lot.share,
                          lot.is_held_out, count(*) FILTER (WHERE work.actions > 0), COALESCE(sum(work.cost), 0),
                          %(sums)s
                     FROM lot
                     JOIN %(spans)s span ON lot.drawn_on + span.days <= %(as_of)s
                     LEFT JOIN brought ON brought.lot_id = lot.id AND brought.days = span.days
                    CROSS JOIN LATERAL (%(work)s) work
                    GROUP BY lot.strategy_id, span.days, 5, lot.event, lot.kind, lot.share, lot.is_held_out""",
                company=company.id,
                as_of=as_of,
                lots=self._sql_lots(company),
                brought=self._sql_brought(company, as_of),
                columns=self._sql_columns(),
                sums=self._sql_sums(),
                spans=self._sql_spans(),
                work=self._sql_work(company),
            )
        )
        self.invalidate_model()

    @staticmethod
    def _sql_lots(company) -> SQL:
        """The lots, with the action they were drawn for."""
        return SQL(
            """SELECT lot.id, lot.strategy_id, lot.partner_id, lot.is_held_out, lot.share, lot.drawn_on,
                      first.event, first.kind
                 FROM retail_holdout lot
                 LEFT JOIN LATERAL (
                      SELECT action.event, action.kind FROM retail_action action
                       WHERE action.partner_id = lot.partner_id AND action.company_id = lot.company_id
                         AND action.strategy_id = lot.strategy_id AND action.decided_on = lot.drawn_on
                         AND action.event <> 'manual'
                       ORDER BY action.id LIMIT 1) first ON TRUE
                WHERE lot.company_id = %s""",
            company.id,
        )

    def _sql_brought(self, company, as_of) -> SQL:
        """Per lot and window what the customer brought in it, and in the as long time before it.

        As it was known at the end of each, so counting later gives the same.
        """
        return SQL(
            """SELECT lot.id AS lot_id, span.days, %(amounts)s
                 FROM lot
                 JOIN %(facts)s fact ON fact.partner_id = lot.partner_id
                 JOIN %(spans)s span
                   ON fact.day >= lot.drawn_on - span.days AND fact.day < lot.drawn_on + span.days
                  AND fact.known_on < CASE WHEN fact.day < lot.drawn_on THEN lot.drawn_on
                                           ELSE lot.drawn_on + span.days END
                WHERE lot.drawn_on + span.days <= %(as_of)s
                GROUP BY lot.id, span.days""",
            amounts=self._sql_amounts(SQL("fact.day >= lot.drawn_on")),
            facts=self.env["retail.purchase.facts"]._get_all(company),
            spans=self._sql_spans(),
            as_of=as_of,
        )

    @staticmethod
    def _sql_work(company) -> SQL:
        """Actions of the strategy that were done for the customer of ``lot`` in the window ``span``, and their cost.

        Days are those of the shops, as of the draw and of purchases.
        """
        return SQL(
            """SELECT count(*) AS actions, sum(rule.cost) AS cost
                 FROM retail_action action LEFT JOIN retail_action_rule rule ON rule.id = action.rule_id
                CROSS JOIN LATERAL (
                      SELECT (action.done_on AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date AS day) done
                WHERE action.partner_id = lot.partner_id AND action.company_id = %(company)s
                  AND action.strategy_id = lot.strategy_id AND action.state = 'done'
                  AND done.day >= lot.drawn_on AND done.day < lot.drawn_on + span.days""",
            company=company.id,
            zone=company.retail_tz,
        )
