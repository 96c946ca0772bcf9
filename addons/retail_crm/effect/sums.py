"""Customers as sums: all that a comparison of means needs to know of a group, however large it is."""

from typing import NamedTuple


class Sums(NamedTuple):
    """Sums over the customers of a group; those who bought nothing count with zeros.

    ``amount``: what each brought in the window; ``before``: in the time before it; squares and products per customer.
    """

    customers: int = 0
    amount: float = 0.0
    amount_squares: float = 0.0
    before: float = 0.0
    before_squares: float = 0.0
    products: float = 0.0

    @property
    def mean(self):
        return self.amount / self.customers if self.customers else 0.0

    @property
    def before_mean(self):
        return self.before / self.customers if self.customers else 0.0

    # sums of squares and products around the means, never negative by rounding

    @property
    def spread(self):
        return max(self.amount_squares - self.amount * self.mean, 0.0)

    @property
    def before_spread(self):
        return max(self.before_squares - self.before * self.before_mean, 0.0)

    @property
    def common_spread(self):
        return self.products - self.amount * self.before_mean

    def get_variance(self, slope=0.0):
        """Sample variance of ``amount - slope * before``; needs 2 customers."""
        spread = self.spread - 2 * slope * self.common_spread + slope**2 * self.before_spread
        return max(spread, 0.0) / (self.customers - 1)


def add_up(groups):
    """The sums of all ``groups`` together.

    >>> add_up([Sums(1, 10.0, 100.0), Sums(2, 6.0, 20.0)])
    Sums(customers=3, amount=16.0, amount_squares=120.0, before=0.0, before_squares=0.0, products=0.0)
    """
    return Sums(*(sum(values) for values in zip(*groups, strict=True))) if groups else Sums()


def get_slope(groups):
    """How much more a customer brings per unit more brought before, pooled within ``groups``; 0 if nobody differs."""
    before_spread = sum(group.before_spread for group in groups)
    return sum(group.common_spread for group in groups) / before_spread if before_spread > 0 else 0.0
