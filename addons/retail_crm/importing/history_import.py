"""The import of purchases from end to end; each step stands in a file of its own."""

from odoo.exceptions import UserError

from .customers import Customers
from .matching import Matching
from .problems import BadFile, Report, explain
from .purchase_file import PurchaseFile
from .staging import Staging
from .tables import opened

SHOWN_IN_MESSAGE = 10
LONGEST_CHANNEL = 64


class HistoryImportError(UserError):
    """Nothing was imported; ``report`` is what a dry run returns, empty when the file could not be read at all."""

    def __init__(self, message, report=None):
        super().__init__(message)
        self.report = report or {}


class HistoryImport:
    """One import of one file for one root company."""

    def __init__(self, env, company, channel, dry_run=False):
        self.env = env
        self.company = company
        self.channel = (channel or "").strip() or "history"
        self.dry_run = dry_run
        self.report = Report()
        self.staging = Staging(env, company)
        self.customers = Customers(env, company, self.channel)
        self.matching = Matching(env, company, self.channel)

    def run(self, path_or_stream, date_format, decimal_mark):
        """The counts of ``RetailPurchaseHistory.import_csv``."""
        with self.env.cr.savepoint():  # nothing stays of an import that fails, even if the caller goes on
            counts = self._run(path_or_stream, date_format, decimal_mark)
            self.staging.drop()
        return counts

    def _run(self, path_or_stream, date_format, decimal_mark):
        if len(self.channel) > LONGEST_CHANNEL:
            values = {"value": self.channel[:50], "longest": LONGEST_CHANNEL}
            raise HistoryImportError(explain(self.env, "too_long", values))
        if not self.dry_run:
            self._lock()
        ignored = self._stage(path_or_stream, date_format, decimal_mark)
        self.customers.match()
        self.staging.match_products_stores_and_rates()
        self.matching.match()
        counts = self._counts() | {"ignored_columns": ignored}
        if not self.dry_run:
            self._refuse_bad_rows(counts)
            self._write()
        return counts

    def _stage(self, path_or_stream, date_format, decimal_mark):
        """Bring the good rows into the database; return the columns the file has in vain."""
        try:
            with opened(path_or_stream) as stream:
                file = PurchaseFile(stream, date_format, decimal_mark)
                self.staging.load(file.rows(self.report))
                return file.ignored
        except BadFile as bad:
            raise HistoryImportError(explain(self.env, bad.code, bad.values)) from bad

    def _lock(self):
        """Let one import of a company run at a time; what another one has just written is found by its keys."""
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext('retail.purchase.history'), %s)", [self.company.id]
        )
        if not self.env.cr.fetchone()[0]:
            raise HistoryImportError(
                self.env._(
                    "Another import for this company is under way: wait until it is done, then import again."
                )
            )

    def _counts(self):
        staged = self.staging.count()
        rows = staged + self.report.bad_rows
        self.report.merge(*self.staging.problems())
        new = self.matching.summary()
        writes = not self.report.bad_rows  # all rows or none
        return {
            "rows": rows,
            "created": new["rows"] if writes else 0,
            "already_there": staged - new["rows"],
            "customers_created": self.customers.count_new() if writes else 0,
            "stores_created": self.staging.new_store_codes() if writes else [],
            "amount_total": float(new["amount"]) if writes else 0.0,
            "date_from": new["date_from"] if writes else None,
            "date_to": new["date_to"] if writes else None,
            "bad_total": self.report.bad_rows,
            "bad_rows": self.report.explained(self.env),
        }

    def _refuse_bad_rows(self, counts):
        if not counts["bad_total"]:
            return
        lines = [
            self.env._(
                "%(bad)s of %(rows)s rows cannot be imported, so nothing was imported.",
                bad=counts["bad_total"],
                rows=counts["rows"],
            )
        ]
        for bad in counts["bad_rows"][:SHOWN_IN_MESSAGE]:
            lines.append(
                self.env._("Line %(line)s, %(column)s: %(reason)s", **bad | {"column": bad["column"] or "-"})
            )
        if len(counts["bad_rows"]) > SHOWN_IN_MESSAGE:
            lines.append("...")
        raise HistoryImportError("\n".join(lines), counts)

    def _write(self):
        self.customers.create_new()
        self.staging.create_stores()
        self.matching.insert()
