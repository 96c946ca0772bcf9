"""A file of purchases: which columns it has."""

from .table_file import TableFile
from .values import currency_code, required

REQUIRED = ("customer_ref", "customer_name", "date", "reference", "amount")
OPTIONAL = ("cost", "quantity", "product_ref", "store", "currency", "customer_phone", "customer_email")
COLUMNS = REQUIRED + OPTIONAL


class PurchaseFile(TableFile):
    REQUIRED = REQUIRED
    OPTIONAL = OPTIONAL
    NUMBERS = ("amount", "cost", "quantity")
    DATES = ("date",)

    def _parsers(self):
        return super()._parsers() | {
            "customer_ref": required,
            "currency": currency_code,
            "amount": self.numbers.required,
            "date": self.dates.parse,
        }
