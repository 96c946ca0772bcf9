import unittest
from datetime import date
from decimal import Decimal

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..models.retail_scoring import InactivityModel
from ..scoring import mbg_nbd
from . import documentation
from .common import RetailCommon


@unittest.skipUnless(documentation.ARE_THERE, documentation.WHY_SKIPPED)
@tagged("post_install", "-at_install")
class TestWorkedCustomer(RetailCommon):
    """The customer computed by hand in docs/scoring.md, against the program. The figures stand on the page alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = documentation.read("scoring.md")
        cls.worked_out = documentation.rows(cls.page, "Figure")
        given = {row["Parameter"]: float(row["Value"]) for row in documentation.rows(cls.page, "Parameter")}
        parameters = mbg_nbd.Parameters(*(given[name] for name in mbg_nbd.Parameters._fields))
        cls.model = InactivityModel("fitted", parameters, mbg_nbd.IDENTITY)
        cls.company.retail_default_margin_rate = given["default margin rate"]
        cls.policy = cls.env["retail.policy"]._get_active(cls.company)
        cls.policy.horizon_weeks = given["horizon (weeks)"]
        cls.customer = cls._customer("Mei Lin")
        for row in documentation.rows(cls.page, "Day"):
            cost = float(row["Cost"]) if row["Cost"] else None
            cls._buys(cls.customer, float(row["Amount"]), day=date.fromisoformat(row["Day"]), cost=cost)
        for row in documentation.rows(cls.page, "Customer"):
            customer = cls._customer(row["Customer"])
            for day in row["Days"].split(", "):
                cls._buys(customer, float(row["Amount"]), day=date.fromisoformat(day))

    def setUp(self):
        super().setUp()
        # eleven customers are too few to fit; the page gives the parameters
        self.patch(self.registry["retail.scoring"], "_fit", lambda *_args, **_kwargs: self.model)

    def test_policy_of_the_page_is_the_standard_one(self):
        given = {row["Parameter"]: float(row["Value"]) for row in documentation.rows(self.page, "Parameter")}
        self.assertEqual(self.policy.half_life_weeks, given["half-life (weeks)"])

    def test_purchases_weigh_as_on_the_page(self):
        rows = documentation.rows(self.page, "Day")
        self.assertPurchases(
            self.customer,
            revenue=sum(float(row["Amount"]) for row in rows),
            contribution=sum(float(row["Contribution"]) for row in rows),
            rows=len(rows),
        )
        for row in rows:
            weeks = (date(2025, 6, 30) - date.fromisoformat(row["Day"])).days / 7
            weight = 0.5 ** (weeks / self.policy.half_life_weeks)
            self._assert_told(weeks, row["Weeks before 2025-06-30"])
            self._assert_told(weight, row["Weight"])
            self._assert_told(weight * float(row["Contribution"]), row["Weighted"])

    def test_figures_are_those_of_the_page(self):
        for day in ("2025-06-30", "2025-09-29"):
            run = self._rescore(as_of=date.fromisoformat(day))
            figures = self._get_figures(run)
            told = {row["Figure"]: row[day] for row in self.worked_out}
            self.assertEqual(figures.keys(), told.keys())
            for name, cell in told.items():
                with self.subTest(day=day, figure=name):
                    self._assert_told(figures[name], cell)

    def test_reason_reads_as_on_the_page(self):
        reasons = [line[2:] for line in self.page.splitlines() if line.startswith("> ")]
        for day, reason in zip(("2025-06-30", "2025-09-29"), reasons, strict=True):
            self._rescore(as_of=date.fromisoformat(day))
            with freeze_time(day):
                shown = self._profile(self.customer).with_context(lang="en_US").reason
            self.assertEqual(shown.replace("\N{NO-BREAK SPACE}", " "), reason)

    def test_what_would_change_the_segment_reads_as_on_the_page(self):
        up, down = documentation.rows(self.page, "Change")
        for day in ("2025-06-30", "2025-09-29"):
            self._rescore(as_of=date.fromisoformat(day))
            told = self._profile(self.customer).with_context(lang="en_US").explain()["counterfactual"]
            self.assertEqual(told["lift_text"].replace("\N{NO-BREAK SPACE}", " "), up[day])
            self.assertEqual(told["drop_text"], down[day])

    def _assert_told(self, actual, cell):
        """A text is equal; a number is equal in the decimals that the page shows."""
        if isinstance(actual, str):
            return self.assertEqual(actual, cell)
        half_a_digit = Decimal(1).scaleb(Decimal(cell).as_tuple().exponent) / 2
        return self.assertAlmostEqual(actual, float(cell), delta=float(half_a_digit) + 1e-9)

    def _get_figures(self, run):
        """What the program says of the customer, under the names of the page."""
        profile = self._profile(self.customer)
        days = profile.purchase_days
        shown = self._get_labels(profile, "risk_level", "reason_code")
        return {
            "purchase days": days,
            "x": days - 1,
            "tx": (profile.last_purchase_date - profile.first_purchase_date).days / 7,
            "T": (run.as_of - profile.first_purchase_date).days / 7,
            "revenue": profile.revenue,
            "contribution": profile.contribution,
            "value": profile.value,
            "rank": profile.value_rank,
            "percentile": profile.value_percentile,
            "q": profile.inactivity_risk,
            "expected revenue": profile.expected_revenue,
            "median contribution": run.median_contribution,
            "threshold": run.inactivity_threshold,
            "traffic light": shown["risk_level"],
            "segment": profile.segment_id.name,
            "decided by": shown["reason_code"],
            **self._get_intermediate_figures(run),
        }

    def _get_labels(self, profile, *names):
        return {
            name: dict(profile._fields[name]._description_selection(self.env))[profile[name]]
            for name in names
        }

    def _get_intermediate_figures(self, run):
        """What no profile shows, from the SQL that the scores are made of."""
        Scoring = self.env["retail.scoring"]
        statistics = SQL("(SELECT * FROM retail_profile_statistics WHERE company_id = %s)", self.company.id)
        population = Scoring._get_population(self.model, statistics, run.as_of, run.horizon_weeks)
        query = SQL(
            """SELECT %(alive)s AS alive, %(q)s AS q, factor.purchases
                 FROM %(statistics)s stat JOIN (%(factors)s) factor USING (purchase_days, first_day)
                WHERE stat.partner_id = %(customer)s""",
            alive=Scoring._sql_alive(self.model.parameters, run.as_of),
            q=Scoring._sql_inactivity(self.model, run.as_of, run.horizon_weeks),
            factors=Scoring._sql_factors(self.model, statistics, run.as_of, run.horizon_weeks),
            statistics=statistics,
            customer=self.customer.id,
        )
        [figures] = self.env.execute_query_dict(query)
        return {
            "P(alive)": figures["alive"],
            "q before rounding": figures["q"],
            "purchases if alive": figures["purchases"],
            "mean spend of the shop": population["mean_spend"],
        }
