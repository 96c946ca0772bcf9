from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# what the page can be narrowed to: customers as they are today
FILTERS = ("store_id", "user_id", "strategy_id")
TREND_MONTHS = 24


class RetailMovements(models.AbstractModel):
    """Figures of the page Movements: who moved between two days, who is about to, how segments and cohorts develop.

    All of the current root company, through the reader's own rights. Money in the company's currency. Movements are
    read from the log when the page asks; trend and cohorts were left behind by runs.
    """

    _name = "retail.movements"
    _description = "Segment movements between two days"

    @api.readonly
    @api.model
    def get_data(self):
        """What the page shows whatever it is narrowed to, in some 10 queries whatever the number of customers.

        :return: dict of ``as_of`` (None: there are no figures yet), ``segments``, ``trend``, ``cohorts``
        :raise AccessError: the user has no role in Retail CRM
        """
        self.env["retail.profile"].check_access("read")
        company = self.env.company.root_id
        as_of = self.env["retail.profile"].search([("company_id", "=", company.id)], limit=1).as_of
        return {
            "company_id": company.id,
            "currency_id": self.env.company.currency_id.id,
            "as_of": as_of or None,
            "segments": self._get_segments(company),
            "trend": self._get_trend(company, as_of) if as_of else [],
            "cohorts": self._get_cohorts(company),
        }

    @api.readonly
    @api.model
    def get_movements(self, since, until, filters=None):
        """From which segment to which customers moved between the ends of two days, and who is about to (6 queries).

        :param filters: ids of :data:`FILTERS`; False and absent ones do not narrow
        :return: dict of ``cells``: per pair of segments ``from_id`` (0: no segment yet), ``to_id`` (the same:
            stayed), ``customers`` and their ``value`` of today; and ``upgrades`` and ``slipping`` with how many
            ``customers`` and their ``value``
        :raise UserError: a day or filter cannot be read, or the first day is not before the second
        """
        self.env["retail.profile"].check_access("read")
        since, until = self._read_day(since), self._read_day(until)
        if since >= until:
            raise UserError(self.env._("Choose a first day that lies before the second."))
        domain = self._get_domain(filters or {})
        return {
            "cells": self._get_cells(domain, since, until),
            "upgrades": self._get_sum(domain & Domain("is_near_upgrade", "=", True)),
            "slipping": self._get_sum(domain & Domain("is_slipping", "=", True)),
        }

    def _read_day(self, day):
        try:
            found = fields.Date.to_date(day)
        except (TypeError, ValueError):
            found = None
        if not found:
            raise UserError(self.env._("“%(day)s” is no day. Choose one from the calendar.", day=day))
        return found

    def _get_domain(self, filters):
        if filters.keys() - set(FILTERS) or not all(isinstance(number, int) for number in filters.values()):
            raise UserError(self.env._("Choose store, salesperson and strategy from their lists."))
        return Domain("company_id", "=", self.env.company.root_id.id) & Domain.AND(
            Domain(name, "=", number) for name, number in filters.items() if number
        )

    def _get_cells(self, domain, since, until):
        """1 query over the profiles and what moved since the first day."""
        Profile = self.env["retail.profile"]
        query = Profile._search(domain)
        from_id = Profile._sql_segment_on(since, query.table, query)
        to_id = Profile._sql_segment_on(until, query.table, query)
        # who has no segment on the second day was no customer yet
        query.add_where(SQL("%s IS NOT NULL", to_id))
        query.groupby = SQL("1, 2")
        return self.env.execute_query_dict(
            query.select(
                SQL("COALESCE(%s, 0) AS from_id", from_id),
                SQL("%s AS to_id", to_id),
                SQL("count(*) AS customers"),
                SQL(
                    "COALESCE(sum(%s), 0)::float8 AS value",
                    Profile._field_to_sql(query.table, "value", query),
                ),
            )
        )

    def _get_sum(self, domain):
        [(customers, value)] = self.env["retail.profile"]._read_group(domain, [], ["__count", "value:sum"])
        return {"customers": customers, "value": value or 0}

    def _get_segments(self, company):
        """Segments in use today or in the trend, in their order."""
        segments = self.env["retail.segment"].search([("active", "in", (True, False))])
        noted = self.env["retail.run.segment"]._read_group([("company_id", "=", company.id)], ["segment_id"])
        used = {segment for (segment,) in noted}
        return [
            {"id": segment.id, "name": segment.name, "color": segment.color}
            for segment in segments
            if segment.active or segment in used
        ]

    def _get_trend(self, company, as_of):
        """Per day with a run, of the last :data:`TREND_MONTHS`: what each segment held."""
        since = as_of - relativedelta(months=TREND_MONTHS)
        rows = self.env["retail.run.segment"].search_fetch(
            [("company_id", "=", company.id), ("day", ">=", since)],
            ["day", "segment_id", "customers", "value", "contribution"],
            order="day, segment_id",
        )
        return [
            {
                "day": row.day,
                "segment_id": row.segment_id.id,
                "customers": row.customers,
                "value": row.value,
                "contribution": row.contribution,
            }
            for row in rows
        ]

    def _get_cohorts(self, company):
        """``as_of``, and per month of first purchases ``month`` and ``cells`` from offset 0 to the last month.

        A cell is ``customers`` who bought and what the cohort's purchases of that month contributed (None for who may
        not read that).
        """
        rows = self.env["retail.cohort"].search_fetch(
            [("company_id", "=", company.id)], order="month, month_offset"
        )
        as_of = rows[:1].as_of
        return {
            "as_of": as_of or None,
            "rows": [
                {"month": month, "cells": self._fill_months(month, cohort, as_of)}
                for month, cohort in rows.grouped("month").items()
            ],
        }

    @staticmethod
    def _fill_months(month, cohort, as_of):
        """The cells of one cohort; a month without purchases has no row but a place."""
        by_offset = {row.month_offset: row for row in cohort}
        months = (as_of.year - month.year) * 12 + as_of.month - month.month + 1
        nothing = cohort.browse()
        may_read = cohort._has_field_access(cohort._fields["contribution"], "read")
        return [
            {"customers": row.customers, "contribution": row.contribution if may_read else None}
            for row in (by_offset.get(offset, nothing) for offset in range(months))
        ]
