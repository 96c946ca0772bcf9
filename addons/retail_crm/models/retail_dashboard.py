from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# customers slipping away that the dashboard names; the figure above them opens all
SLIPPING_LIMIT = 10
# purchases are counted up to here: above, it only matters that there are many
PURCHASE_COUNT_LIMIT = 10_000
RUN_FIELDS = (
    "as_of",
    "state",
    "progress",
    "error",
    "customer_count",
    "applied_count",
    "touched_count",
    "change_count",
    "started_at",
    "seconds",
)
BACKTEST_FIELDS = (
    "as_of",
    "window_end",
    "horizon_weeks",
    "customer_count",
    "gini_value",
    "gini_rfm",
    "gini_monetary",
    "capture_top10",
    "auc",
    "ece",
    "total_error",
    "calibration",
    "warning",
)


class RetailDashboard(models.AbstractModel):
    """Figures of the dashboard: sums over what runs left on profiles, movements and back-tests. Computes nothing anew.

    All of the current root company, through the reader's own rights: a block that the reader may not read is None.
    Money in the company's currency, percentiles 0-100, probabilities and shares 0-1.
    """

    _name = "retail.dashboard"
    _description = "Retail dashboard"

    @api.readonly
    @api.model
    def get_data(self):
        """Everything the dashboard shows, in some 15 queries whatever the number of customers.

        :return: dict of the blocks, each described at the method that makes it
        :raise AccessError: the user has no role in Retail CRM
        """
        self.env["retail.profile"].check_access("read")
        company = self.env.company.root_id
        cells = self._get_cells(company)
        as_of = max((cell["as_of"] for cell in cells), default=None)
        # the last run gave every profile the same
        model_rung = cells[0]["model_rung"] if cells else None
        return {
            "company_id": company.id,
            "currency_id": self.env.company.currency_id.id,
            "as_of": as_of,
            "model_rung": model_rung,
            "segments": self._get_segments(cells),
            "cells": [
                {name: cell[name] for name in ("decile", "risk_level", "customers", "value")}
                for cell in cells
            ],
            "slipping": self._get_slipping(company, cells),
            "movements": self._get_movements(company, as_of),
            "run": self._get_run(company),
            "backtest": self._get_backtest(company),
            "horizon": self._get_horizon(company),
            "onboarding": None if cells else self._get_onboarding(company),
            "may": self._get_permissions(),
        }

    @api.readonly
    @api.model
    def get_run(self):
        """State of the last run, for the progress bar: 4 queries."""
        return self._get_run(self.env.company.root_id)

    def _get_cells(self, company):
        """Customers and sums by segment, tenth of value (0-9) and risk (1 query); other figures add these up."""
        Profile = self.env["retail.profile"]
        query = Profile._search(Domain("company_id", "=", company.id))

        def column(name):
            return Profile._field_to_sql(Profile._table, name, query)

        query.groupby = SQL("1, 2, 3")
        return self.env.execute_query_dict(
            query.select(
                SQL("%s AS segment_id", column("segment_id")),
                SQL("LEAST(floor(%s / 10), 9)::int4 AS decile", column("value_percentile")),
                SQL("%s AS risk_level", column("risk_level")),
                SQL("count(*) AS customers"),
                SQL("COALESCE(sum(%s), 0)::float8 AS value", column("value")),
                SQL("COALESCE(sum(%s), 0)::float8 AS contribution", column("contribution")),
                SQL("COALESCE(sum(%s), 0)::float8 AS expected_revenue", column("expected_revenue")),
                SQL("count(*) FILTER (WHERE %s = 'inactivity') AS slipping", column("reason_code")),
                SQL(
                    "COALESCE(sum(%s) FILTER (WHERE %s = 'inactivity'), 0)::float8 AS slipping_value",
                    column("value"),
                    column("reason_code"),
                ),
                SQL("max(%s) AS as_of", column("as_of")),
                SQL("max(%s) AS model_rung", column("model_rung")),
            )
        )

    def _get_segments(self, cells):
        """Per segment in use ``id, name, color, description, customers, value, contribution, expected_revenue``."""
        used = {cell["segment_id"] for cell in cells}
        segments = self.env["retail.segment"].search([("active", "in", (True, False))])
        return [
            {
                "id": segment.id,
                "name": segment.name,
                "color": segment.color,
                "description": segment.description or "",
                **{
                    name: sum(cell[name] for cell in cells if cell["segment_id"] == segment.id)
                    for name in ("customers", "value", "contribution", "expected_revenue")
                },
            }
            for segment in segments
            if segment.active or segment.id in used
        ]

    def _get_slipping(self, company, cells):
        """Customers whose figures say that they stay away: how many, their value, and those of most value."""
        domain = [("company_id", "=", company.id), ("reason_code", "=", "inactivity")]
        profiles = self.env["retail.profile"].search(domain, order="value DESC, id", limit=SLIPPING_LIMIT)
        # a customer kept by another branch stays a figure, without a name
        readable = profiles.partner_id._filtered_access("read")
        return {
            "customers": sum(cell["slipping"] for cell in cells),
            "value": sum(cell["slipping_value"] for cell in cells),
            "top": [
                {
                    "partner_id": profile.partner_id.id,
                    "name": profile.partner_id.display_name,
                    "value": profile.value,
                    "last_purchase_date": profile.last_purchase_date,
                    "reason": self.env["retail.reason"]._say_rhythm(profile),
                    "owner": profile.user_id.name or "",
                }
                for profile in profiles
                if profile.partner_id in readable
            ],
        }

    def _get_movements(self, company, as_of):
        """Moves between segments in the month up to the figures' day: ``from_id`` (False: new customer), ``to_id``."""
        if not as_of:
            return {"since": None, "moves": []}
        since = as_of - relativedelta(months=1)
        groups = self.env["retail.profile.change"]._read_group(
            [("company_id", "=", company.id), ("day", ">", since)],
            ["from_segment_id", "to_segment_id"],
            ["__count", "value:sum"],
        )
        return {
            "since": since,
            "moves": [
                {"from_id": origin.id, "to_id": target.id, "customers": count, "value": value}
                for origin, target, count, value in groups
            ],
        }

    def _get_run(self, company):
        """The last run, and of which day the results are that stand when it did not complete."""
        Run = self.env["retail.run"]
        if not Run.has_access("read"):
            return None
        run = Run.search([("company_id", "=", company.id)], limit=1)
        if not run:
            return None
        return {"id": run.id, "started_by": run.user_id.name, **{name: run[name] for name in RUN_FIELDS}}

    def _get_backtest(self, company):
        """The back-test of the last run that has one."""
        Run = self.env["retail.run"]
        if not (Run.has_access("read") and self.env["retail.backtest"].has_access("read")):
            return None
        backtest = Run.search(
            [("company_id", "=", company.id), ("backtest_id", "!=", False)], order="id DESC", limit=1
        ).backtest_id
        if not backtest:
            return None
        return {"id": backtest.id, **{name: backtest[name] for name in BACKTEST_FIELDS}}

    def _get_horizon(self, company):
        """Weeks that the figures look ahead, and those that would fit better (0: they fit)."""
        policy = self.env["retail.policy"]._get_active(company)
        # a small shop's policy has no horizon of its own yet, but its figures were made with one
        profile = self.env["retail.profile"].search([("company_id", "=", company.id)], limit=1)
        return {
            "policy_id": policy.id,
            "weeks": profile.horizon_weeks or policy.horizon_weeks,
            "proposed_weeks": policy.proposed_horizon_weeks,
        }

    def _get_onboarding(self, company):
        """What there is to start from: purchase lines that Odoo already knows, at most ``PURCHASE_COUNT_LIMIT``."""
        purchases = self.env["retail.purchase"].search_count(
            [("company_id", "child_of", company.id)], limit=PURCHASE_COUNT_LIMIT
        )
        return {"purchases": purchases, "limit": PURCHASE_COUNT_LIMIT}

    def _get_permissions(self):
        return {
            "recompute": self.env.user.has_group("retail_crm.group_manager"),
            "import": self.env["retail.history.import"].has_access("create"),
            "change_policy": self.env["retail.policy"].has_access("write"),
            "read_runs": self.env["retail.run"].has_access("read"),
        }
