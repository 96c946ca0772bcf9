import datetime
from collections import defaultdict

from odoo.tests import tagged

from . import real_data
from .loading import load_purchases
from .test_scoring import ScoringCase

# Demands of the published method: value and lead over RFM-sum, AUC, calibration error, error of the total
CDNOW = (0.705, 0.02, 0.745, 0.07, 0.26)
COMPLETE_JOURNEY = (0.850, 0.06, 0.875, 0.03, 0.06)
TA_FENG = (0.555, 0.02, 0.725, 0.05, 0.18)


class RealDataCase(ScoringCase):
    def assertDemands(self, purchases, as_of, horizon_weeks, demands):
        self._load(purchases)
        backtest = self.env["retail.backtest"].evaluate(self.company, as_of, horizon_weeks)
        gini, lead, auc, ece, total_error = demands
        self.assertGreaterEqual(backtest.gini_value, gini)
        self.assertGreaterEqual(backtest.gini_value, backtest.gini_rfm + lead)
        self.assertGreaterEqual(backtest.auc, auc)
        self.assertLessEqual(backtest.ece, ece)
        self.assertLessEqual(abs(backtest.total_error), total_error)
        self.assertFalse(self._profiles(), "a back-test leaves the profiles alone")
        return backtest

    def _load(self, purchases):
        """The lines of a customer's day as one: that changes no score and saves memory.

        Without costs: the demands were measured on revenue.
        """
        amounts = defaultdict(float)
        for purchase in purchases:
            amounts[purchase.customer_ref, purchase.date] += purchase.amount
        load_purchases(
            self.env,
            self.company,
            ((ref, day, "", amount, 1, None) for (ref, day), amount in amounts.items()),
        )


@tagged("post_install", "-at_install")
class TestCdnow(RealDataCase):
    def test_backtest_meets_the_demands(self):
        backtest = self.assertDemands(real_data.read_cdnow_master(), datetime.date(1997, 9, 30), 39, CDNOW)
        self.assertEqual(backtest.customer_count, 23570)
        self.assertEqual(sum(bin_["customers"] for bin_ in backtest.calibration), 23570)


@tagged("post_install", "-at_install", "-standard", "retail_data")
class TestBigData(RealDataCase):
    def test_complete_journey_meets_the_demands(self):
        self.assertDemands(
            real_data.read_complete_journey(), datetime.date(2017, 10, 1), 13, COMPLETE_JOURNEY
        )

    def test_ta_feng_meets_the_demands(self):
        self.assertDemands(real_data.read_ta_feng(), datetime.date(2001, 1, 31), 4, TA_FENG)

    def test_complete_journey_labels_are_stable_from_month_to_month(self):
        self._load(real_data.read_complete_journey())
        history = []
        for month in range(4, 13):
            self._run(datetime.date(2017, month, 1))
            history.append(self._codes())
        for before, after in zip(history, history[1:], strict=False):
            known = before.keys() & after.keys()
            self.assertLessEqual(sum(before[p] != after[p] for p in known) / len(known), 0.05)
        for first, second, third in zip(history, history[1:], history[2:], strict=False):
            known = first.keys() & second.keys() & third.keys()
            flips = sum(first[p] == third[p] != second[p] for p in known)
            self.assertLessEqual(flips / len(known), 0.005)
