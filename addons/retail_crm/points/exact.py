"""Points as exact decimals. Floats of six decimals below the bound go there and back without loss."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

DIGITS = (16, 6)
SCALE = Decimal("0.000001")
# Odoo rounds floats of six decimals without loss up to some 500 million
BOUND = Decimal("100000000")
ZERO = Decimal(0)


class NotPoints(ValueError):
    """Not a number, infinite, or beyond the bound."""


def to_points(value):
    """``value`` as an exact decimal of six places, halves away from zero.

    >>> to_points(0.1) + to_points(0.2)
    Decimal('0.300000')
    """
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, TypeError, ValueError) as error:
        raise NotPoints(str(value)) from error
    if not number.is_finite() or abs(number) > BOUND:
        raise NotPoints(str(value))
    return number.quantize(SCALE, ROUND_HALF_UP)
