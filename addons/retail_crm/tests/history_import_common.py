"""What the tests of the import share: a company of its own, fixed days, short files."""

import contextlib
import io

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, freeze_time

HEADER = "customer_ref,customer_name,date,reference,amount"


@freeze_time("2025-06-15 12:00:00")
class HistoryImportCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref("base.EUR")
        cls.company = cls._company("Import shop")
        cls.History = cls.env["retail.purchase.history"]

    @classmethod
    def _company(cls, name):
        return cls.env["res.company"].create({"name": name, "currency_id": cls.euro.id, "retail_tz": "UTC"})

    def _import(self, *lines, header=HEADER, company=None, **options):
        content = "\n".join([header, *lines]).encode()
        return self.History.import_csv(company or self.company, io.BytesIO(content), **options)

    def _rows(self, company=None):
        return self.History.search([("company_id", "=", (company or self.company).id)], order="id")

    def _amounts(self, company=None):
        return sorted(self._rows(company).mapped("amount"))

    @contextlib.contextmanager
    def assertNothingWritten(self):
        """What an import could write is as it was."""
        models = ("retail.purchase.history", "retail.customer.ref", "retail.store", "res.partner")

        def count():
            return {
                model: self.env[model].with_context(active_test=False).search_count([]) for model in models
            }

        before = count()
        yield
        self.assertEqual(count(), before)

    def assertRefused(self, reason, *lines, bad_lines=None, **options):
        """The import says ``reason`` of the rows ``bad_lines`` and writes nothing."""
        with self.assertNothingWritten(), self.assertRaisesRegex(UserError, reason) as caught:
            self._import(*lines, **options)
        if bad_lines is not None:
            self.assertEqual([bad["line"] for bad in caught.exception.report["bad_rows"]], bad_lines)
        return caught.exception.report
