from odoo.tools import SQL

from ..scoring import mbg_nbd

KNOWN = SQL.identifier("retail_trial_known")
BROUGHT = SQL.identifier("retail_trial_brought")
FIGURES = SQL("partner_id, first_day, last_day, purchase_days, revenue, contribution")


class TrialHistory:
    """What was known of every customer on each of many days, from two passes over the purchases.

    A customer's statistics change only on days with news, so a row per customer and stretch between two of the days
    says all of them: as many rows as there are customers with news in each stretch. The tables are temporary and belong
    to the connection.
    """

    def __init__(self, env, facts, days, half_lives):
        """
        :param facts: relation of the purchases (see ``retail.purchase.facts``)
        :param days: the days that will be asked for
        :param half_lives: {name of a value: half-life in weeks}
        """
        self.env = env
        self.facts = facts
        self.days = sorted(set(days))
        self.half_lives = half_lives
        # a month's model is searched near that of the month before
        self.fitter = mbg_nbd.Fitter()

    def prepare(self):
        """Make the tables; the days themselves cost no more passes."""
        self.forget(self.env)
        self.env.cr.execute(
            SQL("CREATE TEMPORARY TABLE %s AS %s; ANALYZE %s", KNOWN, self._sql_cumulated(), KNOWN)
        )
        self.env.cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE %s AS %s; ANALYZE %s",
                BROUGHT,
                self._sql_brought_by_stretch(),
                BROUGHT,
            )
        )

    @staticmethod
    def forget(env):
        """Drop the tables."""
        env.cr.execute(SQL("DROP TABLE IF EXISTS %s, %s", KNOWN, BROUGHT))

    def snapshot(self, day, table):
        """Make the temporary ``table``, until the end of the transaction: every customer as known on ``day``."""
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS %(table)s;
                   CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS
                   SELECT %(figures)s, %(values)s FROM %(known)s
                    WHERE stretch <= %(stretch)s AND until_stretch > %(stretch)s AND purchase_days > 0;
                   ANALYZE %(table)s""",
                table=SQL.identifier(table),
                figures=FIGURES,
                values=SQL(", ").join(map(SQL.identifier, self.half_lives)),
                known=KNOWN,
                stretch=self._get_stretch(day),
            )
        )

    def sql_statistics(self, table, value) -> SQL:
        """The relation ``table`` of a snapshot in the columns of ``retail.profile.statistics``, with that value."""
        return SQL(
            "(SELECT %(figures)s, %(value)s AS ew_sum, %(day)s::date AS ew_date FROM %(table)s)",
            figures=FIGURES,
            value=SQL.identifier(value),
            day=self.days[-1],
            table=SQL.identifier(table),
        )

    def sql_brought(self, after, until) -> SQL:
        """Query (partner_id, contribution, has_bought) of what customers brought after a day, up to another one."""
        return SQL(
            """SELECT partner_id, sum(contribution) AS contribution, bool_or(has_bought) AS has_bought
                 FROM %s WHERE stretch > %s AND stretch <= %s GROUP BY partner_id""",
            BROUGHT,
            self._get_stretch(after),
            self._get_stretch(until),
        )

    def _get_stretch(self, day):
        """Number of the stretch that ends with ``day``, from 1."""
        return self.days.index(day) + 1

    def _sql_stretch(self, day) -> SQL:
        """Number of the stretch in which ``day`` lies: the days before it that end one, and 1."""
        return SQL("width_bucket(%s - 1, %s::date[]) + 1", day, self.days)

    def _sql_cumulated(self) -> SQL:
        """Rows valid from the end of ``stretch`` until the end of the one before ``until_stretch``.

        A purchase counts from the day on which the shop knew of it; a day with several purchases is one, from when the
        first of them was known.
        """
        return SQL(
            """WITH facts AS (
                   SELECT partner_id, day, %(known_stretch)s AS stretch, revenue, contribution, is_return
                     FROM %(facts)s),
               news AS (
                   SELECT partner_id, stretch, 0 AS purchase_days, NULL::date AS first_day, NULL::date AS last_day,
                          sum(revenue) AS revenue, sum(contribution) AS contribution, %(news_values)s
                     FROM facts WHERE stretch <= %(stretches)s GROUP BY partner_id, stretch
                    UNION ALL
                   SELECT partner_id, stretch, count(*), min(day), max(day), 0, 0, %(no_values)s
                     FROM (SELECT partner_id, day, min(stretch) AS stretch FROM facts
                            WHERE NOT is_return AND stretch <= %(stretches)s GROUP BY partner_id, day) days
                    GROUP BY partner_id, stretch),
               stretches AS (
                   SELECT partner_id, stretch, sum(purchase_days) AS purchase_days, min(first_day) AS first_day,
                          max(last_day) AS last_day, sum(revenue) AS revenue, sum(contribution) AS contribution,
                          %(sums)s
                     FROM news GROUP BY partner_id, stretch)
               SELECT partner_id, stretch,
                      lead(stretch, 1, %(stretches)s + 1) OVER so_far AS until_stretch,
                      (sum(purchase_days) OVER so_far)::int4 AS purchase_days,
                      min(first_day) OVER so_far AS first_day, max(last_day) OVER so_far AS last_day,
                      round((sum(revenue) OVER so_far)::numeric, 2)::float8 AS revenue,
                      round((sum(contribution) OVER so_far)::numeric, 2)::float8 AS contribution, %(so_far)s
                 FROM stretches WINDOW so_far AS (PARTITION BY partner_id ORDER BY stretch)""",
            known_stretch=self._sql_stretch(SQL("GREATEST(day, known_on)")),
            facts=self.facts,
            stretches=len(self.days),
            news_values=SQL(", ").join(
                SQL("sum(contribution * %s) AS %s", self._sql_decay(weeks), SQL.identifier(name))
                for name, weeks in self.half_lives.items()
            ),
            no_values=SQL(", ").join(SQL("0") for _name in self.half_lives),
            sums=self._sql_each("sum(%(value)s) AS %(value)s"),
            so_far=self._sql_each("sum(%(value)s) OVER so_far AS %(value)s"),
        )

    def _sql_decay(self, half_life_weeks) -> SQL:
        """Weight of a purchase on the last of the days; what it was on an earlier one follows from that."""
        return self.env["retail.scoring"]._sql_decay(SQL("%s::date - day", self.days[-1]), half_life_weeks)

    def _sql_each(self, pattern) -> SQL:
        return SQL(", ").join(SQL(pattern, value=SQL.identifier(name)) for name in self.half_lives)

    def _sql_brought_by_stretch(self) -> SQL:
        return SQL(
            """SELECT partner_id, %(stretch)s AS stretch, sum(contribution) AS contribution,
                      bool_or(NOT is_return) AS has_bought
                 FROM %(facts)s WHERE day > %(first)s AND day <= %(last)s GROUP BY 1, 2""",
            stretch=self._sql_stretch(SQL.identifier("day")),
            facts=self.facts,
            first=self.days[0],
            last=self.days[-1],
        )
