import random
from collections import Counter, defaultdict
from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import RetailCommon


def month_of(day):
    return day.replace(day=1)


def months_between(earlier, later):
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def expected_cohorts(purchases, as_of):
    """{(month, offset): (customers, contribution)} in plain Python; a purchase is (customer, day, amount)."""
    known = [purchase for purchase in purchases if purchase[1] <= as_of]
    first = {}
    for customer, day, amount in known:
        if amount >= 0:
            first[customer] = min(first.get(customer, day), day)
    bought, contribution = defaultdict(set), Counter()
    for customer, day, amount in known:
        if customer in first and day >= first[customer] and months_between(first[customer], as_of) < 24:
            cell = month_of(first[customer]), months_between(first[customer], day)
            contribution[cell] += amount
            if amount >= 0:
                bought[cell].add(customer)
    return {cell: (len(bought[cell]), round(total, 2)) for cell, total in contribution.items()}


@tagged("post_install", "-at_install")
class TestCohorts(RetailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._user("cohort_staff", "retail_crm.group_user")
        cls.manager = cls._user("cohort_manager", "retail_crm.group_manager")
        cls.purchases = []

    def setUp(self):
        super().setUp()
        self.purchases = []

    def _trades(self, customer, amount, day):
        self._buys(customer, amount, day=day)
        self.purchases.append((customer, day, amount))

    def _rows(self, company=None):
        rows = self.env["retail.cohort"].search([("company_id", "=", (company or self.company).id)])
        return {(row.month, row.month_offset): (row.customers, row.contribution) for row in rows}

    def _page(self, user=None):
        page = self.env["retail.movements"].with_user(user or self.manager)
        return page.with_context(allowed_company_ids=self.company.ids).get_data()["cohorts"]

    def test_random_shop_equals_plain_python(self):
        chance = random.Random(11)
        for number in range(40):
            customer = self._customer(f"Customer {number}")
            day = self.today - timedelta(days=chance.randint(0, 1100))
            while day <= self.today + timedelta(days=20):
                self._trades(customer, chance.choice([0, 5, 20.5, 300]), day)
                if chance.random() < 0.1:
                    self._trades(
                        customer, -chance.choice([5, 400]), day + timedelta(days=chance.randint(0, 40))
                    )
                day += timedelta(days=chance.choice([3, 30, 100]))
        self._rescore()
        expected = expected_cohorts(self.purchases, self.today)
        self.assertGreater(len(expected), 100)
        self.assertEqual(self._rows(), expected)

    def test_returns_alone_are_no_month_with_a_purchase(self):
        anna = self._customer("Anna")
        self._trades(anna, 100, date(2025, 3, 10))
        self._trades(anna, -40, date(2025, 4, 2))
        self._trades(anna, 50, date(2025, 6, 1))
        self._rescore()
        [row] = self._page()["rows"]
        self.assertEqual(row["month"], date(2025, 3, 1))
        self.assertEqual([cell["customers"] for cell in row["cells"]], [1, 0, 0, 1])
        self.assertEqual([cell["contribution"] for cell in row["cells"]], [100, -40, 0, 50])

    def test_contribution_of_a_cohort_of_one_is_hidden_like_that_of_a_purchase(self):
        self._buys(self._customer("Anna"), 100, cost=70)
        self._rescore()
        [row] = self._page()["rows"]
        self.assertEqual(row["cells"], [{"customers": 1, "contribution": 30}])
        [row] = self._page(self.staff)["rows"]
        self.assertEqual(row["cells"], [{"customers": 1, "contribution": None}])
        with self.assertRaises(AccessError):
            self.env["retail.cohort"].with_user(self.staff).search([("contribution", ">", 0)])

    def test_only_the_last_two_years_of_first_purchases_are_followed(self):
        for day in (date(2023, 6, 30), date(2023, 7, 1), date(2025, 6, 30)):
            self._trades(self._customer(str(day)), 10, day)
        self._rescore()
        rows = self._page()["rows"]
        self.assertEqual([row["month"] for row in rows], [date(2023, 7, 1), date(2025, 6, 1)])
        self.assertEqual([len(row["cells"]) for row in rows], [24, 1])

    def test_cohort_is_as_large_as_the_customers_it_opens(self):
        chance = random.Random(3)
        for number in range(15):
            self._trades(self._customer(f"{number}"), 10, self.today - timedelta(days=chance.randint(0, 90)))
        self._rescore()
        for row in self._page()["rows"]:
            following = date(row["month"].year, row["month"].month + 1, 1)
            opened = self.env["retail.profile"].search(
                [
                    ("company_id", "=", self.company.id),
                    ("first_purchase_date", ">=", row["month"]),
                    ("first_purchase_date", "<", following),
                ]
            )
            self.assertEqual(len(opened), row["cells"][0]["customers"])

    def test_cohorts_are_counted_once_a_week_and_on_full_runs(self):
        self._trades(self._customer("First"), 10, self.today - timedelta(days=20))
        self._rescore(as_of=self.today - timedelta(days=10))
        counted = self._rows()
        self._trades(self._customer("Second"), 10, self.today - timedelta(days=9))
        self._rescore(as_of=self.today - timedelta(days=8))
        self.assertEqual(self._rows(), counted, "not due yet")
        self._rescore(as_of=self.today - timedelta(days=3))
        self.assertEqual(sum(customers for customers, _contribution in self._rows().values()), 2)
        self._trades(self._customer("Third"), 10, self.today)
        self._rescore(full=True)
        self.assertEqual(sum(customers for customers, _contribution in self._rows().values()), 3)
        self.assertEqual(self._page()["as_of"], self.today)

    def test_walk_in_customers_are_in_no_cohort_and_companies_apart(self):
        other = self._create_company("Other shop")
        self._buys(self._customer("Theirs"), 10, company=other)
        self._trades(self._customer("Ours"), 10, self.today)
        self._trades(self._customer("Till", retail_is_walk_in=True), 10, self.today)
        self._rescore()
        self._rescore(company=other)
        self.assertEqual(self._rows(), {(date(2025, 6, 1), 0): (1, 10)})
        self.assertEqual(self._rows(other), {(date(2025, 6, 1), 0): (1, 10)})
