"""Days of a shop and the moments at which they begin."""

from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo


def begin_of(day, zone):
    """The moment, in UTC and without a zone as the database keeps it, at which ``day`` begins in ``zone``.

    >>> from datetime import date
    >>> begin_of(date(2025, 6, 1), "Asia/Shanghai")
    datetime.datetime(2025, 5, 31, 16, 0)
    """
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(timezone.utc).replace(tzinfo=None)
