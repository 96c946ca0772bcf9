import random
from datetime import date, timedelta

from odoo.tests import tagged

from .common import RetailAccountingCommon


def oracle(bills, as_of):
    """(ratio, overdue) of a customer's ``bills``, tuples (due, amount, [(day, paid)]), as the method is published."""
    late = total = overdue = 0.0
    for due, amount, payments in bills:
        if due >= as_of:
            continue
        paid = sum(part for day, part in payments if day <= as_of)
        paid_in_time = sum(part for day, part in payments if day <= min(due + timedelta(days=7), as_of))
        weight = 1 if paid < amount else 0.5 ** ((as_of - due).days / 30)
        if due + timedelta(days=7) <= as_of:
            late += weight * (amount - paid_in_time)
        total += weight * amount
        overdue += amount - paid
    return (late / total, overdue) if total else None


@tagged("post_install", "-at_install")
class TestPaymentRisk(RetailAccountingCommon):
    """Share of what was due that stayed unpaid, and the veto that follows from it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Late payer")

    def _risk(self, customer, as_of=None, company=None):
        """(ratio, overdue) as the product computes it, None without a bill that is due."""
        self.env.flush_all()
        query = self.env["retail.payment.risk"]._sql_payment_risk(
            company or self.company, as_of or self.today
        )
        rows = {partner: (ratio, overdue) for partner, ratio, overdue in self.env.execute_query(query)}
        return rows.get(customer.id)

    def _owes(self, customer, amount, due, payments=(), **values):
        """A bill written ten days before it is due, with ``payments`` (day, amount)."""
        bill = self._bills(customer, amount, day=due - timedelta(days=10), due=due, **values)
        for day, part in payments:
            self._pays(bill, day=day, amount=part)
        return bill

    def assertRisk(self, customer, bills, as_of=None):
        expected, actual = oracle(bills, as_of or self.today), self._risk(customer, as_of)
        self.assertEqual(bool(actual), bool(expected), (customer.name, as_of, bills))
        for one, other in zip(actual or (), expected or ()):
            self.assertAlmostEqual(one, other, 6, (customer.name, as_of, bills))

    def test_random_bills_agree_with_the_oracle_on_several_days(self):
        dice = random.Random(20250630)
        bills = {self._customer(f"Customer {number}"): [] for number in range(5)}
        for customer, own in bills.items():
            for _bill in range(dice.randint(1, 4)):
                due, amount = self.today - timedelta(days=dice.randint(-5, 120)), dice.randint(10, 500)
                payments = self._random_payments(dice, due, amount)
                self._owes(customer, amount, due, payments)
                own.append((due, amount, payments))
        for days_ago in (0, 1, 6, 7, 8, 30, 90, 200):
            for customer, own in bills.items():
                self.assertRisk(customer, own, self.today - timedelta(days=days_ago))

    @staticmethod
    def _random_payments(dice, due, amount):
        """Nothing, a part, all, or all in two parts, before or after the day it is due."""
        first = round(amount * dice.choice([0, 0.25, 0.5, 1]), 2)
        rest = amount - first if dice.random() < 0.5 else 0
        days = sorted(due + timedelta(days=dice.randint(-9, 40)) for _part in range(2))
        return [(day, part) for day, part in zip(days, (first, rest)) if part]

    def test_bill_is_late_on_the_seventh_day_after_it_was_due(self):
        due = date(2025, 6, 20)
        self._owes(self.customer, 100, due)
        self.assertIsNone(self._risk(self.customer, due))
        self.assertEqual(self._risk(self.customer, due + timedelta(days=1)), (0, 100))
        self.assertEqual(self._risk(self.customer, due + timedelta(days=6)), (0, 100))
        self.assertEqual(self._risk(self.customer, due + timedelta(days=7)), (1, 100))

    def test_payment_on_the_seventh_day_is_in_time_and_on_the_eighth_late(self):
        due = date(2025, 6, 1)
        self._owes(self.customer, 100, due, [(date(2025, 6, 8), 100)])
        self.assertEqual(self._risk(self.customer), (0, 0))
        late = self._customer("One day later")
        self._owes(late, 100, due, [(date(2025, 6, 9), 100)])
        self.assertEqual(self._risk(late), (1, 0))

    def test_payment_after_the_day_is_not_seen(self):
        self._owes(self.customer, 100, date(2025, 5, 1), [(date(2025, 6, 10), 100)])
        self.assertEqual(self._risk(self.customer, date(2025, 6, 9)), (1, 100))
        self.assertEqual(self._risk(self.customer, date(2025, 6, 10)), (1, 0))

    def test_open_bill_keeps_its_full_weight_and_a_paid_one_fades(self):
        open_bill, paid_bill = (
            (date(2025, 1, 1), 100, []),
            (date(2025, 5, 31), 100, [(date(2025, 5, 30), 100)]),
        )
        self._owes(self.customer, *open_bill[1::-1])
        self._owes(self.customer, 100, paid_bill[0], paid_bill[2])
        self.assertRisk(self.customer, [open_bill, paid_bill])
        self.assertAlmostEqual(self._risk(self.customer)[0], 100 / 150, 6)

    def test_credit_note_settles_a_bill(self):
        bill = self._owes(self.customer, 100, date(2025, 6, 1))
        self._credits(bill, day=date(2025, 6, 5))
        self.assertEqual(self._risk(self.customer), (0, 0))

    def test_draft_bills_and_bills_of_suppliers_are_not_due(self):
        bill = self._owes(self.customer, 100, date(2025, 6, 1))
        bill.button_draft()
        self._owes(self.customer, 100, date(2025, 6, 1), kind="in_invoice")
        self.assertIsNone(self._risk(self.customer))

    def test_bills_of_contacts_are_those_of_their_company(self):
        company = self._customer("Tea House", is_company=True)
        self._owes(self._customer("Buyer", parent_id=company.id), 100, date(2025, 6, 1))
        self.assertEqual(self._risk(company), (1, 100))

    def test_companies_are_apart_and_branches_are_not(self):
        other = self._create_company("Other Shop")
        branch = self._create_company("Branch", parent_id=self.company.id)
        for company in (other, branch):
            self._open_books(company)
        self._owes(self.customer, 100, date(2025, 6, 1), company=other)
        self.assertIsNone(self._risk(self.customer))
        self.assertEqual(self._risk(self.customer, company=other), (1, 100))
        self._owes(self.customer, 30, date(2025, 6, 1), company=branch)
        self.assertEqual(self._risk(self.customer), (1, 30))

    def test_foreign_bill_paid_in_time_at_another_rate_is_not_open(self):
        self._rate(self.euro, {date(2025, 1, 1): 2, date(2025, 6, 3): 4})
        self._owes(self.customer, 100, date(2025, 6, 1), [(date(2025, 6, 4), 100)], currency_id=self.euro.id)
        self._owes(self.customer, 100, date(2025, 6, 2), [(date(2025, 6, 4), 50)], currency_id=self.euro.id)
        ratio, overdue = self._risk(self.customer)
        self.assertAlmostEqual(overdue, 25, 2)
        self.assertAlmostEqual(ratio, 25 / (50 + 50 * 0.5 ** (29 / 30)), 4)


@tagged("post_install", "-at_install")
class TestPaymentVeto(RetailAccountingCommon):
    """Whoever pays late is a risk where the value would say strategic or key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crowd = [cls._customer(f"Crowd {number}") for number in range(18)]
        for number, customer in enumerate(cls.crowd):
            cls._buys(customer, 10 + number, days_ago=number + 1)
        cls.best = cls._customer("Best")
        cls._buys(cls.best, 5000, days_ago=3)
        cls.small = cls._customer("Small")
        cls._buys(cls.small, 1, days_ago=3)

    def _owes(self, customer, amount, due, paid_on=None):
        bill = self._bills(customer, amount, day=due - timedelta(days=10), due=due)
        if paid_on:
            self._pays(bill, day=paid_on)
        return bill

    def test_strategic_customer_who_pays_late_is_a_risk_and_the_reason_says_so(self):
        self._owes(self.best, 1, self.today - timedelta(days=20))
        self._rescore()
        profile = self._profile(self.best)
        self.assertSegments({self.best: "risk"})
        self.assertEqual((profile.reason_code, profile.risk_level), ("payment", "high"))
        self.assertIn("pays late", profile.reason)
        self.assertIn("1.00", profile.reason)

    def test_transactional_customer_who_pays_late_stays_transactional(self):
        self._owes(self.small, 1, self.today - timedelta(days=20))
        self._rescore()
        profile = self._profile(self.small)
        self.assertSegments({self.small: "transactional", self.best: "strategic"})
        self.assertEqual((profile.reason_code, profile.is_payment_risk), ("value", True))
        self.assertEqual(profile.overdue_amount, 1)

    def test_overdue_below_the_tolerated_amount_is_no_risk(self):
        policy = self.env["retail.policy"]._get_active(self.company).copy({"payment_overdue_amount": 50})
        policy._activate()
        self._owes(self.best, 50, self.today - timedelta(days=20))
        self._rescore()
        self.assertSegments({self.best: "strategic"})
        self._owes(self.best, 1, self.today - timedelta(days=20))
        self._rescore()
        self.assertSegments({self.best: "risk"})

    def test_risk_ends_below_the_lower_threshold_only(self):
        due = self.today - timedelta(days=30)
        bill = self._owes(self.best, 100, due)
        self._rescore()
        self.assertSegments({self.best: "risk"})
        # paid late, then one in time: 100 x .477 of 47.7 + 142.7, which is .25
        self._pays(bill, day=self.today + timedelta(days=1))
        self._owes(self.best, 146, self.today + timedelta(days=1), paid_on=self.today + timedelta(days=1))
        self._rescore(as_of=self.today + timedelta(days=2))
        self.assertAlmostEqual(self._profile(self.best).payment_risk, 0.25, 2)
        self.assertSegments({self.best: "risk"})
        # computing the day again looks at the day before, not at its own outcome
        self._rescore(as_of=self.today + timedelta(days=2))
        self.assertSegments({self.best: "risk"})
        self._owes(self.best, 200, self.today + timedelta(days=2), paid_on=self.today + timedelta(days=2))
        self._rescore(as_of=self.today + timedelta(days=3))
        self.assertLess(self._profile(self.best).payment_risk, 0.20)
        self.assertSegments({self.best: "strategic"})

    def test_same_history_without_a_risk_before_is_no_risk(self):
        due = self.today - timedelta(days=30)
        self._owes(self.best, 100, due, paid_on=self.today + timedelta(days=1))
        self._owes(self.best, 146, self.today + timedelta(days=1), paid_on=self.today + timedelta(days=1))
        self._rescore(as_of=self.today + timedelta(days=2))
        self.assertAlmostEqual(self._profile(self.best).payment_risk, 0.25, 2)
        self.assertSegments({self.best: "strategic"})

    def test_pinned_customer_stays_pinned_and_shows_the_risk(self):
        segment = self.env.ref("retail_crm.segment_strategic")
        self.env["retail.segment.pin"].create(
            {"partner_id": self.best.id, "segment_id": segment.id, "reason": "Pays by cheque, always has"}
        )
        self._owes(self.best, 1, self.today - timedelta(days=20))
        self._rescore()
        profile = self._profile(self.best)
        self.assertSegments({self.best: "strategic"})
        self.assertEqual((profile.computed_segment_id.code, profile.risk_level), ("risk", "high"))
