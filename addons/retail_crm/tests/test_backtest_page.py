from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import RetailCommon

GOOD = {
    "customer_count": 300,
    "model_rung": "fitted",
    "gini_value": 0.80,
    "gini_rfm": 0.70,
    "gini_monetary": 0.65,
    "capture_top10": 0.55,
    "auc": 0.85,
    "ece": 0.02,
    "total_error": 0.05,
    "calibration": [{"customers": 300, "predicted": 0.4, "observed": 0.5}],
}


class BacktestPageCase(RetailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        roles = ("manager", "approver", "finance", "auditor", "user")
        cls.users = {role: cls._user(f"page_{role}", f"retail_crm.group_{role}") for role in roles}

    @classmethod
    def _backtest(cls, days_ago=28, company=None, **figures):
        return cls.env["retail.backtest"].create(
            {
                "company_id": (company or cls.company).id,
                "as_of": cls.today - timedelta(days=days_ago),
                "horizon_weeks": 4,
                **GOOD,
                **figures,
            }
        )

    def _data(self, role="manager", company=None):
        company = company or self.company
        page = self.env["retail.backtest.page"].with_user(self.users[role])
        return page.with_context(allowed_company_ids=company.ids, lang="en_US").get_data()

    def _warnings(self, **figures):
        """{figure: advice} that the page shows for a back-test with ``figures``."""
        self.env["retail.backtest"].search([("company_id", "=", self.company.id)]).unlink()
        self._backtest(**figures)
        [shown] = self._data()["backtests"]
        return {warning["figure"]: warning["advice"] for warning in shown["warnings"]}


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestBacktestPage(BacktestPageCase):
    def test_page_shows_what_a_run_found(self):
        self.env["retail.policy"]._get_active(self.company).horizon_weeks = 4
        for number in range(12):
            customer = self._customer(f"Customer {number}")
            for purchase in range(6):
                self._buys(customer, 10 + number, days_ago=number + 14 * purchase)
        backtest = self._rescore().backtest_id
        [shown] = self._data()["backtests"]
        for name in ("id", "as_of", "window_end", "customer_count", "gini_value", "auc", "calibration"):
            self.assertEqual(shown[name], backtest[name], name)
        self.assertIn("of the following 4 weeks", shown["sentences"][0])

    def test_back_tests_come_newest_first_and_once_for_each_day_and_horizon(self):
        old = self._backtest(days_ago=35)
        self._backtest(gini_value=0.1)
        again = self._backtest()
        longer = self._backtest(horizon_weeks=13)
        shown = [backtest["id"] for backtest in self._data()["backtests"]]
        self.assertEqual(shown, [longer.id, again.id, old.id])

    def test_good_figures_warn_of_nothing(self):
        self.assertEqual(self._warnings(), {})

    def test_each_figure_on_the_wrong_side_of_its_bar_warns_with_advice(self):
        broken = {
            "gini_value": {"gini_value": 0.719},
            "auc": {"auc": 0.699},
            "ece": {"ece": 0.071},
            "total_error": {"total_error": -0.27},
        }
        for figure, figures in broken.items():
            warnings = self._warnings(**figures)
            self.assertEqual(list(warnings), [figure])
            self.assertTrue(warnings[figure])

    def test_figures_that_just_reach_their_bar_do_not_warn(self):
        bars = self._data()["bars"]
        self.assertEqual(
            self._warnings(
                gini_value=GOOD["gini_rfm"] + bars["gini_lead"] + 0.0001,
                auc=bars["auc"],
                ece=bars["ece"],
                total_error=-bars["total_error"],
            ),
            {},
        )

    def test_advice_tells_too_much_from_too_little(self):
        self.assertIn("less came", self._warnings(total_error=0.5)["total_error"])
        self.assertIn("more came", self._warnings(total_error=-0.5)["total_error"])

    def test_shop_with_too_little_history_is_not_blamed_for_percentages_it_never_showed(self):
        self.assertEqual(self._warnings(model_rung="rank", ece=0.5), {})
        [shown] = self._data()["backtests"]
        self.assertIn("too little history for percentages", " ".join(shown["sentences"]))
        self.assertNotIn("percentage points", " ".join(shown["sentences"]))

    def test_empty_page_says_when_the_first_back_test_comes(self):
        self.assertEqual(self._data()["first"]["day"], None)
        customer = self._customer("Anna")
        self._in_segment(customer, "key", first_purchase_date=date(2025, 6, 1), horizon_weeks=13)
        first = self._data()["first"]
        self.assertEqual((first["first_purchase_date"], first["horizon_weeks"]), (date(2025, 6, 1), 13))
        self.assertEqual(first["day"], date(2025, 8, 31))
        self._backtest()
        self.assertIsNone(self._data()["first"])

    def test_oversight_reads_the_page_and_staff_do_not(self):
        self._backtest()
        for role in ("manager", "approver", "finance", "auditor"):
            self.assertEqual(len(self._data(role)["backtests"]), 1, role)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self._data("user")

    def test_companies_are_kept_apart_and_a_branch_sees_its_main_company(self):
        other = self._create_company("Other Shop")
        branch = self._create_company("Branch", parent_id=self.company.id)
        mine, theirs = self._backtest(), self._backtest(company=other)
        self.users["manager"].company_ids = [Command.link(other.id), Command.link(branch.id)]
        for company, backtest in ((self.company, mine), (branch, mine), (other, theirs)):
            shown = self._data(company=company)["backtests"]
            self.assertEqual([shown_one["id"] for shown_one in shown], backtest.ids, company.name)

    def test_number_of_queries_does_not_depend_on_the_number_of_back_tests(self):
        for week in range(30):
            self._backtest(days_ago=28 + 7 * week)
        self._data()
        self.env.invalidate_all()
        # current company 1, back-tests 1
        with self.assertQueryCount(3):
            self._data()


@tagged("post_install", "-at_install")
class TestBacktestPageTour(BacktestPageCase, HttpCase):
    def test_manager_sees_how_far_to_trust_the_figures(self):
        self.env["res.lang"]._activate_lang("en_US")
        for week in range(5):
            self._backtest(days_ago=28 + 7 * week, auc=0.6 if week == 2 else 0.85)
        user = self.users["manager"]
        user.lang = "en_US"
        self.start_tour("/odoo/retail-figures-quality", "retail_crm_backtest_page", login=user.login)
