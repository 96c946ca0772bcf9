"""The statistics engine against literature, scipy, an independent oracle and real data. Needs no database."""

import collections
import datetime
import itertools
import math
import random
import time
import unittest

import numpy
from hypothesis import HealthCheck, given, settings, strategies
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1

from odoo.tests import BaseCase, tagged

from ..scoring import mbg_nbd
from . import oracle, real_data

# The same examples on every machine, however busy it is.
in_profile = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow],
)

SPLIT = datetime.date(1997, 9, 30)
HORIZON = 39
WEEKS = strategies.floats(0, 520)
PARAMETERS = strategies.builds(
    mbg_nbd.Parameters,
    r=strategies.floats(0.01, 20),
    alpha=strategies.floats(0.01, 200),
    a=strategies.floats(0.001, 20),
    b=strategies.floats(0.01, 200),
)


def customers_of(purchases, as_of):
    """{customer: (x, tx, T)} in weeks, one transaction per customer-day."""
    days = collections.defaultdict(set)
    for purchase in purchases:
        if purchase.date <= as_of:
            days[purchase.customer_ref].add(purchase.date)
    return {
        customer: (len(own) - 1, (max(own) - min(own)).days / 7, (as_of - min(own)).days / 7)
        for customer, own in days.items()
    }


def cells_of(triples):
    return [(*triple, customers) for triple, customers in collections.Counter(triples).items()]


def simulated_triples(seed, customers, r=0.6, alpha=6, a=0.9, b=4, weeks=104):
    """Customers who live by the model's own story."""
    chance = random.Random(seed)
    for _customer in range(customers):
        rate, leaves = chance.gammavariate(r, 1 / alpha), chance.betavariate(a, b)
        x, tx, T, now = 0, 0.0, chance.uniform(0, weeks), 0.0
        while chance.random() > leaves:
            now += chance.expovariate(rate)
            if now > T:
                break
            x, tx = x + 1, now
        yield x, tx, T


def scipy_log_likelihood(parameters, cells, drop_out_at_first_purchase=True):
    """MBG/NBD (Batislam et al. 2007), or BG/NBD (Fader, Hardie, Lee 2005) without drop-out at the first purchase."""
    r, alpha, a, b = parameters
    first = 1 if drop_out_at_first_purchase else 0
    x, tx, T, customers = numpy.array(cells, dtype=float).T
    logs = (
        gammaln(r + x)
        - gammaln(r)
        + r * numpy.log(alpha)
        - (r + x) * numpy.log(alpha + T)
        + gammaln(a + b)
        - gammaln(b)
        + gammaln(b + x + first)
        - gammaln(a + b + x + first)
    )
    odds = a / (b + x - 1 + first) * ((alpha + T) / (alpha + tx)) ** (r + x)
    return float(numpy.sum(customers * (logs + numpy.log1p(numpy.where(x + first > 0, odds, 0)))))


def scipy_log_prior(parameters):
    """The prior of scoring.md, written out a second time."""
    r, alpha, a, b = parameters
    points = (
        (math.log(r), math.log(0.75), 0.7),
        (math.log(alpha), math.log(5), 1),
        (math.log(a / b), -2.2, 1.5),
        (math.log(a + b), math.log(5), 1),
    )
    return sum(-(((point - mean) / deviation) ** 2) / 2 for point, mean, deviation in points)


def scipy_fit(objective):
    """Nelder-Mead over the logarithms of the parameters: no gradient or transformation shared with the engine."""
    result = minimize(
        lambda logs: -objective([math.exp(value) for value in logs]),
        [-0.3, 1.6, -0.7, 1.5],
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-9, "maxiter": 4000, "maxfev": 4000, "adaptive": True},
    )
    return [math.exp(value) for value in result.x], -result.fun


class EngineCase(BaseCase):
    def assertParametersNear(self, actual, expected, relative):
        for name, value, wanted in zip(mbg_nbd.Parameters._fields, actual, expected):
            self.assertLessEqual(abs(value / wanted - 1), relative, f"{name}: {value} instead of {wanted}")

    def assertFinite(self, parameters):
        self.assertTrue(all(math.isfinite(value) and value > 0 for value in parameters), parameters)


