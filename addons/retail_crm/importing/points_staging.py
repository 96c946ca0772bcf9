"""The rows of a file of points, and what they refer to: programs, cards, last days."""

from odoo.tools import SQL

from ..points.exact import BOUND
from .staging import Staging


class PointsStaging(Staging):
    """Tables beside the common ones: ``retail_import_program`` and ``_card`` (what the texts of the file mean),
    ``_place`` (program, customer and last day of each row), ``_owned`` and ``_wallet`` (see points_matching.py)."""

    TABLES = (*Staging.TABLES, "program", "card", "place", "owned", "wallet")
    # in the order of points_file's columns
    COLUMNS = """line int4, points numeric, customer_ref text, customer_name text, card_code text, program text,
                 day date, last_day date, reference text, note text, phone text, email text"""
    TEXTS = (
        "customer_ref",
        "customer_name",
        "card_code",
        "program",
        "reference",
        "note",
        "phone",
        "email",
    )

    def match_programs_and_cards(self):
        """6 statements; after the customers are matched."""
        self._match_programs()
        for query in (self._sql_cards(), self._sql_places()):
            self.env.cr.execute(query)
        self._set_last_days()
        self.env.cr.execute("CREATE UNIQUE INDEX ON retail_import_place (line); ANALYZE retail_import_place")

    # What the values of the file mean

    def _match_programs(self):
        """By name, in any case; an empty cell is the only program there is."""
        ids = {"": [program.id for program in self._get_programs()]}
        for program in self._get_programs():
            ids.setdefault(program.name.strip().lower(), []).append(program.id)
        self.env.cr.execute(
            SQL(
                """CREATE TEMP TABLE retail_import_program ON COMMIT DROP AS
                   SELECT wanted.name, known.id, COALESCE(known.matches, 0) AS matches
                     FROM (SELECT DISTINCT program AS name FROM retail_import_row) wanted
                     LEFT JOIN unnest(%s::text[], %s::int4[], %s::int4[]) known (name, id, matches)
                       ON known.name = lower(wanted.name)""",
                list(ids),
                [found[0] if found else None for found in ids.values()],
                [len(found) for found in ids.values()],
            )
        )

    def _get_programs(self):
        """Active programs of the company and its branches, or of all companies, whose points are in the ledger."""
        programs = (
            self.env["loyalty.program"].sudo().search([("company_id", "in", [False, *self._company_ids()])])
        )
        return programs.filtered(lambda program: program._keeps_ledger())

    def _sql_cards(self):
        return SQL(
            """CREATE TEMP TABLE retail_import_card ON COMMIT DROP AS
               SELECT wanted.code, card.program_id, card.retail_wallet_id AS wallet_id,
                      partner.commercial_partner_id AS partner_id
                 FROM (SELECT DISTINCT card_code AS code FROM retail_import_row WHERE card_code <> '') wanted
                 LEFT JOIN loyalty_card card
                   ON card.code = wanted.code AND card.active AND card.program_id = ANY(%s)
                  AND card.retail_wallet_id IS NOT NULL
                 LEFT JOIN res_partner partner ON partner.id = card.partner_id""",
            self._get_programs().ids,
        )

    def _sql_places(self):
        """Program and customer of each row; ``wallet_id`` where a card says it. New customers have no id yet."""
        return SQL(
            """CREATE TEMP TABLE retail_import_place ON COMMIT DROP AS
               SELECT row.line,
                      CASE WHEN row.program = '' AND row.card_code <> '' THEN card.program_id
                           WHEN program.matches = 1 THEN program.id END AS program_id,
                      CASE WHEN row.customer_ref <> '' THEN row.customer_ref
                           ELSE 'card:' || row.card_code END AS customer_key,
                      card.wallet_id, row.last_day
                 FROM retail_import_row row
                 JOIN retail_import_program program ON program.name = row.program
                 LEFT JOIN retail_import_card card ON card.code = row.card_code AND row.card_code <> ''"""
        )

    def _set_last_days(self):
        """Where the file gives none, what the program says of points earned that day."""
        days = self.env.execute_query(
            SQL(
                """SELECT DISTINCT place.program_id, COALESCE(row.day, %s)
                     FROM retail_import_place place JOIN retail_import_row row USING (line)
                    WHERE place.last_day IS NULL AND place.program_id IS NOT NULL""",
                self._today(),
            )
        )
        programs = self.env["loyalty.program"].sudo()
        terms = [(program, day, programs.browse(program)._get_expiry(day)) for program, day in days]
        self.env.cr.execute(
            SQL(
                """UPDATE retail_import_place place SET last_day = term.last_day
                     FROM unnest(%s::int4[], %s::date[], %s::date[]) term (program_id, day, last_day),
                          retail_import_row row
                    WHERE place.last_day IS NULL AND row.line = place.line
                      AND term.program_id = place.program_id AND term.day = COALESCE(row.day, %s)""",
                [program for program, _day, _last in terms],
                [day for _program, day, _last in terms],
                [last for _program, _day, last in terms],
                self._today(),
            )
        )

    # What is wrong: line, column, code, and two texts for the message

    def _sql_problems(self):
        return [
            *super()._sql_problems(),
            self._sql_bad_points(),
            self._sql_bad_days(),
            self._sql_unknown_customers(),
            self._sql_bad_cards(),
            self._sql_bad_programs(),
            self._sql_other_points(),
            self._sql_too_many_together(),
            self._sql_own_points(),
        ]

    def _sql_bad_points(self):
        return SQL(
            """SELECT line, 'points' AS name,
                      CASE WHEN points <= 0 THEN 'not_positive' WHEN points > %(bound)s THEN 'too_many_points'
                           ELSE 'too_many_decimals' END AS code, points::text AS value, '' AS detail
                 FROM retail_import_row
                WHERE points <= 0 OR points > %(bound)s OR points <> round(points, 6)""",
            bound=BOUND,
        )

    def _sql_bad_days(self):
        """Points of the future, and points that are over: by the file, or by the rule of the program."""
        return SQL(
            """SELECT line, CASE WHEN row.day > %(today)s THEN 'earned_on' ELSE 'expires_on' END,
                      CASE WHEN row.day > %(today)s THEN 'earned_later'
                           WHEN row.last_day < row.day THEN 'over_before_earned'
                           WHEN row.last_day IS NULL THEN 'over_by_rule' ELSE 'over_already' END,
                      COALESCE(CASE WHEN row.day > %(today)s THEN row.day ELSE place.last_day END::text, ''), ''
                 FROM retail_import_row row JOIN retail_import_place place USING (line)
                WHERE row.day > %(today)s OR place.last_day < %(today)s OR row.last_day < row.day""",
            today=self._today(),
        )

    def _sql_unknown_customers(self):
        """Nobody is made out of a number alone, which may be a slip: a new customer needs a name."""
        return SQL(
            """SELECT line, 'customer_ref', 'no_customer', '', '' FROM retail_import_row
                WHERE customer_ref = '' AND card_code = ''
               UNION ALL
               SELECT row.line, 'customer_ref', 'unknown_customer', row.customer_ref, ''
                 FROM retail_import_customer customer JOIN retail_import_row row ON row.customer_ref = customer.ref
                WHERE customer.matches = 0 AND NOT EXISTS (
                      SELECT FROM retail_import_row named
                       WHERE named.customer_ref = customer.ref AND named.customer_name <> '')"""
        )

    def _sql_bad_cards(self):
        return SQL(
            """SELECT row.line, 'card_code',
                      CASE WHEN card.wallet_id IS NULL THEN 'unknown_card'
                           WHEN place.program_id <> card.program_id THEN 'card_of_other_program'
                           ELSE 'card_of_other_customer' END, row.card_code, row.customer_ref
                 FROM retail_import_row row
                 JOIN retail_import_card card ON card.code = row.card_code
                 JOIN retail_import_place place USING (line)
                 LEFT JOIN retail_import_customer customer ON customer.ref = row.customer_ref
                WHERE row.card_code <> '' AND (
                      card.wallet_id IS NULL OR place.program_id <> card.program_id
                      OR row.customer_ref <> '' AND customer.partner_id IS DISTINCT FROM card.partner_id)"""
        )

    def _sql_bad_programs(self):
        return SQL(
            """SELECT row.line, 'program',
                      CASE WHEN row.program = '' AND program.matches > 1 THEN 'which_program'
                           WHEN program.matches > 1 THEN 'ambiguous_program' ELSE 'unknown_program' END,
                      row.program, ''
                 FROM retail_import_row row JOIN retail_import_program program ON program.name = row.program
                WHERE program.matches <> 1 AND (row.program <> '' OR row.card_code = '')"""
        )

    def _sql_other_points(self):
        """A row that is new although one of the same key, which the file does not have, was imported."""
        return SQL(
            """SELECT new.line, 'points', 'other_points', row.points::text, gone.points
                 FROM (SELECT program_id, customer_key, reference, day,
                              string_agg(points::text, ', ' ORDER BY ordinal) AS points
                         FROM retail_import_known WHERE NOT is_in_file GROUP BY 1, 2, 3, 4) gone
                 JOIN retail_import_new new USING (program_id, customer_key, reference, day)
                 JOIN retail_import_row row ON row.line = new.line"""
        )

    def _sql_too_many_together(self):
        """From the row on with which a wallet would hold more than any may."""
        return SQL(
            """SELECT line, 'points', 'too_many_together', total::text, %(bound)s::text
                 FROM (SELECT owned.line, trim_scale(COALESCE(held.points, 0) + sum(owned.points) OVER (
                                  PARTITION BY owned.program_id, owned.owner ORDER BY owned.line)) AS total
                         FROM retail_import_owned owned
                         LEFT JOIN (SELECT lot.wallet_id, sum(lot.remaining) AS points FROM retail_points_lot lot
                                     WHERE lot.remaining > 0
                                       AND lot.wallet_id IN (SELECT wallet_id FROM retail_import_owned)
                                     GROUP BY 1) held ON held.wallet_id = owned.wallet_id
                        -- the others are bad rows by themselves
                        WHERE owned.points BETWEEN 0 AND %(bound)s) summed
                WHERE total > %(bound)s""",
            bound=BOUND,
        )

    def _sql_own_points(self):
        """Nobody gives points to themselves, by no way; a script of the administrator is nobody's."""
        user = self.env.user.partner_id
        programs = self._get_programs() if not self.env.su else self.env["loyalty.program"]
        return SQL(
            """SELECT owned.line, 'customer_ref', 'own_points', '', ''
                 FROM retail_import_owned owned
                 JOIN unnest(%s::int4[], %s::text[]) own (program_id, owner) USING (program_id, owner)""",
            programs.ids,
            [str(user._get_points_owner(program).id) for program in programs],
        )
