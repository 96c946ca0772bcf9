"""The import of purchases; each step stands in a file of its own."""

from .customers import Customers
from .file_import import FileImport
from .matching import Matching
from .purchase_file import PurchaseFile
from .purchase_staging import PurchaseStaging


class HistoryImport(FileImport):
    """One import of one file of purchases for one root company."""

    FILE = PurchaseFile
    MODEL = "retail.purchase.history"

    def __init__(self, env, company, channel, dry_run=False):
        super().__init__(env, company, channel, dry_run)
        self.staging = PurchaseStaging(env, company)
        self.customers = Customers(env, company, self.channel)
        self.matching = Matching(env, company, self.channel)

    def _match(self):
        self.customers.match()
        self.staging.match_products_stores_and_rates()
        self.matching.match()

    def _count_new(self, writes):
        new = self.matching.summary()
        return {
            "created": new["rows"] if writes else 0,
            "already_there": self.staging.count() - new["rows"],
            "customers_created": self.customers.count_new() if writes else 0,
            "stores_created": self.staging.new_store_codes() if writes else [],
            "amount_total": float(new["amount"]) if writes else 0.0,
            "date_from": new["date_from"] if writes else None,
            "date_to": new["date_to"] if writes else None,
        }

    def _write(self):
        self.customers.create_new()
        self.staging.create_stores()
        self.matching.insert()
