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
    def _refresh(self, company, as_of, half_life_weeks, *, previous_as_of=None, full=False):
        """Step A of a run: bring the rows of the touched customers up to date, or all of them.

        Customers are touched when a document of theirs changed (see ``retail.profile.touched``) or when a purchase
        dated ahead has come into reach since the last run.

        :param previous_as_of: day of the last completed run; None rebuilds everything
        :return: number of customers looked at
        """
        marked = self._take_marked(company)
        touched = None
        if previous_as_of and not full:
            touched = list(marked | self._find_come_into_reach(company, previous_as_of, as_of))
        if touched is not None:
            self.env.cr.execute(
                SQL("SELECT count(*) FROM retail_profile_statistics WHERE company_id = %s", company.id)
            )
            if len(touched) > FULL_PASS_SHARE * self.env.cr.fetchone()[0] + 1000:
                touched = None
        if touched == []:
            return 0
        self._merge(
            company, self._sql_statistics(company, as_of, half_life_weeks, partner_ids=touched), touched
        )
        if touched is not None:
            return len(touched)
        customers = self.env.cr.rowcount
        # in this transaction no autovacuum has seen the new rows, and the planner would take the table for empty
        self.env.cr.execute("ANALYZE retail_profile_statistics")
        return customers

    @api.model
    def _snapshot(self, company, as_of, half_life_weeks, table):
        """Create the temporary ``table`` with the statistics that were known on the day ``as_of``."""
        self.env.cr.execute(
            SQL(
                "DROP TABLE IF EXISTS %(table)s; CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS %(statistics)s;"
                "CREATE UNIQUE INDEX ON %(table)s (partner_id); ANALYZE %(table)s",
                table=SQL.identifier(table),
                statistics=self._sql_statistics(company, as_of, half_life_weeks),
            )
        )

    @staticmethod
    def _partner_ids(rows):
        return {partner_id for (partner_id,) in rows}

    def _take_marked(self, company):
        """Delete the marks this transaction can see and return their customers; later ones stay for the next run."""
        return self._partner_ids(
            self.env.execute_query(
                SQL(
                    "DELETE FROM retail_profile_touched WHERE company_id = %s RETURNING partner_id",
                    company.id,
                )
            )
        )

    def _find_come_into_reach(self, company, previous_as_of, as_of):
        """Customers of purchases and returns dated after the last run and up to this one."""
        return self._partner_ids(
            self.env.execute_query(
                SQL(
                    """SELECT DISTINCT purchase.partner_id FROM (%(purchases)s) purchase
                        WHERE purchase.company_id = ANY(%(companies)s) AND purchase.partner_id IS NOT NULL
                          AND GREATEST(purchase.day, purchase.known_on) > %(previous)s
                          AND GREATEST(purchase.day, purchase.known_on) <= %(as_of)s""",
                    purchases=self.env["retail.purchase"]._sql_purchases(),
                    companies=self._get_branches(company).ids,
                    previous=previous_as_of,
                    as_of=as_of,
                )
            )
        )

    def _merge(self, company, statistics, touched):
        """Write ``statistics``: update rows that differ, insert the missing, delete those without purchases."""
        names = SQL(", ").join(map(SQL.identifier, STATISTICS))
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS retail_statistics_new;
                   CREATE TEMPORARY TABLE retail_statistics_new ON COMMIT DROP AS %(statistics)s;
                   CREATE UNIQUE INDEX ON retail_statistics_new (partner_id);
                   ANALYZE retail_statistics_new;
                   UPDATE retail_profile_statistics old SET (%(names)s) = ROW(%(new_names)s)
                     FROM retail_statistics_new new
                    WHERE old.company_id = %(company)s AND old.partner_id = new.partner_id;
                   DELETE FROM retail_profile_statistics old
                    WHERE old.company_id = %(company)s AND %(touched)s
                      AND NOT EXISTS (SELECT FROM retail_statistics_new new WHERE new.partner_id = old.partner_id);
                   INSERT INTO retail_profile_statistics (partner_id, company_id, %(names)s)
                   SELECT new.partner_id, %(company)s, %(new_names)s FROM retail_statistics_new new
                    WHERE NOT EXISTS (SELECT FROM retail_profile_statistics old
                                       WHERE old.company_id = %(company)s AND old.partner_id = new.partner_id);
                   SELECT FROM retail_statistics_new""",
                statistics=statistics,
                names=names,
                new_names=SQL(", ").join(SQL.identifier("new", name) for name in STATISTICS),
                company=company.id,
                touched=SQL("TRUE") if touched is None else SQL("old.partner_id = ANY(%s)", touched),
            )
        )

    @api.model
    def _sql_statistics(self, company, as_of, half_life_weeks, partner_ids=None) -> SQL:
        """One row per customer with a purchase day: all that was known and had happened on the day ``as_of``.

        A day counts as a purchase day when at least one of its rows is not a return. Two levels of aggregation,
        because a sum over distinct days is cheaper than count(DISTINCT).

        :param partner_ids: only these customers; None for all
        """
        return SQL(
            """WITH purchase_day AS (
                   SELECT purchase.partner_id, purchase.day,
                          sum(purchase.revenue) AS revenue, sum(purchase.contribution) AS contribution,
                          bool_or(NOT purchase.is_return) AS is_purchase,
                          bool_or(purchase.cost IS NULL) AS is_cost_estimated,
                          max(purchase.store_id) AS store_id
                     FROM (%(purchases)s) purchase
                    WHERE purchase.company_id = ANY(%(companies)s) AND purchase.day <= %(as_of)s
                      AND purchase.known_on <= %(as_of)s AND %(partners)s
                    GROUP BY purchase.partner_id, purchase.day)
               SELECT partner_id,
                      min(day) FILTER (WHERE is_purchase) AS first_day,
                      max(day) FILTER (WHERE is_purchase) AS last_day,
                      count(*) FILTER (WHERE is_purchase)::int4 AS purchase_days,
                      sum(contribution * power(0.5::float8, (%(as_of)s::date - day) / %(half_life)s::float8)) AS ew_sum,
                      %(as_of)s::date AS ew_date,
                      sum(revenue) AS revenue,
                      sum(contribution) AS contribution,
                      bool_or(is_cost_estimated) AS is_cost_estimated,
                      -- the store of the last purchase: day and store packed into one number
                      NULLIF(max((day - DATE '1970-01-01')::int8 * 4294967296 + COALESCE(store_id, 0))
                             FILTER (WHERE is_purchase) %% 4294967296, 0)::int4 AS store_id
                 FROM purchase_day
                GROUP BY partner_id
               HAVING bool_or(is_purchase) AND partner_id <> ALL(ARRAY(%(excluded)s))""",
            purchases=self.env["retail.purchase"]._sql_purchases(),
            companies=self._get_branches(company).ids,
            as_of=as_of,
            half_life=half_life_weeks * 7,
            partners=SQL("purchase.partner_id IS NOT NULL")
            if partner_ids is None
            else SQL("purchase.partner_id = ANY(%s)", partner_ids),
            excluded=self._sql_excluded_partners(),
        )

    @staticmethod
    def _sql_excluded_partners() -> SQL:
        """Who is no customer: visitors, the companies of this database, walk-in partners."""
        return SQL(
            """SELECT partner_id FROM res_company
                UNION SELECT id FROM res_partner WHERE retail_is_walk_in
                UNION SELECT users.partner_id FROM res_users users
                        JOIN res_groups_users_rel rel ON rel.uid = users.id
                        JOIN ir_model_data data ON data.model = 'res.groups' AND data.res_id = rel.gid
                       WHERE data.module = 'base' AND data.name = 'group_public'"""
        )

    @staticmethod
    def _get_branches(company):
        """The root company with all its branches."""
        return company.sudo().with_context(active_test=False).search([("id", "child_of", company.root_id.id)])

    @api.model
    def _get_median_gap(self, company, as_of):
        """Median days between two purchase days of a customer; None without repeat purchases."""
        return self.env.execute_query(
            SQL(
                """SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FROM (
                       SELECT day - lag(day) OVER (PARTITION BY partner_id ORDER BY day) AS gap FROM (
                           SELECT purchase.partner_id, purchase.day FROM (%(purchases)s) purchase
                            WHERE purchase.company_id = ANY(%(companies)s) AND purchase.day <= %(as_of)s
                              AND purchase.known_on <= %(as_of)s AND NOT purchase.is_return
                              AND purchase.partner_id <> ALL(ARRAY(%(excluded)s))
                            GROUP BY purchase.partner_id, purchase.day) days) gaps""",
                purchases=self.env["retail.purchase"]._sql_purchases(),
                companies=self._get_branches(company).ids,
                as_of=as_of,
                excluded=self._sql_excluded_partners(),
            )
        )[0][0]
