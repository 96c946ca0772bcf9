from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

DOCUMENT_LIMIT = 12
MONTHS = 12
OPEN_ORDERS = Domain("state", "=", "sale") & (
    Domain("invoice_status", "in", ("to invoice", "no"))
    | Domain("delivery_status", "in", ("pending", "started", "partial"))
)


class RetailCustomerCard(models.AbstractModel):
    """What the card on top of a customer's form shows: the profile, and figures over the customer's own documents.

    Everything through the reader's own rights: a block that the reader may not read is None. Windowed figures are
    computed on opening. Money in the company's currency, returns negative.
    """

    _name = "retail.customer.card"
    _description = "Customer card"

    @api.model
    def _get_card(self, customer):
        """The card of a commercial partner in the current root company; some 20 queries, whatever the number of
        purchases.

        :return: dict of the blocks, each described at the method that makes it; None without a profile to read
        """
        Profile = self.env["retail.profile"]
        company = self.env.company.root_id
        if not Profile.has_access("read"):
            return None
        profile = Profile.search([("partner_id", "=", customer.id), ("company_id", "=", company.id)])
        if not profile:
            return None
        days = self._get_days(customer, company)
        return {
            "currency_id": self.env.company.currency_id.id,
            "profile": self._get_profile(profile),
            "segment": self._get_segment(profile),
            "appeal": self._get_appeal(profile),
            "strategy": self._get_strategy(profile.strategy_id),
            "changes": self._get_changes(profile),
            "trend": self._get_trend(profile, days),
            "months": self._get_months(profile, days),
            "documents": self._get_documents(customer, company),
            "points": self._get_points(customer, company),
            "orders": self._get_orders(customer, company),
            "receivable": self._get_receivable(profile),
        }

    # ------------------------------------------------------------------ what the last run left

    def _get_profile(self, profile):
        """Scores and lifetime figures; ``inactivity_risk`` (0-1) is None where history is too short to tell it."""
        names = (
            "as_of",
            "value",
            "value_percentile",
            "risk_level",
            "is_payment_risk",
            "horizon_weeks",
            "model_rung",
            "reason",
            "contribution",
            "is_cost_estimated",
            "revenue",
            "expected_revenue",
            "purchase_days",
            "mean_gap_days",
            "first_purchase_date",
            "last_purchase_date",
        )
        risk = None if profile.model_rung == "rank" else profile.inactivity_risk
        return {"id": profile.id, "inactivity_risk": risk, **{name: profile[name] for name in names}}

    def _get_segment(self, profile):
        """The segment in effect; where a person pinned it, also what the figures say, and the pin."""
        segment = profile.segment_id
        return {
            "name": segment.name,
            "color": segment.color,
            "description": segment.description or "",
            "pin": self._get_pin(profile) if profile.pinned_segment_id else None,
        }

    def _get_pin(self, profile):
        pin = self.env["retail.segment.pin"].search(
            [("partner_id", "=", profile.partner_id.id), ("company_id", "=", profile.company_id.id)], limit=1
        )
        return {
            "computed": profile.computed_segment_id.name,
            "reason": pin.reason or "",
            "author": pin.user_id.name or "",
            "date_end": pin.date_end,
        }

    def _get_appeal(self, profile):
        """The open appeal against the segment in ``open`` (None without one), and whether the reader may make one."""
        appeal = profile.appeal_id
        return {
            "open": {"author": appeal.user_id.name, "reason": appeal.reason} if appeal else None,
            "may_appeal": self.env["retail.appeal"].has_access("create"),
        }

    def _get_strategy(self, strategy):
        """How the shop treats such customers; ``playbook`` is sanitized HTML."""
        if not strategy:
            return None
        roles = dict(strategy._fields["responsible_role"]._description_selection(self.env))
        return {
            "name": strategy.name,
            "color": strategy.color,
            "description": strategy.description or "",
            "playbook": strategy.playbook or "",
            "role": roles[strategy.responsible_role],
            "contact_days": strategy.contact_days,
            "discount_ceiling": strategy.discount_ceiling,
            "points_multiplier": strategy.points_multiplier,
            "is_urgent": strategy.stock_priority == "1",
        }

    def _get_changes(self, profile):
        """What would change the segment (see ``retail.explanation``), in words; None where a pin holds it anyway."""
        if profile.pinned_segment_id or not profile.run_id:
            return None
        standing = self.env["retail.counterfactual"]._get_standing(profile)
        told = self.env["retail.explanation"]._get_counterfactual(standing)
        return {
            "lift": told["lift_text"] if told["lift"] else "",
            "drop": told["drop_text"] if told["drop"] else "",
        }

    # ------------------------------------------------------------------ what the documents say

    def _get_days(self, customer, company):
        """Purchases by day and by the day on which the shop knew of them (1 query); contribution only for those who
        may read that of a single purchase, because it tells the cost."""
        query, column = self._search_purchases(customer, company)
        contribution = column("contribution") if self._may_read_contribution() else SQL("NULL::float8")
        query.groupby = SQL("1, 2")
        return self.env.execute_query_dict(
            query.select(
                SQL("%s AS day", column("day")),
                SQL("%s AS known_on", column("known_on")),
                SQL("sum(%s)::float8 AS contribution", contribution),
                SQL(
                    "COALESCE(sum(%s) FILTER (WHERE NOT %s), 0) AS bought",
                    column("revenue"),
                    column("is_return"),
                ),
                SQL(
                    "COALESCE(sum(%s) FILTER (WHERE %s), 0) AS returned",
                    column("revenue"),
                    column("is_return"),
                ),
                SQL("bool_or(NOT %s) AS is_purchase", column("is_return")),
            )
        )

    def _may_read_contribution(self):
        Purchase = self.env["retail.purchase"]
        return Purchase._has_field_access(Purchase._fields["contribution"], "read")

    def _search_purchases(self, customer, company):
        """Query over the customer's purchases that the reader may read, and a function from a field to its SQL."""
        Purchase = self.env["retail.purchase"]
        query = Purchase._search([("partner_id", "=", customer.id), ("company_id", "child_of", company.id)])
        return query, lambda name: Purchase._field_to_sql(Purchase._table, name, query)

    def _get_trend(self, profile, days):
        """Value at the last ends of month and on the day of the scores, oldest first: what a run of that day had said.

        None for a reader who may not read what a purchase contributed, or does not see the purchases of all branches,
        because the value counts them all.
        """
        if not self._may_read_contribution():
            return None
        branches = self.env["retail.profile.statistics"]._get_branches(profile.company_id)
        half_life_weeks = profile.run_id.sudo().half_life_weeks
        if branches - self.env.companies or not half_life_weeks:
            return None
        first_of_month = profile.as_of.replace(day=1)
        ends = [first_of_month - relativedelta(months=ago, days=1) for ago in reversed(range(MONTHS - 1))]
        points = [{"day": end, "value": self._get_value(days, end, half_life_weeks)} for end in ends]
        return [*points, {"day": profile.as_of, "value": profile.value}]

    @staticmethod
    def _get_value(days, as_of, half_life_weeks):
        """Contribution known on the day, each purchase weighing ``0.5 ^ (age / half-life)`` (docs/scoring)."""
        return round(
            sum(
                row["contribution"] * 0.5 ** ((as_of - row["day"]).days / (7 * half_life_weeks))
                for row in days
                if row["day"] <= as_of and row["known_on"] <= as_of
            ),
            2,
        )

    def _get_months(self, profile, days):
        """Bought and returned in each of the last twelve months, oldest first; what is returned counts when it came."""
        last = max(fields.Date.context_today(self), profile.as_of).replace(day=1)
        months = [last - relativedelta(months=ago) for ago in reversed(range(MONTHS))]
        return [
            self._get_month(month, [row for row in days if row["known_on"].replace(day=1) == month])
            for month in months
        ]

    @staticmethod
    def _get_month(month, days):
        return {
            "month": month,
            "bought": sum(row["bought"] for row in days),
            "returned": sum(row["returned"] for row in days),
            "purchase_days": len({row["day"] for row in days if row["is_purchase"]}),
        }

    def _get_documents(self, customer, company):
        """The last purchases, newest first, one entry per document; imported lines are grouped by number and day.

        1 query, one for the stores, and one per kind of document to know which of them the reader may open.
        """
        query, column = self._search_purchases(customer, company)
        is_history = SQL("%s = 'history'", column("source"))
        query.groupby = SQL("1, 2, 3, 4, 5")
        query.order = SQL("day DESC, last_id DESC")
        query.limit = DOCUMENT_LIMIT
        rows = self.env.execute_query_dict(
            query.select(
                SQL("%s AS source", column("source")),
                SQL("%s AS res_model", column("res_model")),
                SQL("%s AS reference", column("reference")),
                SQL("CASE WHEN NOT %s THEN %s END AS document_id", is_history, column("res_id")),
                SQL("CASE WHEN %s THEN %s END AS history_day", is_history, column("day")),
                SQL("max(%s) AS day", column("known_on")),
                SQL("max(%s) AS channel", column("channel")),
                SQL("max(%s) AS store_id", column("store_id")),
                SQL("sum(%s) AS amount", column("revenue")),
                SQL("bool_and(%s) AS is_return", column("is_return")),
                SQL("max(%s) AS last_id", column("id")),
                SQL("min(%s) AS res_id", column("res_id")),
                SQL("array_agg(DISTINCT %s) AS res_ids", column("res_id")),
            )
        )
        stores = self.env["retail.store"].browse({row["store_id"] for row in rows if row["store_id"]})
        stores = {store.id: store.name for store in stores._filtered_access("read")}
        openable = self._get_openable(rows)
        return [self._get_document(row, stores, openable[row["res_model"]]) for row in rows]

    def _get_document(self, row, stores, openable):
        """``domain`` chooses the rows where several stand for one document."""
        kinds = dict(self.env["retail.purchase"]._fields["source"]._description_selection(self.env))
        is_history = row["source"] == "history"
        return {
            "key": f"{row['res_model']} {row['res_id']}",
            "day": row["day"],
            "reference": row["reference"] or "",
            "kind": kinds.get(row["source"], row["source"]),
            # the other sources, and imports that name no channel, are their own channel
            "channel": row["channel"] if is_history and row["channel"] != row["source"] else "",
            "store": stores.get(row["store_id"], ""),
            "amount": row["amount"],
            "is_return": row["is_return"],
            "res_model": row["res_model"],
            "res_id": row["res_id"],
            "domain": [("id", "in", row["res_ids"])] if is_history and len(row["res_ids"]) > 1 else None,
            "may_open": row["res_id"] in openable,
        }

    def _get_openable(self, rows):
        """{model: ids of the documents that the reader may open}"""
        ids = {}
        for row in rows:
            ids.setdefault(row["res_model"], []).append(row["res_id"])
        return {
            model: set(self.env[model].with_context(active_test=False).search([("id", "in", of_model)]).ids)
            if self.env[model].has_access("read")
            else set()
            for model, of_model in ids.items()
        }

    # ------------------------------------------------------------------ what is open

    def _get_points(self, customer, company):
        """The wallets that the customer's cards open, also those of a household, with what is in them and the tier.

        1 query without a wallet; else 4 for all of them, and those of the tiers.
        """
        Wallet = self.env["retail.points.wallet"]
        if not Wallet.has_access("read"):
            return None
        # the cards are not for every reader, but what they open is
        cards = self.env["loyalty.card"].sudo()
        owned = Wallet.sudo()._search([("partner_id", "=", customer.id)]).subselect("id")
        opened = cards._search([("partner_id.commercial_partner_id", "=", customer.id)]).subselect(
            "retail_wallet_id"
        )
        # a union, for an OR would read all wallets
        of_customer = Domain("id", "in", SQL("%s UNION %s", owned, opened))
        of_company = Domain("company_id", "=", False) | Domain("company_id", "child_of", company.id)
        wallets = Wallet.sudo().search(of_customer & of_company)
        readable = wallets.with_env(self.env)._filtered_access("read") if wallets else wallets
        figures = readable._get_figures() if readable else {}
        tiers = self.env["retail.points.statement"]._get_tiers(readable) if readable else {}
        return [
            {
                "wallet_id": wallet.id,
                "program": wallet.program_id.name,
                "unit": wallet.point_name or "",
                "tier": tiers.get(wallet.id),
                **figures[wallet.id],
            }
            for wallet in readable.sudo()
        ]

    def _get_orders(self, customer, company):
        """Confirmed orders that are not delivered and invoiced in full: how many, their untaxed amount (1 query)."""
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return None
        domain = OPEN_ORDERS & Domain(
            [("partner_id.commercial_partner_id", "=", customer.id), ("company_id", "child_of", company.id)]
        )
        [(count, amount)] = Order._read_group(domain, [], ["__count", "amount_untaxed:sum_currency"])
        return {"count": count, "amount": amount or 0.0, "domain": list(domain)}

    def _get_receivable(self, profile):
        """Open past due as of the scores; whoever reads the accounts gets it as of now, with all that is open and the
        credit limit (None without one)."""
        customer = profile.partner_id
        if not customer._has_field_access(customer._fields["credit"], "read"):
            return {"overdue": profile.overdue_amount, "is_live": False}
        has_limit = self.env.company.account_use_credit_limit
        return {
            "overdue": self._get_overdue(profile),
            "is_live": True,
            "open": customer.credit,
            "credit_limit": customer.credit_limit if has_limit else None,
            "domain": list(self._get_overdue_domain(profile)),
        }

    def _get_overdue(self, profile):
        [(overdue,)] = self.env["account.move.line"]._read_group(
            self._get_overdue_domain(profile), [], ["amount_residual:sum"]
        )
        return overdue or 0.0

    def _get_overdue_domain(self, profile):
        """The lines that payment risk looks at, as they stand today."""
        yesterday = fields.Date.context_today(self) - timedelta(days=1)
        return Domain(
            [
                ("partner_id.commercial_partner_id", "=", profile.partner_id.id),
                ("company_id", "child_of", profile.company_id.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("balance", ">", 0),
                ("amount_residual", ">", 0),
                ("date_maturity", "<=", yesterday),
            ]
        )
