"""What happens to the lots of a wallet, in plain Python: no database, no clock.

A purse is a wallet while it is locked. Each of its methods returns parts, one for each lot touched, and their sums are
the change of the wallet. A part without a lot is a change of the debt: what was taken back after it had been spent.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from .exact import ZERO, to_points


@dataclass
class Lot:
    """Points of one origin. ``remaining`` is never negative.

    The last day of a lot that ``is_past`` is over; ``renewed`` points of it came back and last until ``expires_on``.
    """

    id: int
    remaining: Decimal
    is_pending: bool = False
    is_past: bool = False
    renewed: Decimal = ZERO
    expires_on: date | None = None


@dataclass(frozen=True)
class Part:
    """Change of a lot, or of the debt (``lot_id`` None). ``available`` is the part that can be spent."""

    lot_id: int | None
    amount: Decimal
    available: Decimal


class NotEnough(ValueError):
    """More is to be spent than is available."""


@dataclass
class Purse:
    """``lots`` in the order in which they are spent: oldest expiry first. ``held`` is what quotations reserve."""

    lots: list[Lot]
    debt: Decimal = ZERO
    held: dict = field(default_factory=dict)
    changed: set = field(default_factory=set)

    @property
    def available(self):
        """What the customer has, negative when in debt."""
        return sum((lot.remaining for lot in self.lots if not lot.is_pending), ZERO) - self.debt

    @property
    def usable(self):
        """What the customer can spend now: without what has reached its last day and is not booked as expired yet."""
        past = sum((lot.remaining for lot in self.lots if lot.is_past and not lot.is_pending), ZERO)
        return self.available - past

    @property
    def pending(self):
        return sum((lot.remaining for lot in self.lots if lot.is_pending), ZERO)

    def get_held_by_others(self, order_id):
        return sum((to_points(amount) for order, amount in self.held.items() if order != str(order_id)), ZERO)

    def spend(self, amount, reserved=ZERO):
        """Take ``amount`` from what is available and not ``reserved``: all of it or nothing.

        :raise NotEnough: and nothing is taken
        """
        if amount > self.available - reserved:
            raise NotEnough
        settled = self.repay()
        parts, missing = self._take(amount, [lot for lot in self.lots if not lot.is_pending])
        assert not missing, "what is available lies in lots"
        return settled + parts

    def take_back(self, amount, own=()):
        """Take ``amount`` from the lots ``own`` (ids), pending or not, then from the others; the rest becomes debt."""
        lots = [lot for lot in self.lots if lot.id in own]
        parts, missing = self._take(amount, lots)
        others = [lot for lot in self.lots if lot.id not in own and not lot.is_pending]
        more, missing = self._take(missing, others)
        return parts + more + self._owe(missing)

    def give_back(self, amount, spent, renewed_until=None):
        """Return ``amount`` to the lots it came from.

        :param spent: ``[(lot id, amount)]`` in the order in which they were spent; the last one is filled first, so
            that a smaller purchase in the first place would have left the same
        :param renewed_until: new last day of what goes back to a lot whose last day is over
        :return: parts; their sum is less than ``amount`` when ``spent`` is less
        """
        parts = []
        by_id = {lot.id: lot for lot in self.lots}
        for lot_id, taken in reversed(spent):
            share = min(taken, amount)
            if share > 0:
                parts.append(self._change(by_id[lot_id], share))
                if renewed_until and by_id[lot_id].is_past:
                    by_id[lot_id].renewed += share
                    by_id[lot_id].expires_on = renewed_until
                amount -= share
        return parts

    def release(self, lot_id):
        """What was pending in the lot can be spent from now on."""
        lot = self._find(lot_id)
        if not lot.is_pending:
            return []
        lot.is_pending = False
        self.changed.add(lot.id)
        return [Part(lot.id, ZERO, lot.remaining)]

    def expire(self, lot_id):
        lot = self._find(lot_id)
        return [self._change(lot, -lot.remaining)] if lot.remaining else []

    def expire_past(self):
        """Empty the lots whose last day is over, but for what came back and was renewed."""
        parts = []
        for lot in self.lots:
            if lot.is_past and lot.remaining > lot.renewed:
                parts.append(self._change(lot, lot.renewed - lot.remaining))
            lot.is_past = lot.is_past and not lot.renewed
        return parts

    def repay(self):
        """Pay the debt from what is available. The sum of the parts is zero."""
        spendable = [lot for lot in self.lots if not lot.is_pending]
        parts, missing = self._take(self.debt, spendable)
        paid = self.debt - missing
        return parts + self._owe(-paid)

    def _find(self, lot_id):
        return next(lot for lot in self.lots if lot.id == lot_id)

    def _take(self, amount, lots):
        """Parts, and what could not be taken."""
        parts = []
        for lot in lots:
            share = min(lot.remaining, amount)
            if share > 0:
                parts.append(self._change(lot, -share))
                amount -= share
        return parts, amount

    def _change(self, lot, amount):
        lot.remaining += amount
        self.changed.add(lot.id)
        return Part(lot.id, amount, ZERO if lot.is_pending else amount)

    def _owe(self, amount):
        if not amount:
            return []
        self.debt += amount
        return [Part(None, -amount, -amount)]


def joined(parts):
    """The parts of one event, one for each lot: what cancels out is left out.

    >>> joined([Part(1, Decimal(-3), Decimal(-3)), Part(1, Decimal(3), Decimal(3))])
    []
    """
    sums = {}
    for part in parts:
        known = sums.get(part.lot_id, Part(part.lot_id, ZERO, ZERO))
        sums[part.lot_id] = replace(
            known, amount=known.amount + part.amount, available=known.available + part.available
        )
    return [part for part in sums.values() if part.amount or part.available]
