"""The comparison of strategies against scipy, statsmodels' figures, an independent oracle and simulated shops."""

import doctest
import math

import numpy
from scipy import stats

from odoo.tests import BaseCase, tagged

from ..effect import comparison, power, student, sums
from ..effect.sums import Sums


def sums_of(amounts, before=None):
    """Sums of customers who brought ``amounts``, and ``before`` in the time before."""
    amounts = numpy.asarray(amounts, float)
    before = numpy.zeros(len(amounts)) if before is None else numpy.asarray(before, float)
    return Sums(
        len(amounts),
        *map(float, (amounts.sum(), amounts @ amounts, before.sum(), before @ before, amounts @ before)),
    )


def simulated(chance, customers, gain=0.0):
    """(amounts, before): most buy little, few a lot, many nothing; who bought much goes on to."""
    size = chance.gamma(2.0, 25.0, customers)
    before = size * chance.gamma(1.0, 1.0, customers)
    amounts = size * chance.gamma(1.0, 1.0, customers) * (chance.random(customers) < 0.6) + gain
    return amounts, before


def regression(pair):
    """Effect and HC2 standard error of ``amount ~ 1 + treated + before``, by matrices over the customers."""
    (amounts, before), (other_amounts, other_before) = pair
    outcome = numpy.concatenate([amounts, other_amounts])
    treated = numpy.repeat([1.0, 0.0], [len(amounts), len(other_amounts)])
    design = numpy.column_stack(
        [numpy.ones(len(outcome)), treated, numpy.concatenate([before, other_before])]
    )
    bread = numpy.linalg.inv(design.T @ design)
    coefficients = bread @ design.T @ outcome
    leverage = ((design @ bread) * design).sum(axis=1)
    residuals = (outcome - design @ coefficients) ** 2 / (1 - leverage)
    covariance = bread @ (design.T * residuals) @ design @ bread
    return coefficients[1], math.sqrt(covariance[1, 1])


