"""CDNOW: every purchase of 23,570 customers of a music shop, as the product's own import wants to have it.

The data set ships with the Python package lifetimes. Its last day becomes yesterday; the names are ours."""

import csv
import datetime

from . import paths

COLUMNS = ("customer_ref", "customer_name", "date", "reference", "amount", "quantity")
LAST_DAY = datetime.date(1998, 6, 30)


def source_file(python_environment):
    return python_environment.site_packages / "lifetimes" / "datasets" / "CDNOW_master.txt"


def convert(source, target, yesterday):
    """Writes the CSV file under a temporary name first, so that a file that is there is complete."""
    unfinished = target.with_suffix(".unfinished")
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open() as lines, unfinished.open("w", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(COLUMNS)
        next(lines)  # the header
        writer.writerows(rows(lines, shift=yesterday - LAST_DAY))
    unfinished.rename(target)


def rows(lines, shift):
    """`00001 19970101 1 11.77` -> a row of COLUMNS; a purchase has no number of its own in this data set."""
    for line in lines:
        customer, day, quantity, amount = line.split()
        date = datetime.datetime.strptime(day, "%Y%m%d").date() + shift
        yield customer, f"CDNOW {customer}", date.isoformat(), "", amount, quantity


def ensure_converted(python_environment):
    """The file of this demo database. Its dates stay as they are: shifted again, all its purchases would be new."""
    target = paths.STATE / "demo" / "cdnow.csv"
    if not target.exists():
        yesterday = datetime.date.today() - datetime.timedelta(days=1)
        convert(source_file(python_environment), target, yesterday)
    return target


def forget_converted():
    (paths.STATE / "demo" / "cdnow.csv").unlink(missing_ok=True)
