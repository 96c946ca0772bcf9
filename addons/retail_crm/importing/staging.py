"""The rows of the file in temporary tables, and what they refer to: products, stores, currencies.

Tables: ``retail_import_row`` (the good rows), ``_product``, ``_store``, ``_rate`` (distinct values of the file and what
they mean), ``_customer`` (see customers.py), ``_known`` and ``_new`` (see matching.py).
"""

import csv
import io
import itertools

from odoo import fields
from odoo.tools import SQL

from .problems import Problem, Report

BATCH = 5_000
TABLES = ("row", "product", "store", "rate", "customer", "known", "new")
# In the order of purchase_file.COLUMNS.
ROW_COLUMNS = """line int4, customer_ref text, customer_name text, day date, reference text, amount numeric,
                 cost numeric, quantity float8, product_ref text, store text, currency text, phone text, email text"""
COPY = """COPY retail_import_row FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (
              customer_ref, customer_name, reference, product_ref, store, currency, phone, email))"""


class Staging:
    def __init__(self, env, company):
        self.env = env
        self.company = company

    def load(self, rows):
        """Copy ``rows`` of ``PurchaseFile.rows`` in batches."""
        self.drop()
        self.env.cr.execute(SQL("CREATE TEMP TABLE retail_import_row (%s) ON COMMIT DROP", SQL(ROW_COLUMNS)))
        rows = iter(rows)
        while batch := list(itertools.islice(rows, BATCH)):
            buffer = io.StringIO()
            csv.writer(buffer).writerows(batch)
            buffer.seek(0)
            self.env.cr.copy_expert(COPY, buffer)
        # amounts in the company's own currency need no rate, whether the file names it or not
        self.env.cr.execute(
            SQL(
                "UPDATE retail_import_row SET currency = '' WHERE currency = %s",
                self.company.currency_id.name,
            )
        )
        self.env.cr.execute("ANALYZE retail_import_row")

    def drop(self):
        for table in TABLES:
            self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"retail_import_{table}")))

    def count(self):
        return self.env.execute_query(SQL("SELECT count(*) FROM retail_import_row"))[0][0]

    def match_products_stores_and_rates(self):
        for query in (self._sql_products(), self._sql_stores(), self._sql_rates()):
            self.env.cr.execute(query)

    def new_store_codes(self):
        """Codes of the stores that new purchases name and the company lacks."""
        query = SQL(
            """SELECT DISTINCT store.code FROM retail_import_store store
                 JOIN retail_import_row row ON row.store = store.code
                 JOIN retail_import_new USING (line)
                WHERE store.id IS NULL ORDER BY store.code"""
        )
        return [code for (code,) in self.env.execute_query(query)]

    def create_stores(self):
        codes = self.new_store_codes()
        stores = (
            self.env["retail.store"]
            .sudo()
            .create([{"name": code, "code": code, "company_id": self.company.id} for code in codes])
        )
        self.env.flush_all()
        for store in stores:
            self.env.cr.execute(
                SQL("UPDATE retail_import_store SET id = %s WHERE code = %s", store.id, store.code)
            )

    def problems(self):
        """The first problems by line and the number of bad rows, of the rows that are here."""
        found = SQL(" UNION ALL ").join(self._sql_problems())
        total = self.env.execute_query(SQL("SELECT count(DISTINCT line) FROM (%s) found", found))[0][0]
        if not total:
            return [], 0
        first = self.env.execute_query(
            SQL(
                "SELECT line, name, code, value, detail FROM (%s) found ORDER BY line, name LIMIT %s",
                found,
                Report.LIMIT,
            )
        )
        return [self._problem(*row) for row in first], total

    def _problem(self, line, column, code, value, detail):
        return Problem(
            line, column, code, {"value": value, "detail": detail, "today": self._today().isoformat()}
        )

    def _today(self):
        """The day in the shops' time zone."""
        return fields.Date.context_today(self.company.with_context(tz=self.company.retail_tz or "UTC"))

    # What is wrong: line, column, code, and two texts for the message

    def _sql_problems(self):
        return [
            self._sql_future_dates(),
            self._sql_ambiguous_customers(),
            self._sql_bad_products(),
            self._sql_bad_currencies(),
            self._sql_other_amounts(),
        ]

    def _sql_future_dates(self):
        return SQL(
            """SELECT line, 'date' AS name, 'future' AS code, day::text AS value, '' AS detail
                 FROM retail_import_row WHERE day > %s""",
            self._today(),
        )

    def _sql_ambiguous_customers(self):
        return SQL(
            """SELECT row.line, 'customer_ref', 'ambiguous_customer', row.customer_ref, ''
                 FROM retail_import_customer customer JOIN retail_import_row row ON row.customer_ref = customer.ref
                WHERE customer.matches > 1"""
        )

    def _sql_bad_products(self):
        return SQL(
            """SELECT row.line, 'product_ref',
                      CASE product.matches WHEN 0 THEN 'unknown_product' ELSE 'ambiguous_product' END,
                      row.product_ref, ''
                 FROM retail_import_product product JOIN retail_import_row row ON row.product_ref = product.ref
                WHERE product.matches <> 1"""
        )

    def _sql_bad_currencies(self):
        return SQL(
            """SELECT row.line, 'currency',
                      CASE WHEN rate.currency_id IS NULL THEN 'unknown_currency' ELSE 'no_rate' END,
                      CASE WHEN rate.currency_id IS NULL OR rate.foreign_rate IS NULL THEN row.currency ELSE %s END,
                      row.day::text
                 FROM retail_import_rate rate JOIN retail_import_row row USING (currency, day)
                WHERE rate.foreign_rate IS NULL OR rate.home_rate IS NULL""",
            self.company.currency_id.name,
        )

    def _sql_other_amounts(self):
        """A document that has new rows, and rows imported earlier that the file does not have, was changed."""
        return SQL(
            """SELECT row.line, 'amount', 'other_amount', row.amount::text, gone.amounts
                 FROM (SELECT customer_ref, reference, day, string_agg(amount::text, ', ' ORDER BY ordinal) AS amounts
                         FROM retail_import_known WHERE NOT is_in_file GROUP BY customer_ref, reference, day) gone
                 JOIN retail_import_row row USING (customer_ref, reference, day)
                 JOIN retail_import_new USING (line)"""
        )

    # What the values of the file mean

    def _sql_products(self):
        """Active products win over archived ones; ``matches`` counts who is left, ``id`` is one of them."""
        return SQL(
            """CREATE TEMP TABLE retail_import_product ON COMMIT DROP AS
               WITH wanted AS (SELECT DISTINCT product_ref AS ref FROM retail_import_row WHERE product_ref <> ''),
               found AS (
                   SELECT wanted.ref, product.id, product.active FROM wanted
                     JOIN product_product product ON product.default_code = wanted.ref
                     JOIN product_template template ON template.id = product.product_tmpl_id
                    WHERE template.company_id IS NULL OR template.company_id IN %(companies)s
                    UNION
                   SELECT wanted.ref, product.id, product.active FROM wanted
                     JOIN product_product product ON product.barcode = wanted.ref
                     JOIN product_template template ON template.id = product.product_tmpl_id
                    WHERE template.company_id IS NULL OR template.company_id IN %(companies)s),
               counted AS (
                   SELECT ref, count(*) FILTER (WHERE active) AS active, min(id) FILTER (WHERE active) AS active_id,
                          count(*) AS all, min(id) AS any_id FROM found GROUP BY ref)
               SELECT wanted.ref, COALESCE(NULLIF(counted.active, 0), counted.all, 0) AS matches,
                      COALESCE(counted.active_id, counted.any_id) AS id
                 FROM wanted LEFT JOIN counted USING (ref)""",
            companies=self._company_ids(),
        )

    def _sql_stores(self):
        return SQL(
            """CREATE TEMP TABLE retail_import_store ON COMMIT DROP AS
               SELECT wanted.code, store.id
                 FROM (SELECT DISTINCT store AS code FROM retail_import_row WHERE store <> '') wanted
                 LEFT JOIN retail_store store ON store.code = wanted.code AND store.company_id = %s""",
            self.company.id,
        )

    def _sql_rates(self):
        """Rates of the foreign currencies of each day, as Odoo finds them but never one of a later day.

        A company currency without any rate counts 1, as in Odoo.
        """
        company = self.company
        return SQL(
            """CREATE TEMP TABLE retail_import_rate ON COMMIT DROP AS
               SELECT wanted.currency, wanted.day, currency.id AS currency_id, currency.decimal_places,
                      %(foreign_rate)s AS foreign_rate,
                      CASE WHEN EXISTS (SELECT FROM res_currency_rate WHERE currency_id = %(home)s
                                           AND (company_id = %(company)s OR company_id IS NULL))
                           THEN %(home_rate)s ELSE 1 END AS home_rate
                 FROM (SELECT DISTINCT currency, day FROM retail_import_row WHERE currency <> '') wanted
                 LEFT JOIN res_currency currency ON currency.name = wanted.currency""",
            home=company.currency_id.id,
            company=company.id,
            foreign_rate=self._sql_rate(SQL("currency.id")),
            home_rate=self._sql_rate(SQL("%s", company.currency_id.id)),
        )

    def _sql_rate(self, currency_id):
        return SQL(
            """(SELECT rate.rate FROM res_currency_rate rate
                 WHERE rate.currency_id = %s AND rate.name <= wanted.day
                   AND (rate.company_id = %s OR rate.company_id IS NULL)
                 ORDER BY rate.company_id, rate.name DESC LIMIT 1)""",
            currency_id,
            self.company.id,
        )

    def _company_ids(self):
        """The company and its branches."""
        return tuple(self.env["res.company"].sudo().search([("id", "child_of", self.company.id)]).ids)
