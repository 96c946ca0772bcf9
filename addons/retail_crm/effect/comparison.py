"""Customers treated against customers held out at random: the difference of their means and how sure it is.

Welch's interval, because the groups differ in size and, when an action works, in how much their customers differ.
Where customers were drawn with different shares at different times, those of a share are compared with each other
and the differences averaged, weighted by customers: else a good month with a small share would look like an effect.

The comparison may take into account what customers brought before (CUPED: Deng, Xu, Kohavi, Walker (2013), "Improving
the sensitivity of online controlled experiments by utilizing pre-experiment data", WSDM, 123-132), with one slope for
all groups, as in an analysis of covariance. It moves the difference by chance imbalance only and never by what was
done, because the time before lies before the draw.
"""

import math
from typing import NamedTuple

from .student import get_quantile
from .sums import add_up, get_slope

CONFIDENCE = 0.95
# What customers bring is so skewed that few large buyers decide in a small group. Measured on simulated shops with
# a tenth held out, intervals of 95 % held the truth in 87 to 91 % of cases with 50 customers on the smaller side, in 91
# to 93 % with 100, in 94 to 95 % with 400; with halves of 500 in 95 %. Below the first bar nothing is said, below the
# second it is a first hint.
MIN_CUSTOMERS = 100
ENOUGH_CUSTOMERS = 400


class Effect(NamedTuple):
    """Per customer: means of both sides, their difference (positive: treated brought more) and its interval."""

    treated_mean: float
    held_out_mean: float
    difference: float
    low: float
    high: float
    standard_error: float
    degrees: float
    slope: float


def compare(strata, slope=0.0):
    """Compare the pairs (treated, held out) of Sums ``strata``, each with 2 customers or more on both sides.

    :raise ValueError: there is nothing to compare
    """
    strata = list(strata)
    if not strata or any(group.customers < 2 for pair in strata for group in pair):
        raise ValueError("There must be two customers or more on both sides.")
    total = sum(group.customers for pair in strata for group in pair)
    weights = [(treated.customers + held_out.customers) / total for treated, held_out in strata]
    means = [_get_means(pair, slope) for pair in strata]
    treated_mean, held_out_mean = (
        sum(weight * pair[side] for weight, pair in zip(weights, means, strict=True)) for side in (0, 1)
    )
    terms = [
        (weight**2 * group.get_variance(slope) / group.customers, group.customers - 1)
        for weight, pair in zip(weights, strata, strict=True)
        for group in pair
    ]
    variance = sum(term for term, _degrees in terms)
    # Satterthwaite
    squares = sum(term**2 / degrees for term, degrees in terms)
    degrees = variance**2 / squares if squares else math.inf
    margin = get_quantile((1 + CONFIDENCE) / 2, degrees) * math.sqrt(variance)
    difference = treated_mean - held_out_mean
    return Effect(
        treated_mean,
        held_out_mean,
        difference,
        difference - margin,
        difference + margin,
        math.sqrt(variance),
        degrees,
        slope,
    )


def _get_means(pair, slope):
    """Of both sides, had both brought the same before."""
    before_mean = add_up(pair).before_mean
    return [group.mean - slope * (group.before_mean - before_mean) for group in pair]


def compare_with_before(strata):
    """As :func:`compare`, with what customers brought before taken into account."""
    strata = list(strata)
    return compare(strata, get_slope([group for pair in strata for group in pair]))


def compare_best(strata):
    """The narrower of both; where the time before tells nothing, taking it into account would only add noise."""
    plain, adjusted = compare(strata), compare_with_before(strata)
    return adjusted if adjusted.standard_error < plain.standard_error else plain


def get_comparable(strata):
    """Those of ``strata`` with customers enough on both sides to know how much they differ."""
    return [pair for pair in strata if min(group.customers for group in pair) >= 2]


def is_measurable(strata):
    """Whether the comparable ``strata`` have customers enough for an interval."""
    return get_smaller_side(strata) >= MIN_CUSTOMERS


def is_enough(strata):
    """Whether there are so many that few large buyers no longer decide."""
    return get_smaller_side(strata) >= ENOUGH_CUSTOMERS


def get_smaller_side(strata):
    """Customers on the side with fewer of them, of the comparable ``strata``."""
    return min(sum(pair[side].customers for pair in get_comparable(strata)) for side in (0, 1))
