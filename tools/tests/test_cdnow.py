import csv
import datetime
import tempfile
import unittest
from pathlib import Path

from run import cdnow

SAMPLE = """\
 customer_id  date number_of_cds  dollar_value
 00001 19970101  1   11.77
 00002 19970112  5   77.00
 00002 19980630  0    0.00
"""


class TestConversion(unittest.TestCase):
    def _convert(self, yesterday):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "cdnow.txt"), Path(folder, "new", "cdnow.csv")
            source.write_text(SAMPLE)
            cdnow.convert(source, target, yesterday)
            self.assertEqual(list(target.parent.iterdir()), [target])
            return list(csv.DictReader(target.read_text().splitlines()))

    def test_last_purchase_of_the_data_set_was_yesterday(self):
        rows = self._convert(datetime.date(2026, 5, 31))
        self.assertEqual([row["date"] for row in rows], ["2024-12-02", "2024-12-13", "2026-05-31"])

    def test_columns_of_the_import(self):
        row = self._convert(datetime.date(2026, 5, 31))[1]
        self.assertEqual(
            row,
            {
                "customer_ref": "00002",
                "customer_name": "CDNOW 00002",
                "date": "2024-12-13",
                "reference": "",
                "amount": "77.00",
                "quantity": "5",
            },
        )