@tagged("post_install", "-at_install")
class TestActEffectStatistics(BaseCase):
    def setUp(self):
        super().setUp()
        self.chance = numpy.random.default_rng(20_260_105)

    def _pair(self, treated=600, held_out=300, gain=0.0):
        return simulated(self.chance, treated, gain), simulated(self.chance, held_out)

    def test_doctests_hold(self):
        for module in (sums, student):
            self.assertEqual(doctest.testmod(module).failed, 0)

    def test_quantiles_are_those_of_scipy(self):
        for degrees in (2, 3.7, 10, 99.5, 1e4, 1e7):
            for probability in (0.025, 0.5, 0.8, 0.975, 0.999):
                self.assertAlmostEqual(
                    student.get_quantile(probability, degrees), stats.t.ppf(probability, degrees), 6
                )
        self.assertAlmostEqual(student.get_quantile(0.975, math.inf), 1.959964, 6)

    def test_plain_comparison_is_that_of_scipy(self):
        for treated, held_out in ((600, 300), (150, 700), (2, 3)):
            (amounts, _), (other, _) = self._pair(treated, held_out, gain=7)
            effect = comparison.compare([(sums_of(amounts), sums_of(other))])
            expected = stats.ttest_ind(amounts, other, equal_var=False)
            interval = expected.confidence_interval(0.95)
            self.assertAlmostEqual(effect.difference, amounts.mean() - other.mean(), 8)
            self.assertAlmostEqual(effect.low, interval.low, 6)
            self.assertAlmostEqual(effect.high, interval.high, 6)
            self.assertAlmostEqual(effect.degrees, expected.df, 6)

    def test_figures_are_those_that_statsmodels_gives(self):
        # given customers whom anybody can write down, and what statsmodels 0.15.0 says of them: CompareMeans with
        # unequal variances; OLS on treatment and before with HC2; TTestIndPower for 900 and 100 customers
        pair = [self._numbered(1, 300, gain=5), self._numbered(1000, 120)]
        # when
        sides = tuple(sums_of(*side) for side in pair)
        plain, adjusted = comparison.compare([sides]), comparison.compare_with_before([sides])
        smallest = power.get_smallest_effect(sums_of(pair[0][0]), 900, 100)
        # then
        self.assertAlmostEqual(plain.low, -2.032203042, 7)
        self.assertAlmostEqual(plain.high, 14.595536376, 7)
        self.assertAlmostEqual(adjusted.difference, 5.77856516, 7)
        self.assertAlmostEqual(adjusted.slope, 0.99624061, 7)
        self.assertAlmostEqual(adjusted.standard_error, 2.77569664, 2)
        self.assertAlmostEqual(smallest, 11.41495821, 3)

    @staticmethod
    def _numbered(first, customers, gain=0):
        numbers = numpy.arange(first, first + customers, dtype=float)
        before = numbers * 37 % 101
        return before + numbers * 53 % 89 + gain, before

    def test_comparison_with_the_time_before_is_the_regression_on_treatment_and_before(self):
        pair = self._pair(gain=7)
        effect = comparison.compare_with_before([tuple(sums_of(*side) for side in pair)])
        difference, error = regression(pair)
        self.assertAlmostEqual(effect.difference, difference, 8)
        self.assertLess(abs(effect.standard_error / error - 1), 0.01)

    def test_time_before_makes_the_interval_narrower_where_it_tells_something(self):
        amounts, _before = simulated(self.chance, 500)
        other, _before = simulated(self.chance, 500)
        noise = self.chance.normal(0, 3, (2, 500))
        telling = [(sums_of(amounts, amounts + noise[0]), sums_of(other, other + noise[1]))]
        self.assertLess(
            comparison.compare_best(telling).standard_error, comparison.compare(telling).standard_error / 5
        )
        silent = [(sums_of(amounts), sums_of(other))]
        self.assertEqual(comparison.compare_best(silent), comparison.compare(silent))

    def test_chance_imbalance_before_is_taken_off(self):
        # both sides bring what they brought before; those treated happened to be larger
        treated, held_out = numpy.arange(100.0, 200), numpy.arange(50.0, 150)
        effect = comparison.compare_with_before([(sums_of(treated, treated), sums_of(held_out, held_out))])
        self.assertAlmostEqual(effect.difference, 0)
        self.assertAlmostEqual(effect.slope, 1)

    def test_changed_share_does_not_look_like_an_effect(self):
        # nothing works; in a good month few are held out, in a bad one many
        good = numpy.tile([90.0, 110.0], 1000)
        bad = numpy.tile([0.0, 20.0], 1000)
        strata = [
            (sums_of(good[:1800]), sums_of(good[1800:])),
            (sums_of(bad[:1000]), sums_of(bad[1000:])),
        ]
        naive = comparison.compare([tuple(sums.add_up(side) for side in zip(*strata, strict=True))])
        self.assertGreater(naive.low, 30)
        effect = comparison.compare(strata)
        self.assertAlmostEqual(effect.difference, 0)
        self.assertLess(effect.low, 0)

    def test_interval_over_shares_is_the_weighted_mean_of_independent_differences(self):
        pairs = [self._pair(300, 200, gain=3), self._pair(700, 100, gain=9)]
        effect = comparison.compare([tuple(sums_of(*side) for side in pair) for pair in pairs])
        weights = [500 / 1300, 800 / 1300]
        difference = sum(
            w * (one[0].mean() - other[0].mean()) for w, (one, other) in zip(weights, pairs, strict=True)
        )
        variance = sum(
            w**2 * (one[0].var(ddof=1) / len(one[0]) + other[0].var(ddof=1) / len(other[0]))
            for w, (one, other) in zip(weights, pairs, strict=True)
        )
        self.assertAlmostEqual(effect.difference, difference, 8)
        self.assertAlmostEqual(effect.standard_error, math.sqrt(variance), 8)

    def test_intervals_hold_the_truth_in_93_to_97_of_100_simulated_shops(self):
        ways = (comparison.compare, comparison.compare_with_before, comparison.compare_best)
        for treated, held_out in ((500, 500), (3600, 400)):
            held = self._get_held(ways, treated, held_out)
            for way, share in zip(ways, held, strict=True):
                self.assertTrue(0.93 <= share <= 0.97, f"{way.__name__} {treated} {held_out}: {share}")

    def _get_held(self, ways, treated, held_out, gain=5.0, shops=600):
        """Per way of comparing, in which share of simulated shops the interval holds the gain."""
        held = [0] * len(ways)
        for _shop in range(shops):
            pair = [tuple(sums_of(*side) for side in self._pair(treated, held_out, gain))]
            for place, way in enumerate(ways):
                effect = way(pair)
                held[place] += effect.low <= gain <= effect.high
        return [count / shops for count in held]

    def test_smallest_effect_is_noticed_in_80_of_100_simulated_shops(self):
        known = sums_of(*simulated(self.chance, 200_000))
        gain = power.get_smallest_effect(known, 2000, 1000)
        noticed = 0
        for _shop in range(400):
            effect = comparison.compare_with_before(
                [tuple(sums_of(*side) for side in self._pair(2000, 1000, gain))]
            )
            noticed += effect.low > 0
        self.assertTrue(0.76 <= noticed / 400 <= 0.84, noticed / 400)

    def test_smallest_effect_is_that_of_a_t_test(self):
        amounts = simulated(self.chance, 5000)[0]
        smallest = power.get_smallest_effect(sums_of(amounts), 900, 100)
        # power of the two-sided t test by the noncentral t distribution
        degrees, error = 998, amounts.std(ddof=1) * math.sqrt(1 / 900 + 1 / 100)
        limit = stats.t.ppf(0.975, degrees)
        shifted = stats.nct(degrees, smallest / error)
        self.assertAlmostEqual(shifted.sf(limit) + shifted.cdf(-limit), 0.8, 2)

    def test_nothing_is_said_of_too_few(self):
        few, many = Sums(99, 99.0, 120.0), Sums(500, 500.0, 900.0)
        self.assertFalse(comparison.is_measurable([(many, few)]))
        self.assertFalse(comparison.is_measurable([]))
        # a share with which nobody was held out says nothing about the others
        self.assertFalse(comparison.is_measurable([(many, Sums()), (few, many)]))
        self.assertTrue(comparison.is_measurable([(many, many)]))
        with self.assertRaises(ValueError):
            comparison.compare([(many, Sums(1, 1.0, 1.0))])
        self.assertEqual(power.get_smallest_effect(Sums(1, 1.0, 1.0), 100, 100), math.inf)

    def test_shop_in_which_nobody_bought_has_no_effect_and_no_error(self):
        nothing = Sums(200)
        effect = comparison.compare_best([(nothing, nothing)])
        self.assertEqual((effect.difference, effect.low, effect.high), (0, 0, 0))
