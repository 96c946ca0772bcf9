from odoo import api, fields, models
from odoo.tools import SQL

# Measured: chunks of this size cost a tenth more than one statement and keep every transaction below half a second.
CHUNK = 20_000
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
    value = fields.Float()
    value_percentile = fields.Float()
    value_rank = fields.Integer()
    inactivity_risk = fields.Float()
    payment_risk = fields.Float()
    is_payment_risk = fields.Boolean()
    was_payment_risk = fields.Boolean()
    overdue_amount = fields.Float()
    risk_level = fields.Char()
    purchase_days = fields.Integer()
    first_purchase_date = fields.Date()
    last_purchase_date = fields.Date()
    revenue = fields.Float()
    contribution = fields.Float()
    is_cost_estimated = fields.Boolean()
    expected_revenue = fields.Float()
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
        taken = self._take_chunk(run)
        if not taken:
            return 0, 0
        moved = self._log_changes(run)
        self._update_profiles(run)
        self._insert_profiles(run)
        self._delete_profiles(run)
        self.env["retail.profile"].invalidate_model()
        self.env["retail.profile.change"].invalidate_model()
        return taken, moved

    def _take_chunk(self, run):
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS retail_run_chunk;
                   CREATE TEMPORARY TABLE retail_run_chunk ON COMMIT DROP AS
                   WITH taken AS (
                       DELETE FROM retail_run_result WHERE id IN (
                           SELECT id FROM retail_run_result WHERE run_id = %(run)s ORDER BY partner_id LIMIT %(chunk)s)
                       RETURNING *)
                   SELECT * FROM taken;
                   CREATE UNIQUE INDEX ON retail_run_chunk (partner_id);
                   ANALYZE retail_run_chunk;
                   SELECT count(*) FROM retail_run_chunk""",
                run=run.id,
                chunk=CHUNK,
            )
        )
        return self.env.cr.fetchone()[0]

    def _log_changes(self, run):
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_profile_change (partner_id, company_id, day, from_segment_id, to_segment_id,
                                                      cause, reason_code, value, value_percentile, inactivity_risk,
                                                      run_id)
                   SELECT chunk.partner_id, %(company)s, %(as_of)s, profile.segment_id, chunk.segment_id, 'run',
                          chunk.reason_code, chunk.value, chunk.value_percentile, chunk.inactivity_risk, %(run)s
                     FROM retail_run_chunk chunk
                     JOIN res_partner partner ON partner.id = chunk.partner_id
                     LEFT JOIN retail_profile profile
                            ON profile.partner_id = chunk.partner_id AND profile.company_id = %(company)s
                    WHERE profile.segment_id IS DISTINCT FROM chunk.segment_id AND NOT chunk.is_gone""",
                company=run.company_id.id,
                as_of=run.as_of,
                run=run.id,
            )
        )
        return self.env.cr.rowcount

    def _update_profiles(self, run):
        self.env.cr.execute(
            SQL(
                """UPDATE retail_profile profile
                      SET (%(names)s, run_id, as_of) = ROW(%(chunk_names)s, %(run)s, %(as_of)s::date)
                     FROM retail_run_chunk chunk
                    WHERE profile.partner_id = chunk.partner_id AND profile.company_id = %(company)s
                      AND NOT chunk.is_gone""",
                names=self._sql_names(),
                chunk_names=self._sql_names("chunk"),
                run=run.id,
                as_of=run.as_of,
                company=run.company_id.id,
            )
        )

    def _insert_profiles(self, run):
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_profile (partner_id, company_id, run_id, as_of, %(names)s)
                   SELECT chunk.partner_id, %(company)s, %(run)s, %(as_of)s, %(chunk_names)s
                     FROM retail_run_chunk chunk
                     -- a customer deleted since the scores were computed
                     JOIN res_partner partner ON partner.id = chunk.partner_id
                    WHERE NOT chunk.is_gone
                      AND NOT EXISTS (SELECT FROM retail_profile profile
                                       WHERE profile.partner_id = chunk.partner_id
                                         AND profile.company_id = %(company)s)""",
                names=self._sql_names(),
                chunk_names=self._sql_names("chunk"),
                run=run.id,
                as_of=run.as_of,
                company=run.company_id.id,
            )
        )

    def _delete_profiles(self, run):
        self.env.cr.execute(
            SQL(
                """DELETE FROM retail_profile profile USING retail_run_chunk chunk
                    WHERE chunk.is_gone AND profile.partner_id = chunk.partner_id AND profile.company_id = %s""",
                run.company_id.id,
            )
        )

    @staticmethod
    def _sql_names(alias=None) -> SQL:
        identifiers = (SQL.identifier(alias, name) if alias else SQL.identifier(name) for name in SCORES)
        return SQL(", ").join(identifiers)
