import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# day, segment, day, segment; no segment yet is 0, any segment *
MOVEMENT = re.compile(r"(\d{4}-\d{2}-\d{2}):(\d{1,9}|\*)>(\d{4}-\d{2}-\d{2}):(\d{1,9}|\*)")
MOVING = ("id", "partner_id", "company_id", "segment_id", "value")


class RetailProfile(models.Model):
    """From which segment to which between two days: a filter for the customers behind a movement."""

    _inherit = "retail.profile"

    movement = fields.Char(
        string="Movement between two days",
        store=False,
        search="_search_movement",
        help="For example 2025-05-31:3>2025-06-30:4, customers of segment 3 on the first day and 4 on the second; "
        "0 for no segment yet, * for any.",
    )

    @api.model
    def _search_movement(self, operator, value):
        """Customers who made one of these movements, as one sub-select, so that many of them cost no more than few.

        :raise UserError: the text is no movement
        """
        if operator != "in":
            return NotImplemented
        return Domain.OR(Domain("id", "in", self._sql_with_movement(text)) for text in value)

    def _sql_with_movement(self, text) -> SQL:
        since, from_segment, until, to_segment = self._read_movement(text)
        profiles = self._search(Domain.TRUE)
        return SQL(
            "(SELECT id FROM (%(movements)s) movement WHERE %(is_from)s AND %(is_to)s)",
            movements=self._sql_movements(profiles, since, until),
            is_from=self._sql_is_segment(SQL("from_id"), from_segment),
            is_to=self._sql_is_segment(SQL("to_id"), to_segment),
        )

    @api.model
    def _read_movement(self, text):
        """(day, segment, day, segment) as written in ``text``; nothing else is let through to the database."""
        found = isinstance(text, str) and MOVEMENT.fullmatch(text)
        try:
            since, from_segment, until, to_segment = found.groups()
            return fields.Date.to_date(since), from_segment, fields.Date.to_date(until), to_segment
        except (AttributeError, ValueError):
            raise UserError(
                self.env._(
                    "“%(text)s” is no movement between two days. Open the customers from the page Movements.",
                    text=text,
                )
            ) from None

    @staticmethod
    def _sql_is_segment(column, segment) -> SQL:
        """Whether ``column`` is the segment written so; who has none on the second day was no customer yet."""
        if segment == "*":
            return SQL("to_id IS NOT NULL")
        if segment == "0":
            return SQL("%s IS NULL AND to_id IS NOT NULL", column)
        return SQL("%s = %s", column, int(segment))

    @api.model
    def _sql_movements(self, profiles, since, until) -> SQL:
        """Rows (id, value, from_id, to_id): where the customers of the query ``profiles`` were on the two days.

        Effective segments, pins included, NULL for none yet. Of several movements on a day the last one counts.
        """
        self.flush_model(["segment_id", "value"])
        Change = self.env["retail.profile.change"]
        return SQL(
            """SELECT profile.id, profile.value,
                      CASE WHEN earlier.partner_id IS NULL THEN profile.segment_id
                           ELSE earlier.segment_id END AS from_id,
                      CASE WHEN later.partner_id IS NULL THEN profile.segment_id
                           ELSE later.segment_id END AS to_id
                 FROM (%(profiles)s) profile
                 LEFT JOIN (%(earlier)s) earlier USING (partner_id, company_id)
                 LEFT JOIN (%(later)s) later USING (partner_id, company_id)""",
            profiles=profiles.select(*(SQL.identifier(self._table, name) for name in MOVING)),
            earlier=Change._sql_past_segments(since),
            later=Change._sql_past_segments(until),
        )
