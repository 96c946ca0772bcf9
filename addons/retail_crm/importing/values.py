"""Cells as the database wants them: text in, text out, or :class:`BadValue` with the reason."""

import datetime
import functools
import math
import re

from .problems import BadValue
from .tables import Exact

LARGEST = 1e12
LONGEST = 200  # an index entry holds two such texts
OLDEST = datetime.date(1900, 1, 1)
YEAR_FIRST = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.A
)
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.A)
YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?)?", re.A)
SPACES = re.compile(r"(?<=\d)[ '’\u00a0\u2009\u202f](?=\d{3}(?!\d))", re.A)
EXPONENT = r"(?:[eE][+-]?\d{1,3})?"
WITH_MARK = {
    ".": re.compile(r"[+-]?(?:(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|\.\d+)" + EXPONENT, re.A),
    ",": re.compile(r"[+-]?(?:(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?|,\d+)" + EXPONENT, re.A),
}
UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}", re.A)
NOT_FINITE = {"nan", "inf", "infinity", "#num!", "#div/0!"}


class DateOrder:
    """Whether 01/05/2024 is in January or in May: decided by the caller or by the first date that leaves no choice.

    ``order`` is "dmy", "mdy", "ymd" (dates must start with the year) or None (not decided yet).
    """

    def __init__(self, order=None):
        self.order = order
        self.parse = functools.lru_cache(1 << 14)(self._parse)

    def evidence(self, text):
        """The order that ``text`` shows, "?" when both fit, None when it tells nothing."""
        match = YEAR_LAST.fullmatch(text.strip())
        if not match:
            return None
        first, second = int(match[1]), int(match[2])
        if first == second:
            return None
        if first > 12 or second > 12:
            return None if first > 12 and second > 12 else "dmy" if first > 12 else "mdy"
        return "?"

    def _parse(self, text):
        text = text.strip()
        if not text:
            raise BadValue("empty")
        match = YEAR_FIRST.fullmatch(text) or COMPACT.fullmatch(text)
        if match:
            return self._day(text, int(match[1]), int(match[2]), int(match[3]))
        match = YEAR_LAST.fullmatch(text)
        if not match:
            raise BadValue("not_a_date", value=text[:50])
        return self._year_last(text, int(match[1]), int(match[2]), int(match[3]))

    def _year_last(self, text, first, second, year):
        if self.order == "ymd":
            raise BadValue("not_year_first", value=text)
        shown = self.evidence(text)
        if self.order is None and shown == "?":
            raise BadValue("ambiguous_date", value=text)
        if self.order is None and shown:
            self.order = shown
        if shown in ("dmy", "mdy") and shown != self.order:
            raise BadValue("not_day_first" if self.order == "dmy" else "not_month_first", value=text)
        month, day = (first, second) if self.order == "mdy" else (second, first)
        return self._day(text, year, month, day)

    def _day(self, text, year, month, day):
        try:
            date = datetime.date(year, month, day)
        except ValueError:
            raise BadValue("not_a_date", value=text) from None
        if date < OLDEST:
            raise BadValue("too_old", value=text)
        return date.isoformat()


class DecimalMark:
    """Whether 1.234 is more than a thousand: decided by the caller or by the first number that leaves no choice.

    ``usual`` is the mark that undecided numbers may be taken to have: the point in files separated by commas,
    because there a decimal comma would have to stand in quotation marks.
    """

    def __init__(self, mark=None, usual=None):
        self.mark = mark
        self.usual = usual
        self.parse = functools.lru_cache(1 << 16)(self._parse)
        self.parse_exact = functools.lru_cache(1 << 14)(self._parse_exact)

    def evidence(self, text):
        """The mark that ``text`` shows, "?" when both fit, None when it tells nothing."""
        if isinstance(text, Exact) or text.isdigit():
            return None
        text = _tidy(text)
        if unclear := UNCLEAR.fullmatch(text):
            return None if unclear[1] == self.usual else "?"
        if "." not in text and "," not in text:
            return None
        return next((mark for mark in ".," if WITH_MARK[mark].fullmatch(text)), None)

    def number(self, text):
        """``text`` as SQL's numeric, "" when empty."""
        return self.parse_exact(text) if isinstance(text, Exact) else self.parse(text)

    def required(self, text):
        if not text or text.isspace():
            raise BadValue("empty")
        return self.number(text)

    def _parse(self, text):
        tidy = _tidy(text)
        if not tidy:
            return ""
        if tidy.lstrip("+-").lower() in NOT_FINITE:
            raise BadValue("not_finite", value=tidy)
        shown = self.evidence(tidy)
        if shown == "?" and self.mark is None:
            raise BadValue("ambiguous_number", value=tidy)
        if self.mark is None and shown:
            self.mark = shown
        mark = self.mark or self.usual or "."
        if not WITH_MARK[mark].fullmatch(tidy):
            raise BadValue(self._reason(tidy, mark), value=text.strip()[:50])
        return _within_bounds(tidy.replace("," if mark == "." else ".", "").replace(",", "."), text)

    def _reason(self, text, mark):
        """Why ``text`` is not a number with ``mark``."""
        other = "," if mark == "." else "."
        if not WITH_MARK[other].fullmatch(text):
            return "not_a_number"
        return "not_decimal_point" if mark == "." else "not_decimal_comma"

    def _parse_exact(self, text):
        if text.lower().lstrip("-") in NOT_FINITE:
            raise BadValue("not_finite", value=text)
        return _within_bounds(str(text), text)


def _tidy(text):
    """Without spaces between thousands, with a plain minus."""
    return SPACES.sub("", text.strip().replace("−", "-"))


def _within_bounds(number, text):
    value = float(number)
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise BadValue("too_large", value=text.strip()[:50])
    return number


def plain(text):
    text = text.strip()
    if len(text) > LONGEST:
        raise BadValue("too_long", value=text[:50], longest=LONGEST)
    return text


def required(text):
    text = plain(text)
    if not text:
        raise BadValue("empty")
    return text


def currency_code(text):
    return plain(text).upper()
