from odoo import api, fields, models
from odoo.tools import SQL

from ..points.exact import DIGITS


class RetailPointsOpeningReport(models.Model):
    """One row is what the ledger took over of a program when it began, and what was strange about it."""

    _name = "retail.points.opening.report"
    _description = "Opening of the points ledger"
    _order = "moment desc, id desc"
    _log_access = False
    _rec_name = "program_id"

    program_id = fields.Many2one(
        "loyalty.program", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="program_id.company_id")
    point_name = fields.Char(related="program_id.portal_point_name")
    moment = fields.Datetime(string="Taken over on", required=True, readonly=True)
    card_count = fields.Integer(string="Cards", readonly=True)
    wallet_count = fields.Integer(
        string="Wallets", readonly=True, help="One for each customer, whatever the number of cards."
    )
    points = fields.Float(digits=DIGITS, readonly=True, help="Balances above zero, as customers saw them.")
    debt = fields.Float(
        digits=DIGITS, readonly=True, help="Balances below zero: the next points earned repay them."
    )
    order_count = fields.Integer(
        string="Orders",
        readonly=True,
        help="Confirmed before: what they earned and used is in the balances, and they keep the rules of Odoo.",
    )
    duplicate_count = fields.Integer(
        string="Second cards",
        readonly=True,
        help="Of one customer: archived, their points are in the wallet.",
    )
    strange_count = fields.Integer(
        string="Impossible balances",
        readonly=True,
        help="No number, or beyond any bound: counted as nothing.",
    )
    debt_count = fields.Integer(string="Balances below zero", readonly=True)
    card_ids = fields.One2many(
        "retail.points.opening.card", "report_id", string="Cards to look at", readonly=True
    )
    uses_recommended_rules = fields.Boolean(related="program_id.retail_uses_recommended_rules")

    def action_open_moves(self):
        """The opening balances, card by card."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_points_move_action")
        return {
            **action,
            "domain": [("kind", "=", "opening"), ("wallet_id.program_id", "=", self.program_id.id)],
            "context": {},
        }

    def action_use_recommended_rules(self):
        return self.program_id.action_use_recommended_rules()

    @api.model
    def _write_down(self):
        """One report for each program in the work table of the opening (1 query)."""
        self.env.cr.execute(
            SQL(
                """WITH report AS (
                       INSERT INTO retail_points_opening_report (
                              program_id, moment, card_count, wallet_count, points, debt,
                              duplicate_count, strange_count, debt_count, order_count)
                       SELECT program_id, %(now)s, count(*), count(DISTINCT wallet_id),
                              COALESCE(sum(points) FILTER (WHERE points > 0), 0),
                              COALESCE(-sum(points) FILTER (WHERE points < 0), 0),
                              count(*) FILTER (WHERE is_duplicate), count(*) FILTER (WHERE is_strange),
                              count(*) FILTER (WHERE points < 0),
                              (SELECT count(DISTINCT entry.order_id)
                                 FROM sale_order_coupon_points entry
                                 JOIN points_opening own ON own.card_id = entry.coupon_id
                                 JOIN sale_order sale ON sale.id = entry.order_id AND sale.state = 'sale'
                                WHERE own.program_id = opening.program_id)
                         FROM points_opening opening GROUP BY program_id RETURNING id, program_id)
                   INSERT INTO retail_points_opening_card (report_id, card_id, wallet_id, what, balance)
                   SELECT report.id, card_id, wallet_id,
                          CASE WHEN is_strange THEN 'strange' WHEN points < 0 THEN 'debt' ELSE 'duplicate' END,
                          CASE balance WHEN 'NaN' THEN %(no_number)s ELSE balance END
                     FROM points_opening opening JOIN report ON report.program_id = opening.program_id
                    WHERE is_strange OR points < 0 OR is_duplicate""",
                now=fields.Datetime.now(),
                no_number=self.env._("not a number"),
            )
        )
