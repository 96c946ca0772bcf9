"""Hours in which somebody works, counted from a shop's opening times. Plain Python, no database."""

from bisect import bisect_right
from datetime import timedelta


class WorkingTime:
    """Opening times as ordered stretches (start, end) that do not overlap; moments all of one kind (UTC, no zone)."""

    def __init__(self, stretches):
        self._starts = [start for start, _end in stretches]
        self._stretches = list(stretches)

    def add(self, moment, hours):
        """The moment when ``hours`` of work have passed since ``moment``; None when the opening times end before.

        >>> from datetime import datetime
        >>> week = WorkingTime([(datetime(2025, 6, 30, 9), datetime(2025, 6, 30, 17)),
        ...                     (datetime(2025, 7, 1, 9), datetime(2025, 7, 1, 17))])
        >>> week.add(datetime(2025, 6, 30, 16), 2)
        datetime.datetime(2025, 7, 1, 10, 0)
        """
        left = timedelta(hours=hours)
        for start, end in self._from(moment):
            begin = max(start, moment)
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return None

    def between(self, first, last):
        """Hours of work between two moments.

        >>> from datetime import datetime
        >>> day = WorkingTime([(datetime(2025, 6, 30, 9), datetime(2025, 6, 30, 17))])
        >>> day.between(datetime(2025, 6, 30, 6), datetime(2025, 6, 30, 12))
        3.0
        """
        total = timedelta()
        for start, end in self._from(first):
            if start >= last:
                break
            total += min(end, last) - max(start, first)
        return total.total_seconds() / 3600

    def _from(self, moment):
        """The stretches that are not over at ``moment``."""
        position = max(0, bisect_right(self._starts, moment) - 1)
        for start, end in self._stretches[position:]:
            if end > moment:
                yield start, end
