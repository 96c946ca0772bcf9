"""A file of points that customers have: which columns it has."""

from .problems import BadValue
from .table_file import TableFile

REQUIRED = ("points",)
OPTIONAL = (
    "customer_ref",
    "customer_name",
    "card_code",
    "program",
    "earned_on",
    "expires_on",
    "reference",
    "note",
    "customer_phone",
    "customer_email",
)


class PointsFile(TableFile):
    REQUIRED = REQUIRED
    OPTIONAL = OPTIONAL
    NUMBERS = ("points",)
    DATES = ("earned_on", "expires_on")

    def _parsers(self):
        return super()._parsers() | {
            "points": self.numbers.required,
            "earned_on": self._parse_day,
            "expires_on": self._parse_day,
        }

    def _parse_day(self, text):
        """'' is no day."""
        try:
            return self.dates.parse(text)
        except BadValue as bad:
            if bad.code == "empty":
                return ""
            raise
