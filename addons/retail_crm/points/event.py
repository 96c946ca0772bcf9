"""What is to be booked."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass
class PointsEvent:
    """One thing that happened to a wallet.

    ``operation`` names what is done to the lots (``_do_<operation>`` of the booking), ``amount`` is never negative.
    ``key`` names the event, once and for all; ``document`` is the record behind it. ``spent`` is what is given back:
    ``[(lot id, amount)]`` as it was taken.
    """

    wallet: Any
    operation: str
    kind: str
    amount: Decimal
    key: str
    document: Any = None
    reason: str | None = None
    earned_on: date | None = None
    expires_on: date | None = None
    release_on: date | None = None
    spent: tuple = ()
    lot_ids: tuple = ()
