"""The rows of a file of purchases, and what they refer to: products, stores, currencies."""

from odoo.tools import SQL

from .staging import Staging


class PurchaseStaging(Staging):
    """Tables beside the common ones: ``retail_import_product``, ``_store``, ``_rate``."""

    TABLES = (*Staging.TABLES, "product", "store", "rate")
    # in the order of purchase_file.COLUMNS
    COLUMNS = """line int4, customer_ref text, customer_name text, day date, reference text, amount numeric,
                 cost numeric, quantity float8, product_ref text, store text, currency text, phone text, email text"""
    TEXTS = (
        "customer_ref",
        "customer_name",
        "reference",
        "product_ref",
        "store",
        "currency",
        "phone",
        "email",
    )

    def _tidy(self):
        """Amounts in the company's own currency need no rate, whether the file names it or not."""
        self.env.cr.execute(
            SQL(
                "UPDATE retail_import_row SET currency = '' WHERE currency = %s",
                self.company.currency_id.name,
            )
        )

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

    def _sql_problems(self):
        return [
            self._sql_future_dates(),
            *super()._sql_problems(),
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
