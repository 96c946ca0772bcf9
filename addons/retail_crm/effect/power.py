"""How large an effect must be to be noticed, before anybody is left alone for it."""

import math

from .student import get_quantile
from .sums import get_slope

CONFIDENCE = 0.95
POWER = 0.80


def get_smallest_effect(sums, treated, held_out):
    """The smallest difference per customer that so many customers show with a probability of 80 %; inf if none.

    :param sums: Sums of customers like them, who tell how much customers differ, and how much the time before explains
    """
    degrees = treated + held_out - 2
    if sums.customers < 2 or min(treated, held_out) < 1 or degrees < 1:
        return math.inf
    deviation = math.sqrt(sums.get_variance(get_slope([sums])))
    quantiles = get_quantile((1 + CONFIDENCE) / 2, degrees) + get_quantile(POWER, degrees)
    return quantiles * deviation * math.sqrt(1 / treated + 1 / held_out)
