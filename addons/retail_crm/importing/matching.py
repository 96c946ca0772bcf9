"""Which rows of the file are new, and their way into the table.

Rows of one customer, reference and day are told apart by their ordinal. The order of the rows in the file must not
matter, so a row counts as imported when one with the same amount (in its own currency) was: the n-th of equal ones
meets the n-th. What is left over on both sides of such a document is a changed amount, and a problem.
"""

from odoo.tools import SQL


class Matching:
    """``retail_import_known``: rows imported earlier of the documents in the file; ``retail_import_new``: lines and
    ordinals of the rows to write."""

    def __init__(self, env, company, channel):
        self.env = env
        self.company = company
        self.channel = channel

    def match(self):
        for query in (self._sql_known(), self._sql_new()):
            self.env.cr.execute(query)
        self.env.cr.execute("ANALYZE retail_import_new")

    def summary(self):
        """Number, sum in company currency, first and last day of the new rows."""
        return self.env.execute_query_dict(
            SQL(
                """SELECT count(*) AS rows, COALESCE(sum(priced.amount), 0) AS amount,
                          min(priced.day) AS date_from, max(priced.day) AS date_to
                     FROM (%s) priced JOIN retail_import_new USING (line)""",
                self._sql_priced(),
            )
        )[0]

    def insert(self):
        """Write the new rows. A key that another transaction has just written is a serialization failure, which
        the server answers by running the request again."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_purchase_history (
                       company_id, channel, reference, customer_ref, date, ordinal, partner_id, amount,
                       cost, has_cost, quantity, product_id, store_id, original_amount, original_currency_id,
                       create_uid, write_uid, create_date, write_date)
                   SELECT %(company)s, %(channel)s, priced.reference, priced.customer_ref, priced.day, new.ordinal,
                          customer.partner_id, priced.amount, priced.cost, priced.cost IS NOT NULL, priced.quantity,
                          product.id, store.id,
                          CASE WHEN priced.currency_id <> 0 THEN priced.own_amount END, NULLIF(priced.currency_id, 0),
                          %(user)s, %(user)s, %(now)s, %(now)s
                     FROM (%(priced)s) priced
                     JOIN retail_import_new new USING (line)
                     JOIN retail_import_customer customer ON customer.ref = priced.customer_ref
                     LEFT JOIN retail_import_product product ON product.ref = priced.product_ref
                     LEFT JOIN retail_import_store store ON store.code = priced.store
                    ORDER BY priced.line
                       ON CONFLICT DO NOTHING""",
                company=self.company.id,
                channel=self.channel,
                user=self.env.uid,
                now=self.env.cr.now(),
                priced=self._sql_priced(),
            )
        )

    def _sql_priced(self):
        """The rows of the file with amounts in company currency; ``currency_id`` is 0 where that is their own."""
        return SQL(
            """SELECT row.line, row.customer_ref, row.reference, row.day, row.product_ref, row.store, row.quantity,
                      COALESCE(rate.currency_id, 0) AS currency_id,
                      round(row.amount, COALESCE(rate.decimal_places, %(decimals)s)) AS own_amount,
                      round(row.amount * %(factor)s, %(decimals)s) AS amount,
                      round(row.cost * %(factor)s, %(decimals)s) AS cost
                 FROM retail_import_row row LEFT JOIN retail_import_rate rate USING (currency, day)""",
            decimals=self.company.currency_id.decimal_places,
            factor=SQL("CASE WHEN row.currency = '' THEN 1 ELSE rate.home_rate / rate.foreign_rate END"),
        )

    def _sql_known(self):
        return SQL(
            """CREATE TEMP TABLE retail_import_known ON COMMIT DROP AS
               WITH staged AS (%(staged)s),
               known AS (
                   SELECT history.customer_ref, history.reference, history.date AS day, history.ordinal,
                          COALESCE(history.original_amount, history.amount) AS amount,
                          COALESCE(history.original_currency_id, 0) AS currency_id,
                          row_number() OVER (PARTITION BY history.customer_ref, history.reference, history.date,
                                                          COALESCE(history.original_amount, history.amount),
                                                          history.original_currency_id ORDER BY history.ordinal) AS twin
                     FROM (SELECT DISTINCT customer_ref, reference, day FROM retail_import_row) document
                     JOIN retail_purchase_history history
                       ON history.company_id = %(company)s AND history.channel = %(channel)s
                      AND history.reference = document.reference AND history.customer_ref = document.customer_ref
                      AND history.date = document.day)
               SELECT known.*, staged.line IS NOT NULL AS is_in_file
                 FROM known LEFT JOIN staged USING (customer_ref, reference, day, amount, currency_id, twin)""",
            staged=self._sql_staged(),
            company=self.company.id,
            channel=self.channel,
        )

    def _sql_new(self):
        return SQL(
            """CREATE TEMP TABLE retail_import_new ON COMMIT DROP AS
               WITH staged AS (%(staged)s),
               last AS (SELECT customer_ref, reference, day, max(ordinal) AS ordinal
                          FROM retail_import_known GROUP BY customer_ref, reference, day)
               SELECT staged.line,
                      COALESCE(last.ordinal, 0) + row_number() OVER (
                          PARTITION BY staged.customer_ref, staged.reference, staged.day
                              ORDER BY staged.amount, staged.currency_id, staged.line) AS ordinal
                 FROM staged
                 LEFT JOIN retail_import_known known USING (customer_ref, reference, day, amount, currency_id, twin)
                 LEFT JOIN last USING (customer_ref, reference, day)
                WHERE known.ordinal IS NULL""",
            staged=self._sql_staged(),
        )

    def _sql_staged(self):
        """The rows of the file, ``twin`` counting those that are equal."""
        return SQL(
            """SELECT line, customer_ref, reference, day, own_amount AS amount, currency_id,
                      row_number() OVER (PARTITION BY customer_ref, reference, day, own_amount, currency_id
                                             ORDER BY line) AS twin
                 FROM (%s) priced""",
            self._sql_priced(),
        )
