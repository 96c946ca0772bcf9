"""The rows of a file in temporary tables.

Tables: ``retail_import_row`` (the good rows), ``_customer`` (see customers.py), ``_known`` and ``_new`` (which rows
were imported before), and those of the kind of file: distinct values and what they mean.
"""

import csv
import io
import itertools

from odoo import fields
from odoo.tools import SQL

from .problems import Problem, Report

BATCH = 5_000


class Staging:
    """A kind of file says its ``TABLES``, the ``COLUMNS`` of its rows in the order of the file's, which of them are
    ``TEXTS`` ('' and not NULL where the file has none), and what may be wrong with them.
    """

    TABLES = ("row", "customer", "known", "new")
    COLUMNS = ""
    TEXTS = ()

    def __init__(self, env, company):
        self.env = env
        self.company = company

    def load(self, rows):
        """Copy ``rows`` of ``TableFile.rows`` in batches."""
        self.drop()
        self.env.cr.execute(SQL("CREATE TEMP TABLE retail_import_row (%s) ON COMMIT DROP", SQL(self.COLUMNS)))
        rows = iter(rows)
        copy = SQL(
            "COPY retail_import_row FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL (%s))",
            SQL(", ").join(SQL.identifier(text) for text in self.TEXTS),
        )
        while batch := list(itertools.islice(rows, BATCH)):
            buffer = io.StringIO()
            csv.writer(buffer).writerows(batch)
            buffer.seek(0)
            self.env.cr.copy_expert(copy.code, buffer)
        self._tidy()
        self.env.cr.execute("ANALYZE retail_import_row")

    def drop(self):
        for table in self.TABLES:
            self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"retail_import_{table}")))

    def count(self):
        return self.env.execute_query(SQL("SELECT count(*) FROM retail_import_row"))[0][0]

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

    def _tidy(self):
        """Whatever makes rows that mean the same the same."""

    # What is wrong: line, column, code, and two texts for the message

    def _sql_problems(self):
        return [self._sql_ambiguous_customers()]

    def _sql_ambiguous_customers(self):
        return SQL(
            """SELECT row.line, 'customer_ref' AS name, 'ambiguous_customer' AS code,
                      row.customer_ref AS value, '' AS detail
                 FROM retail_import_customer customer JOIN retail_import_row row ON row.customer_ref = customer.ref
                WHERE customer.matches > 1"""
        )

    def _company_ids(self):
        """The company and its branches."""
        return tuple(self.env["res.company"].sudo().search([("id", "child_of", self.company.id)]).ids)
