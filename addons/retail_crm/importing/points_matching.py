"""Which rows of a file of points are new, and their way into the ledger.

Rows of one program, customer, reference and day are told apart by their ordinal, and matched as those of purchases
are: see matching.py. A day that the file does not give counts as one of its own.
"""

from decimal import Decimal

from odoo.tools import SQL


class PointsMatching:
    """``retail_import_known``: rows imported earlier; ``retail_import_new``: the rows to write, with their ordinals;
    ``retail_import_owned``: whose points those are."""

    def __init__(self, env, company, channel):
        self.env = env
        self.company = company
        self.channel = channel

    def match(self):
        for query in (self._sql_known(), self._sql_new()):
            self.env.cr.execute(query)
        self.env.cr.execute("ANALYZE retail_import_new")
        self.env.cr.execute(self._sql_owned())

    def count(self):
        return self.env.execute_query(SQL("SELECT count(*) FROM retail_import_new"))[0][0]

    def summary(self):
        """``[(program id, rows, customers, points)]`` of the new rows."""
        rows = self.env.execute_query(
            SQL(
                """SELECT program_id, count(*), count(DISTINCT customer_key), sum(points)::text
                     FROM retail_import_new GROUP BY program_id ORDER BY program_id"""
            )
        )
        return [(*row, Decimal(points)) for *row, points in rows]

    def issue_cards(self):
        """A card, and with it a wallet, for each customer of new rows who has none in the program."""
        # without fresh statistics the database takes cards made a moment ago for a few, and goes through all of them
        # for each row
        self.env.cr.execute("ANALYZE loyalty_card, res_partner")
        for query in (self._sql_wallets(), *self._sql_open_wallets(), self._sql_issue_cards()):
            self.env.cr.execute(query)
        self.env.cr.execute("ANALYZE retail_import_wallet")
        self.env.invalidate_all(flush=False)

    def book(self):
        """Write the new rows down, and book them."""
        self.env["retail.points.opening"].sudo()._book_imported(self.company, self._sql_insert())

    def _sql_wallets(self):
        """``retail_import_wallet``: whose points are those of each customer, and the wallet that their cards open.

        The owner is the head of the household, where the customer is in one (see ``_get_points_owner``).
        """
        return SQL(
            """CREATE TEMP TABLE retail_import_wallet ON COMMIT DROP AS
               SELECT wanted.program_id, wanted.partner_id, program.company_id,
                      COALESCE(household.head_id, wanted.partner_id) AS owner_id,
                      min(card.retail_wallet_id) AS wallet_id, min(card.retail_wallet_id) IS NULL AS needs_card
                 FROM (SELECT DISTINCT new.program_id, customer.partner_id
                         FROM retail_import_new new JOIN retail_import_row row USING (line)
                         JOIN retail_import_customer customer ON customer.ref = row.customer_ref
                        WHERE new.wallet_id IS NULL) wanted
                 JOIN loyalty_program program ON program.id = wanted.program_id
                 JOIN res_partner customer ON customer.id = wanted.partner_id %(join_household)s
                 LEFT JOIN res_partner owner ON owner.commercial_partner_id = wanted.partner_id
                 LEFT JOIN loyalty_card card
                   ON card.partner_id = owner.id AND card.program_id = wanted.program_id AND card.active
                GROUP BY wanted.program_id, wanted.partner_id, program.company_id, household.head_id""",
            join_household=self._sql_join_household(),
        )

    def _sql_owned(self):
        """``line, program_id, points``, ``owner`` (id, or the number of who is to be made), ``wallet_id`` of who has
        one."""
        return SQL(
            """CREATE TEMP TABLE retail_import_owned ON COMMIT DROP AS
               SELECT new.line, new.program_id, new.points,
                      COALESCE(COALESCE(opened.partner_id, household.head_id, customer.id)::text,
                               'new ' || new.customer_key) AS owner,
                      COALESCE(opened.id, wallet.id) AS wallet_id
                 FROM retail_import_new new
                 JOIN retail_import_row row USING (line)
                 JOIN loyalty_program program ON program.id = new.program_id
                 LEFT JOIN retail_points_wallet opened ON opened.id = new.wallet_id
                 LEFT JOIN retail_import_customer known ON known.ref = row.customer_ref AND row.customer_ref <> ''
                 LEFT JOIN res_partner customer ON customer.id = known.partner_id %(join_household)s
                 LEFT JOIN retail_points_wallet wallet
                   ON wallet.partner_id = COALESCE(household.head_id, customer.id)
                  AND wallet.program_id = new.program_id AND wallet.active""",
            join_household=self._sql_join_household(),
        )

    def _sql_join_household(self):
        """Join the ``household`` in whose wallet of ``program`` the points of ``customer`` are, if there is one."""
        return SQL(
            """LEFT JOIN retail_household household
                 ON household.id = customer.retail_household_id
                AND (program.company_id IS NULL OR %s = (
                     SELECT split_part(parent_path, '/', 1) FROM res_company WHERE id = household.company_id))""",
            str(self.company.id),
        )

    def _sql_open_wallets(self):
        """Owners who have one keep it, others get one."""
        yield SQL(
            """INSERT INTO retail_points_wallet (partner_id, program_id, company_id, active, debt, debit_count,
                                                 create_uid, create_date, write_uid, write_date)
               SELECT DISTINCT owner_id, program_id, company_id, TRUE, 0, 0, %(user)s, %(now)s, %(user)s, %(now)s
                 FROM retail_import_wallet WHERE needs_card
                   ON CONFLICT (partner_id, program_id) WHERE active AND partner_id IS NOT NULL DO NOTHING""",
            user=self.env.uid,
            now=self.env.cr.now(),
        )
        yield SQL(
            """UPDATE retail_import_wallet place SET wallet_id = wallet.id FROM retail_points_wallet wallet
                WHERE place.needs_card AND wallet.partner_id = place.owner_id
                  AND wallet.program_id = place.program_id AND wallet.active"""
        )

    def _sql_issue_cards(self):
        return SQL(
            """INSERT INTO loyalty_card (program_id, company_id, partner_id, retail_wallet_id, code, points, active,
                                         create_uid, write_uid, create_date, write_date)
               SELECT program_id, company_id, partner_id, wallet_id,
                      -- longer than Odoo's own codes, of which two are the same in a hundred thousand
                      '044' || substr(gen_random_uuid()::text, 5, 19), 0, TRUE, %(user)s, %(user)s, %(now)s, %(now)s
                 FROM retail_import_wallet WHERE needs_card""",
            user=self.env.uid,
            now=self.env.cr.now(),
        )

    def _sql_insert(self):
        return SQL(
            """INSERT INTO retail_points_history (
                   company_id, channel, program_id, customer_key, reference, earned_on, ordinal, wallet_id,
                   points, expires_on, note, create_uid, write_uid, create_date, write_date)
               SELECT %(company)s, %(channel)s, new.program_id, new.customer_key, new.reference, row.day, new.ordinal,
                      COALESCE(new.wallet_id, wallet.wallet_id), new.points, new.last_day, row.note,
                      %(user)s, %(user)s, %(now)s, %(now)s
                 FROM retail_import_new new JOIN retail_import_row row USING (line)
                 LEFT JOIN retail_import_customer customer
                   ON customer.ref = row.customer_ref AND row.customer_ref <> ''
                 LEFT JOIN retail_import_wallet wallet
                   ON wallet.partner_id = customer.partner_id AND wallet.program_id = new.program_id
                ORDER BY new.line""",
            company=self.company.id,
            channel=self.channel,
            user=self.env.uid,
            now=self.env.cr.now(),
        )

    def _sql_known(self):
        return SQL(
            """CREATE TEMP TABLE retail_import_known ON COMMIT DROP AS
               WITH staged AS (%(staged)s),
               known AS (
                   SELECT history.program_id, history.customer_key, history.reference,
                          COALESCE(history.earned_on, '-infinity') AS day, history.ordinal, history.points,
                          row_number() OVER (PARTITION BY history.program_id, history.customer_key, history.reference,
                                                          history.earned_on, history.points
                                                 ORDER BY history.ordinal) AS twin
                     FROM (SELECT DISTINCT program_id, customer_key, reference, day FROM staged) document
                     JOIN retail_points_history history
                       ON history.company_id = %(company)s AND history.channel = %(channel)s
                      AND history.program_id = document.program_id AND history.customer_key = document.customer_key
                      AND history.reference = document.reference
                      AND COALESCE(history.earned_on, '-infinity') = document.day)
               SELECT known.*, staged.line IS NOT NULL AS is_in_file
                 FROM known LEFT JOIN staged USING (program_id, customer_key, reference, day, points, twin)""",
            staged=self._sql_staged(),
            company=self.company.id,
            channel=self.channel,
        )

    def _sql_new(self):
        return SQL(
            """CREATE TEMP TABLE retail_import_new ON COMMIT DROP AS
               WITH staged AS (%(staged)s),
               last AS (SELECT program_id, customer_key, reference, day, max(ordinal) AS ordinal
                          FROM retail_import_known GROUP BY 1, 2, 3, 4)
               SELECT staged.line, staged.program_id, staged.customer_key, staged.reference, staged.day, staged.points,
                      staged.wallet_id, staged.last_day,
                      COALESCE(last.ordinal, 0) + row_number() OVER (
                          PARTITION BY staged.program_id, staged.customer_key, staged.reference, staged.day
                              ORDER BY staged.points, staged.line) AS ordinal
                 FROM staged
                 LEFT JOIN retail_import_known known
                     USING (program_id, customer_key, reference, day, points, twin)
                 LEFT JOIN last USING (program_id, customer_key, reference, day)
                WHERE known.ordinal IS NULL""",
            staged=self._sql_staged(),
        )

    def _sql_staged(self):
        """The rows of the file whose program is known, ``twin`` counting those that are equal."""
        return SQL(
            """SELECT row.line, place.program_id, place.customer_key, row.reference,
                      COALESCE(row.day, '-infinity') AS day, round(row.points, 6) AS points, place.wallet_id,
                      place.last_day,
                      row_number() OVER (PARTITION BY place.program_id, place.customer_key, row.reference, row.day,
                                                      round(row.points, 6) ORDER BY row.line) AS twin
                 FROM retail_import_row row JOIN retail_import_place place USING (line)
                WHERE place.program_id IS NOT NULL"""
        )
