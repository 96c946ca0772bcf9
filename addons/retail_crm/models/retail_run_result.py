from odoo import api, fields, models
from odoo.tools import SQL

# Measured: chunks of this size cost a tenth more than one statement and keep every transaction below half a second.
CHUNK = 20_000
# as on the profile, so that nothing is converted on the way there
MONEY = (16, 2)
# what a result and a profile both say, under the same name
SCORES = (
    "computed_segment_id",
    "previous_segment_id",
    "pinned_segment_id",
    "segment_id",
    "strategy_id",
    "value",
    "value_percentile",
    "value_rank",
    "inactivity_risk",
    "payment_risk",
    "is_payment_risk",
    "was_payment_risk",
    "overdue_amount",
    "risk_level",
    "purchase_days",
    "first_purchase_date",
    "last_purchase_date",
    "revenue",
    "contribution",
    "is_cost_estimated",
    "expected_revenue",
    "horizon_weeks",
    "model_rung",
    "reason_code",
    "store_id",
)


class RetailRunResult(models.Model):
    """One row is a customer's new scores, computed by a run and not yet on the profile.

    A run computes all of them in one transaction and applies them in chunks; a killed run goes on with what is left.
    Rows disappear as they are applied.
    """

    _name = "retail.run.result"
    _description = "Scores waiting to be applied"
    _log_access = False

    # plain numbers: the rows live for seconds and are as many as the customers
    run_id = fields.Integer(required=True)
    partner_id = fields.Integer(required=True)
    is_gone = fields.Boolean(help="The customer has no purchase any more: the profile is deleted.")
    computed_segment_id = fields.Integer()
    previous_segment_id = fields.Integer()
    pinned_segment_id = fields.Integer()
    segment_id = fields.Integer()
    strategy_id = fields.Integer()
    value = fields.Float(digits=MONEY)
    value_percentile = fields.Float(digits=(4, 1))
    value_rank = fields.Integer()
    inactivity_risk = fields.Float(digits=(3, 2))
    payment_risk = fields.Float(digits=(3, 2))
    is_payment_risk = fields.Boolean()
    was_payment_risk = fields.Boolean()
    overdue_amount = fields.Float(digits=MONEY)
    risk_level = fields.Char()
    purchase_days = fields.Integer()
    first_purchase_date = fields.Date()
    last_purchase_date = fields.Date()
    revenue = fields.Float(digits=MONEY)
    contribution = fields.Float(digits=MONEY)
    is_cost_estimated = fields.Boolean()
    expected_revenue = fields.Float(digits=MONEY)
    horizon_weeks = fields.Integer()
    model_rung = fields.Char()
    reason_code = fields.Char()
    store_id = fields.Integer()

    _run_partner_idx = models.Index("(run_id, partner_id)")

    @api.model
    def _store(self, run, scores):
        """Keep ``scores``, a query of the columns ``SCORES`` and the customer, and note the profiles without one.

        3 statements. What an earlier run of the company left behind is forgotten: this one is newer.
        """
        self.env.cr.execute(
            SQL(
                """DELETE FROM retail_run_result
                    WHERE run_id IN (SELECT id FROM retail_run WHERE company_id = %(company)s);
                   INSERT INTO retail_run_result (run_id, partner_id, is_gone, %(names)s)
                   SELECT %(run)s, scores.partner_id, FALSE, %(score_names)s FROM (%(scores)s) scores;
                   INSERT INTO retail_run_result (run_id, partner_id, is_gone)
                   SELECT %(run)s, profile.partner_id, TRUE FROM retail_profile profile
                    WHERE profile.company_id = %(company)s
                      AND NOT EXISTS (SELECT FROM retail_run_result result
                                       WHERE result.run_id = %(run)s AND result.partner_id = profile.partner_id)""",
                run=run.id,
                company=run.company_id.id,
                scores=scores,
                names=self._sql_names(),
                score_names=self._sql_names("scores"),
            )
        )

    @api.model
    def _apply_chunk(self, run):
        """Move the next customers' scores to their profiles and note who changed segment.

        6 statements, whatever the number of customers. Applying the same results twice changes nothing.

        :return: (customers taken from the waiting rows, segment changes)
        """
        first, last, taken = self._find_chunk(run)
        if not taken:
            return 0, 0
        # the bounds stand on both sides of each join, so that no statement reads more than its chunk
        parts = {
            "run": run.id,
            "company": run.company_id.id,
            "as_of": run.as_of,
            "names": self._sql_names(),
            "chunk_names": self._sql_names("chunk"),
            "chunk": SQL("(SELECT * FROM retail_run_result WHERE %s)", self._sql_in_chunk(run, first, last)),
            "same_customer": SQL(
                """profile.partner_id = chunk.partner_id AND profile.company_id = %s
                   AND profile.partner_id BETWEEN %s AND %s""",
                run.company_id.id,
                first,
                last,
            ),
        }
        moved = self._execute(self._sql_log_changes(parts))
        self._execute(self._sql_update_profiles(parts))
        self._execute(self._sql_insert_profiles(parts))
        self._execute(self._sql_delete_profiles(parts))
        self._execute(SQL("DELETE FROM retail_run_result WHERE %s", self._sql_in_chunk(run, first, last)))
        self.env["retail.profile"].invalidate_model()
        self.env["retail.profile.change"].invalidate_model()
        return taken, moved

    def _find_chunk(self, run):
        """(first, last, number) of the next customers whose scores wait."""
        return self.env.execute_query(
            SQL(
                """SELECT min(partner_id), max(partner_id), count(*) FROM (
                       SELECT partner_id FROM retail_run_result WHERE run_id = %s ORDER BY partner_id LIMIT %s) next""",
                run.id,
                CHUNK,
            )
        )[0]

    def _execute(self, statement):
        self.env.cr.execute(statement)
        return self.env.cr.rowcount

    @staticmethod
    def _sql_in_chunk(run, first, last) -> SQL:
        return SQL("run_id = %s AND partner_id BETWEEN %s AND %s", run.id, first, last)

    @staticmethod
    def _sql_log_changes(parts) -> SQL:
        return SQL(
            """INSERT INTO retail_profile_change (partner_id, company_id, day, from_segment_id, to_segment_id, cause,
                                                  reason_code, value, value_percentile, inactivity_risk, run_id)
               SELECT chunk.partner_id, %(company)s, %(as_of)s, profile.segment_id, chunk.segment_id, 'run',
                      chunk.reason_code, chunk.value, chunk.value_percentile, chunk.inactivity_risk, %(run)s
                 FROM %(chunk)s chunk
                 JOIN res_partner partner ON partner.id = chunk.partner_id
                 LEFT JOIN retail_profile profile ON %(same_customer)s
                WHERE profile.segment_id IS DISTINCT FROM chunk.segment_id AND NOT chunk.is_gone""",
            **parts,
        )

    @staticmethod
    def _sql_update_profiles(parts) -> SQL:
        """Every row: the value of each customer decays from day to day."""
        return SQL(
            """UPDATE retail_profile profile
                  SET (%(names)s, run_id, as_of) = ROW(%(chunk_names)s, %(run)s, %(as_of)s::date)
                 FROM %(chunk)s chunk
                WHERE %(same_customer)s AND NOT chunk.is_gone""",
            **parts,
        )

    @staticmethod
    def _sql_insert_profiles(parts) -> SQL:
        return SQL(
            """INSERT INTO retail_profile (partner_id, company_id, run_id, as_of, %(names)s)
               SELECT chunk.partner_id, %(company)s, %(run)s, %(as_of)s, %(chunk_names)s
                 FROM %(chunk)s chunk
                 -- a customer deleted since the scores were computed
                 JOIN res_partner partner ON partner.id = chunk.partner_id
                WHERE NOT chunk.is_gone AND NOT EXISTS (SELECT FROM retail_profile profile WHERE %(same_customer)s)""",
            **parts,
        )

    @staticmethod
    def _sql_delete_profiles(parts) -> SQL:
        return SQL(
            """DELETE FROM retail_profile profile
                WHERE profile.company_id = %(company)s
                  AND profile.partner_id IN (SELECT chunk.partner_id FROM %(chunk)s chunk WHERE chunk.is_gone)""",
            **parts,
        )

    @staticmethod
    def _sql_names(alias=None) -> SQL:
        identifiers = (SQL.identifier(alias, name) if alias else SQL.identifier(name) for name in SCORES)
        return SQL(", ").join(identifiers)
