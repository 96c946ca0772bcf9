import re
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# day, segment, day, segment; no segment yet is 0, any segment *
MOVEMENT = re.compile(r"(\d{4}-\d{2}-\d{2}):(\d{1,9}|\*)>(\d{4}-\d{2}-\d{2}):(\d{1,9}|\*)")


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
        """Customers who made one of these movements, in one pass, so that many of them cost no more than few.

        :raise UserError: the text is no movement
        """
        if operator != "in":
            return NotImplemented
        movements = [self._read_movement(text) for text in value]
        self.flush_model(["segment_id"])
        return Domain.OR(
            Domain.custom(to_sql=partial(self._sql_made_movement, movement)) for movement in movements
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

    @classmethod
    def _sql_made_movement(cls, movement, profiles, alias, query) -> SQL:
        """Whether the customer of the profile ``alias`` in ``query`` made the movement."""
        since, from_segment, until, to_segment = movement
        from_id = profiles._sql_segment_on(since, alias, query)
        to_id = profiles._sql_segment_on(until, alias, query)
        return SQL(
            # who has no segment on the second day was no customer yet
            "(%s AND %s AND %s IS NOT NULL)",
            cls._sql_is_segment(from_id, from_segment),
            cls._sql_is_segment(to_id, to_segment),
            to_id,
        )

    @staticmethod
    def _sql_is_segment(column, segment) -> SQL:
        if segment == "*":
            return SQL("TRUE")
        return SQL("%s IS NULL", column) if segment == "0" else SQL("%s = %s", column, int(segment))

    @api.model
    def _sql_segment_on(self, day, alias, query) -> SQL:
        """The segment at the end of ``day`` of the customer of the profile ``alias``; NULL for none yet.

        Effective segment, pins included; of several movements on a day the last one counts. Joins to ``query`` those
        who have moved since; everybody else was then where they are today.
        """
        past = f"{alias}__past_{day:%Y%m%d}"
        query.add_join(
            "LEFT JOIN",
            past,
            SQL("(%s)", self.env["retail.profile.change"]._sql_past_segments(day)),
            SQL(
                "%s = %s AND %s = %s",
                SQL.identifier(past, "partner_id"),
                SQL.identifier(alias, "partner_id"),
                SQL.identifier(past, "company_id"),
                SQL.identifier(alias, "company_id"),
            ),
        )
        return SQL(
            "CASE WHEN %s IS NULL THEN %s ELSE %s END",
            SQL.identifier(past, "partner_id"),
            SQL.identifier(alias, "segment_id"),
            SQL.identifier(past, "segment_id"),
        )
