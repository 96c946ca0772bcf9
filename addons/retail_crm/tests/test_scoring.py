import datetime
import random

from odoo.tests import TransactionCase, tagged

from . import oracle
from .loading import load_purchases

AS_OF = datetime.date(2026, 3, 31)


class ScoringCase(TransactionCase):
    """A company of its own, whose customers are compared with the plain Python oracle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Scoring shop", "retail_tz": "UTC"})
        cls.policy = cls.env["retail.policy"]._get_active(cls.company)

    def _load(self, purchases):
        self.partners = load_purchases(self.env, self.company, purchases)
        self.rows = [
            oracle.Row(self.partners[ref], day, day, amount - (cost or 0), amount, amount < 0)
            for ref, day, _reference, amount, _quantity, cost, *_rest in purchases
        ]

    def _run(self, as_of=AS_OF, full=False):
        run = self.env["retail.run"].run_company(self.company, as_of=as_of, full=full)
        self.assertEqual(run.state, "done", run.error)
        return run

    def _profiles(self):
        return {
            profile.partner_id.id: profile
            for profile in self.env["retail.profile"].search([("company_id", "=", self.company.id)])
        }

    def _codes(self):
        return {partner: profile.computed_segment_id.code for partner, profile in self._profiles().items()}

    def _expect(self, run):
        return oracle.profiles(
            self.rows,
            run.as_of,
            (run.parameter_r, run.parameter_alpha, run.parameter_a, run.parameter_b),
            horizon_weeks=run.horizon_weeks,
            calibration=(run.calibration_intercept, run.calibration_slope),
        )


def random_purchases(seed, customers, days=600, with_cost=False):
    """Shoppers of all kinds: one-time buyers, ties, refunds larger than sales, zero amounts, several rows a day."""
    chance = random.Random(seed)
    purchases = []
    for number in range(customers):
        ref = f"{seed}-{number:05d}"
        gap = chance.choice([5, 20, 60, 1000])
        day = AS_OF - datetime.timedelta(days=chance.randint(0, days))
        while day <= AS_OF:
            amount = chance.choice([0, 10, 10, 25, 99.95, 400])
            for row in range(chance.choice([1, 1, 2])):
                cost = round(amount * chance.choice([0.4, 0.6]), 2) if with_cost else None
                purchases.append((ref, day, f"{day}/{row}", amount, 1, cost))
            if chance.random() < 0.05:
                purchases.append((ref, day, "return", -500, -1, -200 if with_cost else None))
            day += datetime.timedelta(days=max(1, round(chance.expovariate(1 / gap))))
            if chance.random() < 0.05:
                break
    return purchases


@tagged("post_install", "-at_install")
class TestScoring(ScoringCase):
    def assertLikeOracle(self, run):
        profiles, expected = self._profiles(), self._expect(run)
        self.assertEqual(profiles.keys(), expected.keys())
        for partner, want in expected.items():
            profile = profiles[partner]
            for name in ("first_purchase_date", "last_purchase_date", "purchase_days"):
                self.assertEqual(profile[name], getattr(want, name), name)
            for name in ("value", "revenue", "contribution"):
                self.assertAlmostEqual(profile[name], getattr(want, name), 2, name)
            # the last shown digit may turn on the last bit of a float
            self.assertAlmostEqual(profile.value_percentile, want.value_percentile, delta=0.1001)
            self.assertAlmostEqual(profile.inactivity_risk, want.inactivity_risk, delta=0.0101)
            self.assertAlmostEqual(
                profile.expected_revenue,
                want.expected_revenue,
                delta=0.01 + abs(want.expected_revenue) * 1e-6,
            )
        decided = oracle.decide(expected)
        wrong = [
            partner
            for partner, (code, reason) in decided.items()
            if (profiles[partner].computed_segment_id.code, profiles[partner].reason_code) != (code, reason)
        ]
        self.assertFalse(wrong)

    def test_shop_with_probabilities_equals_the_oracle(self):
        self._load(random_purchases(1, 700))
        run = self._run()
        self.assertEqual(run.model_rung, "fitted")
        self.assertLikeOracle(run)

    def test_shop_with_costs_and_few_customers_equals_the_oracle(self):
        self._load(random_purchases(2, 150, with_cost=True))
        run = self._run()
        self.assertEqual(run.model_rung, "rough")
        self.assertLikeOracle(run)

    def test_tiny_shop_is_ranked_with_prior_risk(self):
        self._load(random_purchases(3, 25))
        run = self._run()
        self.assertEqual(run.model_rung, "rank")
        self.assertLikeOracle(run)
        self.assertFalse(self.policy.horizon_weeks, "too few customers to fix a horizon")

    def test_horizon_fits_the_rhythm_and_stays(self):
        self._load(random_purchases(4, 300))
        run = self._run()
        self.assertEqual(run.horizon_weeks, oracle.proposed_horizon(self.rows, AS_OF))
        self.assertEqual(self.policy.horizon_weeks, run.horizon_weeks)

    def test_quicker_rhythm_is_proposed_and_not_applied(self):
        slow = [
            (f"s{n}", AS_OF - datetime.timedelta(days=60 * k + n % 60), f"{k}", 10, 1, None)
            for n in range(120)
            for k in range(1, 9)
        ]
        self._load(slow)
        kept = self._run(AS_OF - datetime.timedelta(days=1)).horizon_weeks
        daily = [
            (f"s{n}", AS_OF - datetime.timedelta(days=k), f"d{k}", 10, 1, None)
            for n in range(120)
            for k in range(1, 30)
        ]
        load = [(self.partners[ref], *rest) for ref, *rest in daily]
        for partner, day, reference, amount, _quantity, _cost in load:
            self.env.cr.execute(
                """INSERT INTO retail_purchase_history (partner_id, customer_ref, date, reference, amount, company_id,
                                                        channel, ordinal)
                   VALUES (%s, %s, %s, %s, %s, %s, 'daily', 1)""",
                (partner, str(partner), day, reference, amount, self.company.id),
            )
        run = self._run(full=True)
        self.assertEqual((kept, run.horizon_weeks), (26, 26))
        self.assertEqual(self.policy.proposed_horizon_weeks, 4)
        self.policy.action_apply_proposed_horizon()
        self.assertEqual((self.policy.horizon_weeks, self.policy.proposed_horizon_weeks), (4, 0))

    def test_segments_follow_previous_ones_within_the_bands(self):
        self._load(random_purchases(5, 400))
        previous = None
        for weeks in range(8, -1, -2):
            run = self._run(AS_OF - datetime.timedelta(weeks=weeks))
            decided = oracle.decide(self._expect(run), previous)
            previous = {partner: code for partner, (code, _reason) in decided.items()}
            self.assertEqual(self._codes(), previous)

    def test_one_customer_has_a_segment(self):
        self._load([("only", AS_OF, "1", 50, 1, None)])
        self._run()
        self.assertEqual(set(self._codes().values()), {"transactional"})

    def test_all_purchases_on_one_day_and_all_totals_negative(self):
        self._load(
            [
                (f"n{n}", AS_OF, f"{row}", amount, 1, None)
                for n in range(120)
                for row, amount in enumerate((5, -20))
            ]
        )
        self._run()
        self.assertEqual(set(self._codes().values()), {"transactional"})

    def test_customer_with_returns_only_has_no_segment(self):
        self._load([("returns", AS_OF, "1", -50, -1, None), ("buys", AS_OF, "1", 50, 1, None)])
        self._run()
        self.assertEqual(self._codes().keys(), {self.partners["buys"]})

    def test_no_customers_is_a_run_of_nobody(self):
        self.assertEqual(self._run().customer_count, 0)

    def test_walk_in_customers_and_own_companies_are_no_customers(self):
        self._load([(ref, AS_OF, "1", 50, 1, None) for ref in ("walk", "own", "real")])
        self.env["res.partner"].browse(self.partners["walk"]).retail_is_walk_in = True
        self.env["res.company"].create({"name": "Sister", "partner_id": self.partners["own"]})
        self._run()
        self.assertEqual(self._codes().keys(), {self.partners["real"]})

    def test_reason_names_contribution_rank_and_rhythm(self):
        days = [AS_OF - datetime.timedelta(days=24 * k + 12) for k in range(10)]
        self._load([("anna", day, str(day), 431, 1, None) for day in days])
        self._run()
        reason = self._profiles()[self.partners["anna"]].with_context(lang="en_US").reason
        self.assertIn("contribution", reason)
        self.assertIn("4,310", reason)
        self.assertIn("rank 1 of 1", reason)
        self.assertIn("buys every 24 days", reason)
        self.assertIn("pays on time", reason)
