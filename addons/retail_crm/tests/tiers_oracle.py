"""What the engine of the tiers should do, in plain Python, for one customer of a program."""

from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


def window_of(day, kind):
    """First and last day of the calendar ``year`` or ``quarter`` of ``day``."""
    first_month, months = (1, 12) if kind == "year" else (3 * ((day.month - 1) // 3) + 1, 3)
    first = date(day.year, first_month, 1)
    after = date(day.year + (first_month + months > 12), (first_month + months - 1) % 12 + 1, 1)
    return first, after - DAY


@dataclass
class Step:
    """A tier: from ``threshold`` points over a ``window`` ("year", "quarter" or a number of days)."""

    threshold: int
    window: object
    validity: object
    grace: int

    def reaches(self, earned, day):
        first = (
            window_of(day, self.window)[0] if isinstance(self.window, str) else day - (self.window - 1) * DAY
        )
        return sum(points for when, points in earned if first <= when <= day) >= self.threshold

    def valid_until(self, day):
        if isinstance(self.validity, int):
            return day + self.validity * DAY
        end = window_of(day, self.window)[1]
        return window_of(end + DAY, self.window)[1] if self.validity == "next_window" else end


@dataclass
class Stay:
    place: int
    since: date
    kept_until: date | None
    grace_until: date | None
    how: str
    until: date | None = None
    ending: str | None = None


class Member:
    """``stays`` after the days looked at; ``earned`` is ``[(day, points)]``."""

    def __init__(self, steps, is_stepwise):
        self.steps, self.is_stepwise = steps, is_stepwise
        self.earned, self.stays, self.looked_at = [], [], None

    @property
    def current(self):
        return self.stays[-1] if self.stays and not self.stays[-1].until else None

    def night(self, today):
        day = self.looked_at or today
        while day <= today:
            self.look_at(day)
            self.looked_at = day
            day += DAY

    def look_at(self, day):
        if any(max(stay.since, stay.until or stay.since) > day for stay in self.stays):
            return
        reached = max(
            (place for place, step in enumerate(self.steps) if step.reaches(self.earned, day)), default=-1
        )
        held = self.current
        if not held:
            self._come_in(reached, day)
        elif reached > held.place:
            self._open(reached, day, "qualified", "upgraded")
        elif reached == held.place:
            step = self.steps[reached]
            is_time = isinstance(step.validity, str) or (held.kept_until and held.kept_until <= day)
            if is_time and held.kept_until and step.valid_until(day) > held.kept_until:
                self._open(reached, day, "requalified", "requalified")
        elif held.grace_until and held.grace_until < day:
            self._go_down(reached, day)

    def _promise(self, below, day):
        promises = [
            stay
            for stay in self.stays
            if stay.ending in ("upgraded", "invited")
            and stay.place < below
            and (stay.kept_until is None or stay.kept_until >= day)
        ]
        return max(promises, key=lambda stay: (stay.place, stay.kept_until or date.max), default=None)

    def _come_in(self, reached, day):
        promise = self._promise(len(self.steps), day)
        if promise and promise.place > reached:
            self._open_promised(promise, day, "qualified", None)
        elif reached >= 0:
            self._open(reached, day, "qualified", None, promise)

    def _go_down(self, reached, day):
        held = self.current
        promise = self._promise(held.place, day)
        step = held.place - 1 if self.is_stepwise else -1
        target = max(reached, step, promise.place if promise else -1)
        if target < 0:
            held.until, held.ending = day, "left"
        elif target in (reached, step):
            is_invited = promise and promise.place == target > reached and promise.how == "invited"
            self._open(target, day, "invited" if is_invited else "downgraded", "downgraded", promise)
        else:
            self._open_promised(promise, day, "downgraded", "downgraded")

    def _open_promised(self, promise, day, how, ending):
        how = "invited" if promise.how == "invited" else how
        self._add(promise.place, day, promise.kept_until, how, ending)

    def _open(self, place, day, how, ending, promise=None):
        kept_until = self.steps[place].valid_until(day)
        if promise and promise.place == place:
            kept_until = promise.kept_until and max(kept_until, promise.kept_until)
        self._add(place, day, kept_until, how, ending)

    def _add(self, place, day, kept_until, how, ending):
        if held := self.current:
            held.until, held.ending = day, ending
        grace = self.steps[place].grace
        self.stays.append(Stay(place, day, kept_until, kept_until and kept_until + grace * DAY, how))

    def invite(self, place, day, last_day):
        held = self.current
        if held and held.place > place:
            return
        if (
            held
            and held.place == place
            and (not held.kept_until or (last_day and last_day <= held.kept_until))
        ):
            return
        if held:
            held.until, held.ending = day, "invited"
        self.stays.append(Stay(place, day, last_day, last_day, "invited"))
        self.look_at(day)
