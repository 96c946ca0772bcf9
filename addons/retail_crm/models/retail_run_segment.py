from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Share of its entry value from which a customer is near a segment.
NEAR_SHARE = 0.8
# Value so little above the mark at which a segment ends makes its customer slip.
SLIP_MARGIN = 0.05


class RetailRunSegment(models.Model):
    """One row is what one segment held on the day of a completed run, and from which value on one belongs to it.

    A day computed again replaces its rows. Money in the company's currency. The two marks are those of the run's
    policy, said as a value instead of a percentile; empty where the policy asks for none (risk, the last segment) or
    where no customer reaches it.
    """

    _name = "retail.run.segment"
    _description = "Segment on a day"
    _order = "day desc, company_id, segment_id"
    _rec_name = "segment_id"
    _log_access = False

    run_id = fields.Many2one("retail.run", readonly=True, ondelete="set null", index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date(required=True, readonly=True)
    segment_id = fields.Many2one("retail.segment", required=True, readonly=True, ondelete="restrict")
    customers = fields.Integer(readonly=True)
    value = fields.Monetary(readonly=True, help="Value of its customers.")
    contribution = fields.Monetary(
        readonly=True, help="Contribution of its customers since their first purchase."
    )
    next_segment_id = fields.Many2one(
        "retail.segment",
        string="Next segment",
        readonly=True,
        ondelete="restrict",
        help="The value segment above this one.",
    )
    entry_value = fields.Monetary(
        string="Entered from", readonly=True, aggregator=None, help="Least value of those who would enter."
    )
    leave_value = fields.Monetary(
        string="Left below", readonly=True, aggregator=None, help="Least value of those who would stay."
    )

    _company_day_segment_uniq = models.Constraint("UNIQUE(company_id, day, segment_id)")

    @api.model
    def _store(self, run):
        """Note what each segment holds after ``run``, instead of what was noted for its day before (2 statements)."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """DELETE FROM retail_run_segment WHERE company_id = %(company)s AND day = %(day)s;
                   INSERT INTO retail_run_segment (run_id, company_id, day, segment_id, customers, value, contribution,
                                                   next_segment_id, entry_value, leave_value)
                   WITH total AS (
                       SELECT segment_id, count(*) AS customers, sum(value) AS value,
                              sum(contribution) AS contribution
                         FROM retail_profile WHERE company_id = %(company)s AND segment_id IS NOT NULL
                        GROUP BY segment_id),
                   mark AS (%(marks)s)
                   SELECT %(run)s, %(company)s, %(day)s, segment_id, COALESCE(customers, 0), COALESCE(value, 0),
                          COALESCE(contribution, 0), next_segment_id, entry_value, leave_value
                     FROM total FULL JOIN mark USING (segment_id)""",
                company=run.company_id.id,
                day=run.as_of,
                run=run.id,
                marks=self._sql_marks(run),
            )
        )
        self.invalidate_model()

    def _sql_marks(self, run) -> SQL:
        """Per value segment of the run's policy: the one above it, and the least values that enter and that stay."""
        return SQL(
            """SELECT band.segment_id, band.next_segment_id,
                      min(profile.value) FILTER (WHERE profile.value_percentile >= band.enter) AS entry_value,
                      min(profile.value) AS leave_value
                 FROM (SELECT segment_id, enter, leave,
                              lag(segment_id) OVER (ORDER BY sequence, id) AS next_segment_id
                         FROM retail_policy_band WHERE policy_id = %(policy)s AND kind = 'value') band
                 -- the last segment takes everybody, so there is no mark to reach
                 LEFT JOIN retail_profile profile
                        ON profile.company_id = %(company)s AND profile.value_percentile >= band.leave
                           AND band.enter > 0
                GROUP BY band.segment_id, band.next_segment_id""",
            policy=run.policy_id.id,
            company=run.company_id.id,
        )

    @api.model
    def _get_latest(self):
        """{(company, segment): row} of each company's last day, of the companies that the reader sees (2 queries)."""
        latest = self._read_group([], ["company_id"], ["day:max"])
        rows = self.search(
            Domain.OR(
                Domain("company_id", "=", company.id) & Domain("day", "=", day) for company, day in latest
            )
        )
        return {(row.company_id, row.segment_id): row for row in rows}

    def _get_near_value(self):
        """Value from which customers of the segment below are near this one."""
        return self.currency_id.round(self.entry_value * NEAR_SHARE)

    def _get_slip_value(self):
        """Value below which customers of this segment are about to leave it."""
        return self.currency_id.round(self.leave_value * (1 + SLIP_MARGIN))
