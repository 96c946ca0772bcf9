from odoo import api, fields, models
from odoo.tools import SQL

# Above this share of touched customers one pass over everything is cheaper than many small ones (measured: a
# touched customer costs 4-6 times its share of the full pass).
FULL_PASS_SHARE = 0.15

STATISTICS = (
    "first_day",
    "last_day",
    "purchase_days",
    "ew_sum",
    "ew_date",
    "revenue",
    "contribution",
    "is_cost_estimated",
    "store_id",
)


class RetailProfileStatistics(models.Model):
    """One row per customer and root company sums up all purchases known; scores are computed from these alone.

    ``ew_sum`` is the exponentially weighted contribution as of ``ew_date``: it decays alike for everybody, so a
    customer who bought nothing needs no new row. Money in company currency, returns negative.
    """

    _name = "retail.profile.statistics"
    _description = "Purchase statistics of a customer"
    _log_access = False

    # plain numbers: foreign keys would double the cost of the first fill; profiles carry them
    partner_id = fields.Integer(required=True)
    company_id = fields.Integer(required=True)
    first_day = fields.Date()
    last_day = fields.Date()
    purchase_days = fields.Integer()
    ew_sum = fields.Float()
    ew_date = fields.Date()
    revenue = fields.Float()
    contribution = fields.Float()
    is_cost_estimated = fields.Boolean()
    store_id = fields.Integer()

    _company_partner_uniq = models.Constraint("UNIQUE(company_id, partner_id)")

    @api.model
    def _refresh(self, company, as_of, half_life_weeks, full=False):
        """Step A of a run: bring the rows of the touched customers up to date, or all of them.

        Customers are touched when a document of theirs changed (see ``retail.profile.touched``); those with a purchase
        dated ahead stay so until its day has come.

        :param full: rebuild the rows of everybody
        :return: number of customers looked at
        """
        touched = self._take_marked(company)
        if full or self._is_large(company, len(touched)):
            return self._rebuild(company, as_of, half_life_weeks)
        if touched:
            self._update(company, as_of, half_life_weeks, touched)
        return len(touched)

    @api.model
    def _snapshot(self, company, as_of, half_life_weeks, table):
        """Create the temporary ``table`` with the statistics that were known on the day ``as_of``."""
        facts = self.env["retail.purchase.facts"]._get_all(company)
        self.env.cr.execute(
            SQL(
                "DROP TABLE IF EXISTS %(table)s; CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS %(statistics)s;"
                "CREATE UNIQUE INDEX ON %(table)s (partner_id); ANALYZE %(table)s",
                table=SQL.identifier(table),
                statistics=self._sql_statistics(facts, as_of, half_life_weeks),
            )
        )

    def _take_marked(self, company):
        """Delete the marks this transaction can see and return their customers; later ones stay for the next run."""
        rows = self.env.execute_query(
            SQL(
                "DELETE FROM retail_profile_touched WHERE company_id = %s RETURNING partner_id",
                company.id,
            )
        )
        return list({partner_id for (partner_id,) in rows})

    def _is_large(self, company, touched_count):
        """Whether so many customers are touched that everybody's rows are rebuilt sooner."""
        customers = self.env.execute_query(
            SQL("SELECT count(*) FROM retail_profile_statistics WHERE company_id = %s", company.id)
        )[0][0]
        return touched_count > FULL_PASS_SHARE * customers + 1000

    def _rebuild(self, company, as_of, half_life_weeks):
        """Replace the rows of everybody and return their number."""
        facts = self.env["retail.purchase.facts"]._get_all(company)
        self.env.cr.execute(SQL("DELETE FROM retail_profile_statistics WHERE company_id = %s", company.id))
        self.env.cr.execute(
            self._sql_insert(company, SQL("(%s)", self._sql_statistics(facts, as_of, half_life_weeks)))
        )
        customers = self.env.cr.rowcount
        # in this transaction no autovacuum has seen the new rows, and the planner would take the table for empty
        self.env.cr.execute("ANALYZE retail_profile_statistics")
        self._mark_ahead(company, facts, as_of)
        return customers

    def _update(self, company, as_of, half_life_weeks, partner_ids):
        """Update the rows of these customers, insert the missing ones, delete those without purchases."""
        facts = SQL.identifier("retail_touched_fact")
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS %(facts)s, retail_touched_statistics;
                   CREATE TEMPORARY TABLE %(facts)s ON COMMIT DROP AS %(select_facts)s;
                   CREATE TEMPORARY TABLE retail_touched_statistics ON COMMIT DROP AS %(statistics)s;
                   CREATE UNIQUE INDEX ON retail_touched_statistics (partner_id);
                   ANALYZE retail_touched_statistics;
                   UPDATE retail_profile_statistics old SET (%(names)s) = ROW(%(new_names)s)
                     FROM retail_touched_statistics new
                    WHERE old.company_id = %(company)s AND old.partner_id = new.partner_id;
                   DELETE FROM retail_profile_statistics old
                    WHERE old.company_id = %(company)s AND old.partner_id = ANY(%(partners)s)
                      AND NOT EXISTS (SELECT FROM retail_touched_statistics new WHERE new.partner_id = old.partner_id);
                   %(insert)s
                    WHERE NOT EXISTS (SELECT FROM retail_profile_statistics old
                                       WHERE old.company_id = %(company)s AND old.partner_id = new.partner_id)""",
                facts=facts,
                select_facts=self.env["retail.purchase.facts"]._sql_facts(company, partner_ids),
                statistics=self._sql_statistics(facts, as_of, half_life_weeks),
                names=SQL(", ").join(map(SQL.identifier, STATISTICS)),
                new_names=SQL(", ").join(SQL.identifier("new", name) for name in STATISTICS),
                company=company.id,
                partners=partner_ids,
                insert=self._sql_insert(company, SQL.identifier("retail_touched_statistics")),
            )
        )
        self._mark_ahead(company, facts, as_of)

    def _mark_ahead(self, company, facts, as_of):
        """Have the customers of ``facts`` with a purchase or return dated ahead looked at again by the next run."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_profile_touched (partner_id, company_id)
                   SELECT DISTINCT partner_id, %(company)s FROM %(facts)s
                    WHERE day > %(as_of)s OR known_on > %(as_of)s""",
                company=company.id,
                facts=facts,
                as_of=as_of,
            )
        )

    @staticmethod
    def _sql_insert(company, statistics) -> SQL:
        return SQL(
            """INSERT INTO retail_profile_statistics (partner_id, company_id, %(names)s)
               SELECT new.partner_id, %(company)s, %(new_names)s FROM %(statistics)s new""",
            names=SQL(", ").join(map(SQL.identifier, STATISTICS)),
            new_names=SQL(", ").join(SQL.identifier("new", name) for name in STATISTICS),
            company=company.id,
            statistics=statistics,
        )

    @api.model
    def _sql_statistics(self, facts, as_of, half_life_weeks) -> SQL:
        """One row per customer with a purchase day: all that was known and had happened on the day ``as_of``.

        A day counts as a purchase day when at least one of its rows is not a return.

        :param facts: relation with the columns of ``retail.purchase.facts``
        """
        return SQL(
            """SELECT partner_id,
                      min(day) FILTER (WHERE NOT is_return) AS first_day,
                      max(day) FILTER (WHERE NOT is_return) AS last_day,
                      -- measured: sorted once by customer it costs less than to group by day first
                      count(DISTINCT day) FILTER (WHERE NOT is_return)::int4 AS purchase_days,
                      sum(contribution * %(decay)s) AS ew_sum,
                      %(as_of)s::date AS ew_date,
                      -- to the cent: whether a sum equals the median must not turn on the order of adding up
                      round(sum(revenue)::numeric, 2)::float8 AS revenue,
                      round(sum(contribution)::numeric, 2)::float8 AS contribution,
                      bool_or(is_cost_estimated) AS is_cost_estimated,
                      -- the store of the last purchase: day and store packed into one number
                      NULLIF(max((day - DATE '1970-01-01')::int8 * 4294967296 + COALESCE(store_id, 0))
                             FILTER (WHERE NOT is_return) %% 4294967296, 0)::int4 AS store_id
                 FROM %(facts)s
                WHERE day <= %(as_of)s AND known_on <= %(as_of)s
                GROUP BY partner_id
               HAVING bool_or(NOT is_return)""",
            facts=facts,
            as_of=as_of,
            decay=self.env["retail.scoring"]._sql_decay(SQL("%s::date - day", as_of), half_life_weeks),
        )

    @staticmethod
    def _get_branches(company):
        """The root company with all its branches."""
        return company.sudo().with_context(active_test=False).search([("id", "child_of", company.root_id.id)])

    @api.model
    def _get_first_day(self, company):
        """Day of the first purchase of all; None before there is one."""
        return self.env.execute_query(
            SQL("SELECT min(first_day) FROM retail_profile_statistics WHERE company_id = %s", company.id)
        )[0][0]

    @api.model
    def _get_median_gap(self, company, as_of):
        """Median days between two purchase days of a customer; None without repeat purchases."""
        return self.env.execute_query(
            SQL(
                """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FROM (
                       SELECT day - lag(day) OVER (PARTITION BY partner_id ORDER BY day) AS gap FROM (
                           SELECT DISTINCT partner_id, day FROM %(facts)s
                            WHERE day <= %(as_of)s AND known_on <= %(as_of)s AND NOT is_return) days) gaps""",
                facts=self.env["retail.purchase.facts"]._get_all(company),
                as_of=as_of,
            )
        )[0][0]
