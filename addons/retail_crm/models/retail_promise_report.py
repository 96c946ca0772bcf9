from odoo import fields, models
from odoo.tools import SQL


class RetailPromiseReport(models.Model):
    """One row is a promise; what was moved or withdrawn is counted, but neither kept nor broken.

    A query, nothing is stored. ``broken_share`` and ``late_hours`` are empty where they do not apply, so that their
    averages are over those that ended, and over those that were late.
    """

    _name = "retail.promise.report"
    _description = "Promises kept and broken"
    _auto = False
    _order = "due_on desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "retail.promise": [
            "company_id",
            "due_on",
            "keeper_id",
            "kept_at",
            "kind",
            "late_hours",
            "made_by_id",
            "partner_id",
            "segment_id",
            "source",
            "state",
            "strategy_id",
        ],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    keeper_id = fields.Many2one("res.users", readonly=True)
    made_by_id = fields.Many2one("res.users", string="Promised by", readonly=True)
    segment_id = fields.Many2one("retail.segment", string="Segment then", readonly=True)
    strategy_id = fields.Many2one("retail.strategy", string="Strategy then", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self.env["retail.promise"]._fields["kind"]._description_selection(self.env),
        string="Kind of promise",
        readonly=True,
    )
    state = fields.Selection(
        selection=lambda self: self.env["retail.promise"]._fields["state"]._description_selection(self.env),
        readonly=True,
    )
    due_on = fields.Date(string="Due day", readonly=True)
    promise_count = fields.Integer(string="Promises", readonly=True)
    kept_count = fields.Integer(string="Kept", readonly=True)
    broken_count = fields.Integer(string="Broken", readonly=True)
    moved_count = fields.Integer(string="Moved", readonly=True)
    withdrawn_count = fields.Integer(string="Withdrawn", readonly=True)
    broken_share = fields.Float(
        string="Share broken (%)",
        readonly=True,
        aggregator="avg",
        digits=(5, 1),
        help="Of those kept or broken; open, moved and withdrawn ones do not count.",
    )
    late_hours = fields.Float(
        string="Hours late",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Of those that were done after their time.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """SELECT id, company_id, partner_id, keeper_id, made_by_id, segment_id, strategy_id, kind, state, due_on,
                      1 AS promise_count, (state = 'kept')::int4 AS kept_count,
                      (state = 'broken')::int4 AS broken_count, (state = 'moved')::int4 AS moved_count,
                      (state = 'withdrawn')::int4 AS withdrawn_count,
                      CASE state WHEN 'broken' THEN 100.0 WHEN 'kept' THEN 0.0 END AS broken_share,
                      CASE WHEN state = 'broken' AND kept_at IS NOT NULL THEN late_hours END AS late_hours
                 FROM retail_promise"""
        )
