"""What an order grants, and what somebody may grant, as plain numbers. Knows no database."""

from dataclasses import dataclass

# amounts and percentages nearer than this are the same: prices are rounded before they get here
CLOSE = 0.005
WITHOUT_LIMIT = 1e15


@dataclass
class Figures:
    """Of one order. Amounts in the currency of its company, percentages 0-100; ``total`` is before tax.

    ``list_value`` is what the goods that are sold would cost at list price, without those that are given away.
    """

    list_value: float = 0.0
    discount_amount: float = 0.0
    gift_amount: float = 0.0
    margin: float = 0.0
    total: float = 0.0

    @property
    def discount_percent(self):
        if self.discount_amount < CLOSE:
            return 0.0
        return 100 * self.discount_amount / self.list_value if self.list_value > CLOSE else 100.0

    @property
    def margin_percent(self):
        """Of what the customer pays; an order that brings nothing has lost everything it cost."""
        if self.total > CLOSE:
            return 100 * self.margin / self.total
        return -100.0 if self.margin < -CLOSE else 0.0

    @property
    def grants_something(self):
        return self.discount_amount > CLOSE or self.gift_amount > CLOSE

    def is_worse_than(self, other):
        """Whether the shop gives more away, in any respect, than with the ``other`` figures."""
        return self.grants_something and (
            self.discount_amount > other.discount_amount + CLOSE
            or self.discount_percent > other.discount_percent + CLOSE
            or self.gift_amount > other.gift_amount + CLOSE
            or self.margin_percent < other.margin_percent - CLOSE
        )

    def as_columns(self):
        """What requests keep, and the log all of it but the first."""
        return {
            "list_value": round(self.list_value, 2),
            "total": round(self.total, 2),
            "discount_amount": round(self.discount_amount, 2),
            "discount_percent": round(self.discount_percent, 2),
            "gift_amount": round(self.gift_amount, 2),
            "margin_percent": round(self.margin_percent, 2),
        }


@dataclass
class Limits:
    """What somebody may grant on one order and in a month; amounts in the currency of the company."""

    authority_id: int = 0
    discount_percent: float = WITHOUT_LIMIT
    discount_amount: float = WITHOUT_LIMIT
    margin_percent: float = -WITHOUT_LIMIT
    gift_amount: float = WITHOUT_LIMIT
    points: float = WITHOUT_LIMIT
    month_percent: float = 100.0
    month_amount: float = WITHOUT_LIMIT
    month_gift: float = WITHOUT_LIMIT
    month_points: float = WITHOUT_LIMIT

    @property
    def has_month(self):
        """Whether anything granted in a month is limited."""
        return (
            self.month_percent < 100
            or min(self.month_amount, self.month_gift, self.month_points) < WITHOUT_LIMIT
        )

    def find_beyond(self, figures):
        """Names of the limits of one order that the figures pass; empty inside all of them."""
        if not figures.grants_something:
            return []
        passed = {
            "discount_percent": figures.discount_percent > self.discount_percent + CLOSE,
            "discount_amount": figures.discount_amount > self.discount_amount + CLOSE,
            "gift_amount": figures.gift_amount > self.gift_amount + CLOSE,
            "margin_percent": figures.margin_percent < self.margin_percent - CLOSE,
        }
        return [name for name, is_passed in passed.items() if is_passed]
