"""The import of a file from end to end: all of it, or nothing and an error that lists every bad row."""

from odoo.exceptions import UserError

from .problems import BadFile, Report, explain
from .tables import opened

SHOWN_IN_MESSAGE = 10
LONGEST_CHANNEL = 64
# of files that name no origin
DEFAULT_CHANNEL = "history"


class FileImportError(UserError):
    """Nothing was imported; ``report`` is what a dry run returns, empty when the file could not be read at all."""

    def __init__(self, message, report=None):
        super().__init__(message)
        self.report = report or {}


class FileImport:
    """One import of one file for one root company.

    A kind of import says which ``FILE`` it reads into which ``staging``, for which ``MODEL`` (one import of it runs at
    a time), and how its rows are matched, counted and written.
    """

    FILE = None
    MODEL = None

    def __init__(self, env, company, channel, dry_run=False):
        self.env = env
        self.company = company
        self.channel = (channel or "").strip() or DEFAULT_CHANNEL
        self.dry_run = dry_run
        self.report = Report()
        self.staging = None

    def run(self, path_or_stream, date_format, decimal_mark):
        """The counts, see ``RetailPurchaseHistory.import_csv``."""
        with self.env.cr.savepoint():  # nothing stays of an import that fails, even if the caller goes on
            counts = self._run(path_or_stream, date_format, decimal_mark)
            self.staging.drop()
        return counts

    def _match(self):
        """Find out what the rows mean, and which are new."""
        raise NotImplementedError

    def _count_new(self, writes):
        """What an import writes; of a file with bad rows nothing (``writes`` False)."""
        raise NotImplementedError

    def _write(self):
        raise NotImplementedError

    def _run(self, path_or_stream, date_format, decimal_mark):
        if len(self.channel) > LONGEST_CHANNEL:
            values = {"value": self.channel[:50], "longest": LONGEST_CHANNEL}
            raise FileImportError(explain(self.env, "too_long", values))
        if not self.dry_run:
            self._lock()
        ignored = self._stage(path_or_stream, date_format, decimal_mark)
        self._match()
        counts = self._counts() | {"ignored_columns": ignored}
        if not self.dry_run:
            self._refuse_bad_rows(counts)
            self._write()
        return counts

    def _stage(self, path_or_stream, date_format, decimal_mark):
        """Bring the good rows into the database; return the columns the file has in vain."""
        try:
            with opened(path_or_stream) as stream:
                file = self.FILE(stream, date_format, decimal_mark)
                self.staging.load(file.rows(self.report))
                return file.ignored
        except BadFile as bad:
            raise FileImportError(explain(self.env, bad.code, bad.values)) from bad

    def _lock(self):
        """Let one import of a company run at a time; what another one has just written is found by its keys."""
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", [self.MODEL, self.company.id]
        )
        if not self.env.cr.fetchone()[0]:
            raise FileImportError(
                self.env._(
                    "Another import for this company is under way: wait until it is done, then import again."
                )
            )

    def _counts(self):
        rows = self.staging.count() + self.report.bad_rows
        self.report.merge(*self.staging.problems())
        return {
            "rows": rows,
            **self._count_new(writes=not self.report.bad_rows),
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
        raise FileImportError("\n".join(lines), counts)