@tagged("post_install", "-at_install")
class TestGoldenNumbers(EngineCase):
    """CDNOW sample to 1997-09-30: the numbers printed in scoring.md and, for BG/NBD, in Fader, Hardie, Lee (2005)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not real_data.is_installed("lifetimes"):
            raise unittest.SkipTest("lifetimes is not installed: pip install --no-deps lifetimes")
        cls.purchases = list(real_data.read_cdnow_sample())
        cls.customers = customers_of(cls.purchases, SPLIT)
        cls.cells = cells_of(cls.customers.values())

    def test_reader_yields_every_customer_and_zero_value_orders(self):
        self.assertEqual(len(self.customers), 2357)
        self.assertEqual(len(self.purchases), 6919)
        self.assertTrue(any(purchase.amount == 0 for purchase in self.purchases))

    def test_bg_nbd_reference_reproduces_the_published_numbers(self):
        found, value = scipy_fit(lambda parameters: scipy_log_likelihood(parameters, self.cells, False))
        self.assertParametersNear(found, (0.243, 4.414, 0.793, 2.426), 0.002)
        self.assertAlmostEqual(value, -9582.4, delta=0.1)

    def test_plain_maximum_likelihood_gives_the_golden_numbers(self):
        found = mbg_nbd.fit(self.cells, with_prior=False)
        self.assertParametersNear(found, (0.525, 6.183, 0.891, 1.614), 0.001)
        self.assertAlmostEqual(mbg_nbd.log_likelihood(found, self.cells), -9582.1, delta=0.05)

    def test_map_gives_the_golden_numbers(self):
        self.assertParametersNear(mbg_nbd.fit(self.cells), (0.514, 6.12, 0.925, 1.75), 0.01)

    def test_scipy_agrees_on_the_likelihood(self):
        for parameters in ((0.5, 6, 0.9, 1.7), (2, 1, 0.01, 50), mbg_nbd.PRIOR_PARAMETERS):
            expected = scipy_log_likelihood(parameters, self.cells)
            self.assertAlmostEqual(mbg_nbd.log_likelihood(parameters, self.cells) / expected, 1, places=12)

    def test_scipy_agrees_on_plain_maximum_likelihood(self):
        expected, _value = scipy_fit(lambda parameters: scipy_log_likelihood(parameters, self.cells))
        self.assertParametersNear(mbg_nbd.fit(self.cells, with_prior=False), expected, 0.001)

    def test_scipy_agrees_on_map(self):
        expected, _value = scipy_fit(
            lambda parameters: scipy_log_likelihood(parameters, self.cells) + scipy_log_prior(parameters)
        )
        self.assertParametersNear(mbg_nbd.fit(self.cells), expected, 0.001)

    def test_samples_of_one_hundred_customers_rank_as_well_as_the_whole_shop(self):
        full = self._auc(mbg_nbd.fit(self.cells))
        for seed in range(50):
            triples = random.Random(seed).sample(list(self.customers.values()), 100)
            parameters = mbg_nbd.fit(cells_of(triples))
            self.assertFinite(parameters)
            self.assertLessEqual(full - self._auc(parameters), 0.03, f"seed {seed}: {parameters}")

    def test_prior_alone_ranks_nearly_as_well_as_the_whole_shop(self):
        full, prior = self._auc(mbg_nbd.fit(self.cells)), self._auc(mbg_nbd.PRIOR_PARAMETERS)
        self.assertLessEqual(full - prior, 0.03)

    def test_plain_maximum_likelihood_on_small_samples_is_finite_too(self):
        for seed in range(20):
            triples = random.Random(seed).sample(list(self.customers.values()), 30)
            self.assertFinite(mbg_nbd.fit(cells_of(triples), with_prior=False))

    def _auc(self, parameters):
        end = SPLIT + datetime.timedelta(weeks=HORIZON)
        back = {purchase.customer_ref for purchase in self.purchases if SPLIT < purchase.date <= end}
        risks = [
            mbg_nbd.probability_inactive(parameters, *triple, HORIZON) for triple in self.customers.values()
        ]
        return oracle.auc(risks, [customer not in back for customer in self.customers])


@tagged("post_install", "-at_install")
class TestFit(EngineCase):
    def test_scipy_agrees_within_a_tenth_of_a_percent_on_shops_of_many_kinds(self):
        for seed, truth in enumerate(((0.3, 2, 0.5, 9), (1.4, 1.4, 0.02, 7), (0.8, 15, 2, 3))):
            cells = cells_of(
                (x, round(tx), round(T) + 1) for x, tx, T in simulated_triples(seed, 400, *truth)
            )
            expected, _value = scipy_fit(
                lambda parameters, cells=cells: (
                    scipy_log_likelihood(parameters, cells) + scipy_log_prior(parameters)
                )
            )
            self.assertParametersNear(mbg_nbd.fit(cells), expected, 0.001)

    def test_parameters_of_a_simulated_shop_are_found_again(self):
        triples = simulated_triples(7, 20_000, r=0.6, alpha=6, a=0.9, b=4)
        self.assertParametersNear(mbg_nbd.fit((*triple, 1) for triple in triples), (0.6, 6, 0.9, 4), 0.15)

    def test_same_customers_in_another_order_or_grouping_give_the_same_fit(self):
        triples = [(x, round(tx), round(T) + 1) for x, tx, T in simulated_triples(3, 300)]
        grouped = mbg_nbd.fit(cells_of(triples))
        self.assertParametersNear(mbg_nbd.fit((*triple, 1) for triple in reversed(triples)), grouped, 1e-6)
        self.assertEqual(mbg_nbd.fit(cells_of(triples)), grouped)

    def test_twenty_thousand_cells_take_less_than_ten_seconds(self):
        cells = [(*triple, 1) for triple in simulated_triples(5, 20_000)]
        started = time.process_time()
        mbg_nbd.fit(cells)
        self.assertLess(time.process_time() - started, 10)

    def test_no_customers_are_refused(self):
        with self.assertRaisesRegex(ValueError, "no customers"):
            mbg_nbd.fit([])
        with self.assertRaisesRegex(ValueError, "no customers"):
            mbg_nbd.log_likelihood(mbg_nbd.PRIOR_PARAMETERS, iter(()))

    def test_impossible_customers_are_refused(self):
        for cell in ((-1, 0, 5, 1), (1, 6, 5, 1), (0, 0, 5, 0), (0, 0, math.nan, 1), (0, 0, math.inf, 1)):
            with self.assertRaisesRegex(ValueError, "Not a customer"):
                mbg_nbd.fit([cell])

    def test_extreme_shops_have_a_finite_fit(self):
        shops = {
            "one customer of today": [(0, 0, 0, 1)],
            "one-time buyers only": [(0, 0, week, 50) for week in range(1, 60)],
            "everybody bought today": [(0, 0, 0, 100_000)],
            "everybody comes every day": [(700, 100, 100, 1000)],
            "everybody left at once": [(1, 1 / 7, 500, 1000)],
            "one million equal customers": [(3, 20, 40, 1_000_000)],
        }
        for shop, with_prior in itertools.product(shops, (True, False)):
            with self.subTest(shop, with_prior=with_prior):
                parameters = mbg_nbd.fit(shops[shop], with_prior)
                self.assertFinite(parameters)
                x, tx, T, _customers = shops[shop][0]
                self.assertTrue(0 <= mbg_nbd.probability_inactive(parameters, x, tx, T, 13) <= 1)
                if with_prior:
                    self.assertTrue(0 <= mbg_nbd.expected_purchases(parameters, x, tx, T, 13) < 1000)

    @in_profile
    @given(
        strategies.lists(
            strategies.tuples(strategies.integers(0, 300), WEEKS, WEEKS, strategies.integers(1, 1000)),
            min_size=1,
            max_size=8,
        )
    )
    def test_any_few_customers_have_a_finite_fit(self, customers):
        cells = [
            (x, min(one, other) if x else 0, max(one, other), count) for x, one, other, count in customers
        ]
        self.assertFinite(mbg_nbd.fit(cells))

    def test_prior_parameters_are_the_mode_of_the_prior(self):
        r, alpha, a, b = mbg_nbd.PRIOR_PARAMETERS
        for value, expected in ((r, 0.75), (alpha, 5), (a + b, 5), (math.log(a / b), -2.2)):
            self.assertAlmostEqual(value, expected)
        self.assertAlmostEqual(scipy_log_prior(mbg_nbd.PRIOR_PARAMETERS), 0)


@tagged("post_install", "-at_install")
class TestSample(EngineCase):
    def test_few_cells_are_taken_as_they_are(self):
        cells = [(1, 2.0, 3.0, 4), (0, 0.0, 3.0, 9)]
        self.assertEqual(mbg_nbd.sample_cells(cells, limit=2), sorted(cells))

    def test_many_cells_become_a_sample_of_customers(self):
        cells = [(x, 1.0, 5.0, 1 + x) for x in range(50)]
        sample = mbg_nbd.sample_cells(cells, limit=40)
        counts = {x: customers for x, _tx, _T, customers in cells}
        self.assertEqual(sum(customers for *_triple, customers in sample), 40)
        self.assertTrue(all(customers <= counts[x] for x, _tx, _T, customers in sample))

    def test_sample_depends_on_the_seed_and_not_on_the_order(self):
        cells = [(x, 1.0, 5.0, 3) for x in range(100)]
        sample = mbg_nbd.sample_cells(cells, limit=20)
        self.assertEqual(mbg_nbd.sample_cells(reversed(cells), limit=20), sample)
        self.assertNotEqual(mbg_nbd.sample_cells(cells, limit=20, seed=1), sample)


@tagged("post_install", "-at_install")
class TestPredictions(EngineCase):
    def test_scipy_agrees_on_the_hypergeometric_function(self):
        grid = itertools.product(
            (0.05, 0.75, 4),
            (0.015, 0.9, 1.5, 12),
            (0.1, 4, 150),
            (0, 1, 15, 300),
            (0, 0.01, 0.3, 0.7, 0.9, 0.99, 0.999),
        )
        for r, a, b, x, z in grid:
            arguments = (r + x, b + x + 1, a + b + x, z)
            expected = hyp2f1(*arguments)
            if math.isfinite(expected):
                self.assertLessEqual(abs(mbg_nbd.hypergeometric(*arguments) / expected - 1), 1e-8, arguments)

    def test_integration_agrees_on_expected_purchases(self):
        parameters = [
            (0.51, 6.1, 0.92, 1.74),
            (1.41, 1.36, 0.015, 7.2),
            (0.64, 7.3, 2.5, 9),
            (0.75, 0.05, 0.999, 4),
        ]
        for values, x, T, horizon in itertools.product(parameters, (0, 1, 12, 150), (0, 3, 80), (4, 13, 52)):
            tx = T * x / (x + 1)
            expected = oracle.expected_purchases(values, x, tx, T, horizon)
            self.assertAlmostEqual(
                mbg_nbd.expected_purchases(values, x, tx, T, horizon) / expected, 1, places=6
            )
            risk = oracle.risk_of_inactivity(values, x, tx, T, horizon)
            self.assertAlmostEqual(mbg_nbd.probability_inactive(values, x, tx, T, horizon), risk, places=12)

    def test_dropout_shape_of_exactly_one_is_no_special_case(self):
        at_one, near_one = (mbg_nbd.expected_purchases((0.5, 6, a, 1.7), 3, 20, 30, 13) for a in (1, 1.001))
        self.assertAlmostEqual(at_one / near_one, 1, places=3)

    def test_simulated_customers_buy_as_often_as_expected(self):
        # given a shop whose customers are followed for 52 weeks, then for 13 more
        truth, expected, bought = (0.6, 6, 0.9, 4), 0.0, 0
        chance = random.Random(11)
        for _customer in range(20_000):
            rate, leaves = chance.gammavariate(truth[0], 1 / truth[1]), chance.betavariate(truth[2], truth[3])
            now, times = 0.0, []
            while chance.random() > leaves and now < 65:
                now += chance.expovariate(rate)
                times.append(now)
            past = [when for when in times if when <= 52]
            expected += mbg_nbd.expected_purchases(truth, len(past), max(past, default=0), 52, 13)
            bought += sum(52 < when <= 65 for when in times)
        self.assertAlmostEqual(expected / bought, 1, delta=0.03)

    def test_one_time_buyer_may_have_left(self):
        self.assertLess(mbg_nbd.probability_alive(mbg_nbd.PRIOR_PARAMETERS, 0, 0, 52), 0.9)

    def test_factors_are_tabulated_by_the_thousand_a_second(self):
        started = time.process_time()
        for x, T in itertools.product(range(50), range(100)):
            mbg_nbd.purchase_factor(mbg_nbd.PRIOR_PARAMETERS, x, T, 52)
        self.assertLess(time.process_time() - started, 2)

    @in_profile
    @given(PARAMETERS, strategies.integers(0, 1000), WEEKS, WEEKS, strategies.sampled_from((4, 13, 26, 52)))
    def test_risk_is_a_probability_and_expectation_is_finite(self, parameters, x, one, other, horizon):
        tx, T = min(one, other), max(one, other)
        alive = mbg_nbd.probability_alive(parameters, x, tx, T)
        risk = mbg_nbd.probability_inactive(parameters, x, tx, T, horizon)
        factor = mbg_nbd.purchase_factor(parameters, x, T, horizon)
        self.assertTrue(0 <= alive <= 1)
        self.assertTrue(1 - alive <= risk <= 1)
        # nobody buys more often than his rate lets him, and at least as often as at all
        self.assertTrue(0 <= factor <= (parameters.r + x) * horizon / (parameters.alpha + T) * (1 + 1e-6))
        self.assertGreaterEqual(alive * factor + 1e-6, 1 - risk)
        self.assertEqual(mbg_nbd.expected_purchases(parameters, x, tx, T, horizon), alive * factor)

    @in_profile
    @given(PARAMETERS, strategies.integers(0, 1000), WEEKS, WEEKS)
    def test_longer_horizon_means_less_risk_and_more_purchases(self, parameters, x, one, other):
        tx, T = min(one, other), max(one, other)
        horizons = (1, 4, 13, 26, 52, 104)
        risks = [mbg_nbd.probability_inactive(parameters, x, tx, T, horizon) for horizon in horizons]
        factors = [mbg_nbd.purchase_factor(parameters, x, T, horizon) for horizon in horizons]
        self.assertEqual(risks, sorted(risks, reverse=True))
        for shorter, longer in itertools.pairwise(factors):
            self.assertLessEqual(shorter, longer * (1 + 1e-6) + 1e-9)


@tagged("post_install", "-at_install")
class TestRecalibration(EngineCase):
    def test_distortion_is_found_and_undone(self):
        # given outcomes whose true log-odds are -.8 + .5 logit(q), as shares of groups
        risks = [step / 100 for step in range(1, 100)]
        shares = [mbg_nbd.calibrated(risk, mbg_nbd.Calibration(-0.8, 0.5)) for risk in risks]
        found = mbg_nbd.recalibrate(risks, shares, [10] * len(risks))
        self.assertAlmostEqual(found.intercept, -0.8)
        self.assertAlmostEqual(found.slope, 0.5)

    def test_scipy_agrees_on_single_outcomes(self):
        chance = random.Random(2)
        risks = [chance.uniform(0.02, 0.98) for _customer in range(500)]
        outcomes = [chance.random() < risk**2 for risk in risks]

        def objective(values):
            odds = [values[0] + values[1] * math.log(risk / (1 - risk)) for risk in risks]
            return sum(math.log1p(math.exp(-odd if outcome else odd)) for odd, outcome in zip(odds, outcomes))

        expected = minimize(objective, [0, 1], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9}).x
        for value, wanted in zip(mbg_nbd.recalibrate(risks, outcomes), expected):
            self.assertAlmostEqual(value, wanted, places=5)

    def test_weights_count_as_repeated_customers(self):
        risks, outcomes, weights = [0.2, 0.3, 0.7, 0.8, 0.6], [0, 1, 1, 1, 0], [3, 1, 2, 4, 2]
        repeated = [
            [value for value, weight in zip(values, weights) for _ in range(weight)]
            for values in (risks, outcomes)
        ]
        for value, wanted in zip(
            mbg_nbd.recalibrate(risks, outcomes, weights), mbg_nbd.recalibrate(*repeated)
        ):
            self.assertAlmostEqual(value, wanted)

    def test_identity_where_nothing_can_be_learned(self):
        cases = {
            "no customers": ([], []),
            "one outcome only": ([0.2, 0.5, 0.8], [1, 1, 1]),
            "no spread in q": ([0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1]),
            "separated outcomes": ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]),
            "q worse than chance": ([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [1, 1, 0, 1, 0, 0]),
        }
        for name, (risks, outcomes) in cases.items():
            with self.subTest(name):
                self.assertEqual(mbg_nbd.recalibrate(risks, outcomes), mbg_nbd.IDENTITY)

    def test_certain_predictions_are_bounded(self):
        found = mbg_nbd.recalibrate([0.0, 0.0, 0.0, 1.0, 1.0, 1.0], [0, 0, 1, 1, 1, 0])
        self.assertTrue(0 < found.slope < 1)

    @in_profile
    @given(
        strategies.lists(
            strategies.tuples(strategies.floats(0, 1), strategies.floats(0, 1), strategies.floats(0.01, 1e6)),
            max_size=30,
        )
    )
    def test_result_is_always_finite_and_never_turns_the_order_round(self, rows):
        found = mbg_nbd.recalibrate(*(list(column) for column in zip(*rows)) if rows else ([], []))
        self.assertTrue(math.isfinite(found.intercept) and math.isfinite(found.slope) and found.slope > 0)
        for risk in (0.0, 0.3, 1.0):
            self.assertTrue(0 <= mbg_nbd.calibrated(risk, found) <= 1)
