import bisect
import datetime
import math
import statistics

from odoo.tests import tagged

from . import oracle, real_data
from .test_scoring import AS_OF, ScoringCase, random_purchases

BEST_FIRST = (oracle.STRATEGIC, oracle.KEY, oracle.TRANSACTIONAL, oracle.RISK)
YEARS = datetime.timedelta(days=3 * 365 + 1)


class HeldFixed:
    """The plain Python oracle of one customer as he might be, among the others as they were on the day of the run.

    :param previous: {partner: segment} of the run before
    """

    def __init__(self, rows, run, previous):
        self.stories = oracle.by_partner(rows)
        self.as_of = run.as_of
        self.model = {
            "parameters": (run.parameter_r, run.parameter_alpha, run.parameter_a, run.parameter_b),
            "horizon_weeks": run.horizon_weeks,
            "calibration": (run.calibration_intercept, run.calibration_slope),
        }
        self.scored = oracle.profiles(rows, run.as_of, **self.model)
        self.previous = previous
        self.median = statistics.median([profile.contribution for profile in self.scored.values()])
        self.threshold = oracle.risk_threshold(self.scored)
        self.values = sorted(profile.value for profile in self.scored.values())
        decided = oracle.decide(self.scored, previous)
        self.segments = {partner: segment for partner, (segment, _reason) in decided.items()}

    def with_purchase(self, partner, amount):
        """The segment after one purchase on the day of the run."""
        visit = oracle.Row(partner, self.as_of, self.as_of, amount, amount)
        return self._decide(partner, [*self.stories[partner], visit], self.as_of, self.previous.get(partner))

    def on_day(self, partner, day):
        """The segment on a later day when nothing is bought until then."""
        known = oracle.known_rows(self.stories[partner], self.as_of)
        return self._decide(partner, known, day, self.segments[partner])

    def _decide(self, partner, story, day, previous):
        profile = oracle.profiles(story, day, **self.model)[partner]
        lower = bisect.bisect_left(self.values, profile.value) - (self.scored[partner].value < profile.value)
        percentile = oracle.rounded(100 * lower / max(len(self.values) - 1, 1), 1)
        profile = profile._replace(value_percentile=percentile)
        policy = oracle.DEFAULT_POLICY
        return oracle.decide_one(profile, previous, False, self.median, self.threshold, policy)[0]


class CounterfactualCase(ScoringCase):
    """What the product says would change a segment, tried on the oracle."""

    def _ask(self, profile):
        Counterfactual = self.env["retail.counterfactual"]
        return Counterfactual._get(Counterfactual._get_standing(profile))

    def _code(self, row):
        return self.env["retail.segment"].browse(row["computed_segment_id"]).code

    def assertTold(self, profiles, fixed):
        """What is said of ``profiles`` comes true, and neither a little less nor a day before.

        :return: set of (segment, whereto or why not by a purchase, whereto or why not by silence)
        """
        kinds = set()
        for profile in profiles:
            told = self._ask(profile)
            lift, drop = told["lift"], told["drop"]
            with self.subTest(customer=profile.partner_id.name):
                self._assert_lift(profile, lift, fixed)
                self._assert_drop(profile, drop, fixed)
            kinds.add(
                (
                    profile.computed_segment_id.code,
                    self._code(lift) if lift else told["lift_obstacle"],
                    self._code(drop) if drop else told["drop_obstacle"],
                )
            )
        return kinds

    def _assert_lift(self, profile, lift, fixed):
        partner = profile.partner_id.id
        now = BEST_FIRST.index(profile.computed_segment_id.code)

        def is_better(amount):
            return BEST_FIRST.index(fixed.with_purchase(partner, amount)) < now

        if lift:
            amount = lift["amount"]
            self.assertEqual(fixed.with_purchase(partner, amount), self._code(lift), amount)
            self.assertTrue(is_better(amount), amount)
            if amount:
                self.assertFalse(is_better(max(amount - max(amount / 100, 1), 0)), amount)
        else:
            top = fixed.values[-1] - fixed.scored[partner].value + 1
            median = max(math.ceil(fixed.median - fixed.scored[partner].contribution), 1)
            for amount in (0, 1, median - 1, median, top / 2, top, 10 * top):
                self.assertFalse(is_better(math.ceil(amount)), amount)

    def _assert_drop(self, profile, drop, fixed):
        partner, now = profile.partner_id.id, profile.computed_segment_id.code
        if drop:
            self.assertEqual(fixed.on_day(partner, drop["day"]), self._code(drop))
            self.assertNotEqual(self._code(drop), now)
        last_quiet = drop["day"] - datetime.timedelta(days=1) if drop else fixed.as_of + YEARS
        days = (last_quiet - fixed.as_of).days
        for ahead in {days} | set(range(1, days, max(days // 8, 1))):
            self.assertEqual(fixed.on_day(partner, fixed.as_of + datetime.timedelta(days=ahead)), now, ahead)


@tagged("post_install", "-at_install")
class TestCounterfactualOfRandomShops(CounterfactualCase):
    def _try_shop(self, purchases, sample=1):
        self._load(purchases)
        self._run(AS_OF - datetime.timedelta(weeks=5))
        previous = self._codes()
        run = self._run()
        fixed = HeldFixed(self.rows, run, previous)
        profiles = self._profiles()
        self.assertEqual(self._codes(), fixed.segments)
        return self.assertTold([profiles[partner] for partner in sorted(profiles)[::sample]], fixed)

    def test_what_is_said_comes_true_and_no_less_does(self):
        kinds = self._try_shop(random_purchases(11, 160))
        self.assertGreater(len(kinds), 8, kinds)
        self.assertEqual({segment for segment, _lift, _drop in kinds}, set(BEST_FIRST))

    def test_what_is_said_comes_true_with_costs_and_calibration(self):
        kinds = self._try_shop(random_purchases(12, 520, with_cost=True), sample=5)
        self.assertGreater(len(kinds), 8, kinds)

    def test_equals_are_passed_together(self):
        shop = [
            (
                f"t{number}",
                AS_OF - datetime.timedelta(days=30 * back + number % 3),
                f"{back}",
                amount,
                1,
                None,
            )
            for number in range(150)
            for amount in [(10, 10, 10, 50, 200)[number % 5]]
            for back in range(1, 2 + number % 4)
        ]
        self._try_shop(shop, sample=4)


@tagged("post_install", "-at_install", "-standard", "retail_data")
class TestCounterfactualOfRealShops(CounterfactualCase):
    def _try_shop(self, purchases, days, each):
        """``each`` customers of every segment, as of the last of the ``days`` on which a run was made."""
        amounts = {}
        for purchase in purchases:
            key = purchase.customer_ref, purchase.date
            amounts[key] = amounts.get(key, 0) + purchase.amount
        self._load([(ref, day, "", round(amount, 2), 1, None) for (ref, day), amount in amounts.items()])
        previous = {}
        for day in days:
            run, before = self._run(day), previous
            previous = self._codes()
        fixed = HeldFixed(self.rows, run, before)
        by_segment = {}
        for _partner, profile in sorted(self._profiles().items()):
            by_segment.setdefault(profile.computed_segment_id.code, []).append(profile)
        self.assertEqual(by_segment.keys(), set(BEST_FIRST))
        for profiles in by_segment.values():
            self.assertTold(profiles[:: max(len(profiles) // each, 1)], fixed)

    def test_cdnow(self):
        days = [datetime.date(1998, 3, 31), datetime.date(1998, 4, 30)]
        self._try_shop(real_data.read_cdnow_sample(), days, each=40)

    def test_complete_journey(self):
        days = [datetime.date(2017, 9, 1), datetime.date(2017, 10, 1)]
        self._try_shop(real_data.read_complete_journey(), days, each=40)
