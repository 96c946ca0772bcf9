from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..points.days import begin_of
from ..points.exact import ZERO, to_points
from .retail_points_move import KINDS

# what a movement changes: with pending points, only what can be spent, what is owed
MEASURES = ("points", "available", "debt")
# movements on one page of the statement
PAGE = 100
# months in the picture of what expires when
EXPIRY_MONTHS = 12


class RetailPointsStatement(models.AbstractModel):
    """A wallet as a statement like a bank's: what there was, what came and went, what there is.

    The days are those of the wallet's company. Rights are checked by who asks, see ``get_statement`` of the wallet.
    """

    _name = "retail.points.statement"
    _description = "Statement of points"

    @api.model
    def _get_statement(self, wallet, date_from, date_to, offset, limit):
        begin, end = self._get_period(wallet, date_from, date_to)
        sums = self._get_sums_by_kind(wallet, begin, end)
        opening = self._add_up([row for row in sums if row["is_before"]])
        count, events = self._get_events(wallet, begin, end, opening, offset, limit)
        return {
            "opening": self._tell_sums(opening),
            "lines": self._get_lines([row for row in sums if not row["is_before"]]),
            "closing": self._tell_sums(self._add_up(sums)),
            "event_count": count,
            "events": events,
        }

    @api.model
    def _get_summary(self, wallet):
        return {
            "today": wallet._get_today_of_shop(),
            "currency_id": (wallet.sudo().company_id or self.env.company).currency_id.id,
            "unit": wallet.sudo().point_name or "",
            **wallet._get_figures()[wallet.id],
            "tier": self._get_tiers(wallet).get(wallet.id),
            "expiries": self._get_expiries(wallet),
        }

    @api.model
    def _get_tiers(self, wallets):
        """``{wallet id: what its tier means}`` of wallets whose program has tiers."""
        return wallets._get_tier_summary()

    # ------------------------------------------------------------------ what there is

    def _get_expiries(self, wallet):
        """What expires when, oldest first: ``month`` (its first day; False: never), ``points``.

        The last of the months that have one holds everything later as well (``is_open``).
        """
        first = wallet._get_today_of_shop().replace(day=1)
        last = first + relativedelta(months=EXPIRY_MONTHS - 1)
        months = defaultdict(lambda: ZERO)
        rows = self.env.execute_query(
            SQL(
                """SELECT CASE WHEN last_day IS NOT NULL
                               THEN LEAST(GREATEST(date_trunc('month', last_day)::date, %(first)s), %(last)s) END,
                          sum(remaining)
                     FROM (%(lots)s) lot GROUP BY 1""",
                lots=self.env["retail.points.last.day"]._sql_lots(SQL("wallet.id = %s", wallet.id)),
                first=first,
                last=last,
            )
        )
        months.update({month: points for month, points in rows if points})
        if not months:
            return []
        days = [first + relativedelta(months=number) for number in range(EXPIRY_MONTHS)] + [None]
        return [
            {"month": day or False, "points": float(months[day]), "is_open": day == last}
            for day in days
            if day or months[None]
        ]

    # ------------------------------------------------------------------ what happened

    def _get_period(self, wallet, date_from, date_to):
        """The moments at which the first day begins and the last one is over."""
        first, last = self._read_day(date_from), self._read_day(date_to)
        if first and last and first > last:
            raise UserError(self.env._("Choose a first day that does not lie after the last one."))
        zone = wallet._get_zone()
        end = last or wallet._get_today_of_shop() + timedelta(days=1)
        return (
            begin_of(first, zone) if first else fields.Datetime.to_datetime("1900-01-01"),
            begin_of(end + timedelta(days=1), zone),
        )

    def _read_day(self, day):
        try:
            return fields.Date.to_date(day)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%(day)s is not a day.", day=day)) from error

    def _get_sums_by_kind(self, wallet, begin, end):
        """Sums of the moves before ``begin``, and of those from then on before ``end``, by kind (1 query)."""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT moment < %(begin)s AS is_before, kind, sum(amount) AS points,
                          sum(available_amount) AS available,
                          COALESCE(-sum(amount) FILTER (WHERE lot_id IS NULL), 0) AS debt
                     FROM retail_points_move WHERE wallet_id = %(wallet)s AND moment < %(end)s GROUP BY 1, 2""",
                wallet=wallet.id,
                begin=begin,
                end=end,
            )
        )
        return [{**row, **{name: to_points(row[name]) for name in MEASURES}} for row in rows]

    def _add_up(self, sums):
        return {name: sum((row[name] for row in sums), ZERO) for name in MEASURES}

    def _tell_sums(self, sums):
        """``points`` with pending ones, ``available`` what can be spent, ``debt`` what is owed."""
        return {name: float(sums[name]) for name in MEASURES}

    def _get_lines(self, sums):
        """What each kind changed within the period, in the order of life."""
        labels = self._get_kinds()
        by_kind = {row["kind"]: row for row in sums}
        return [
            {"kind": kind, "label": labels[kind], **self._tell_sums(by_kind[kind])}
            for kind, _label in KINDS
            if kind in by_kind
        ]

    def _get_kinds(self):
        return dict(self.env["retail.points.move"]._fields["kind"]._description_selection(self.env))

    def _get_events(self, wallet, begin, end, opening, offset, limit):
        """How many events there are, and those of one page: what one document did is one row, whatever the lots.

        ``points_after`` and ``available_after`` are the balances when it was over. 2 queries, one for each kind of
        document, one for their authors.
        """
        rows = self.env.execute_query_dict(
            SQL(
                """WITH event AS (
                       SELECT min(id) AS id, min(moment) AS moment, min(kind) AS kind, sum(amount) AS points,
                              sum(available_amount) AS available,
                              COALESCE(-sum(amount) FILTER (WHERE lot_id IS NULL), 0) AS debt,
                              min(document_model) AS document_model, min(document_id) AS document_id,
                              min(reason) AS reason, min(user_id) AS user_id
                         FROM retail_points_move
                        WHERE wallet_id = %(wallet)s AND moment >= %(begin)s AND moment < %(end)s GROUP BY source_key)
                   SELECT *, %(points)s + sum(points) OVER in_order AS points_after,
                          %(available)s + sum(available) OVER in_order AS available_after, count(*) OVER () AS total
                     FROM event WINDOW in_order AS (ORDER BY moment, id)
                    ORDER BY moment DESC, id DESC OFFSET %(offset)s LIMIT %(limit)s""",
                wallet=wallet.id,
                begin=begin,
                end=end,
                points=opening["points"],
                available=opening["available"],
                offset=max(int(offset), 0),
                limit=min(max(int(limit), 1), 10 * PAGE),
            )
        )
        return rows[0]["total"] if rows else 0, self._tell_events(rows)

    def _tell_events(self, rows):
        kinds = self._get_kinds()
        documents = self._get_documents(rows)
        users = self.env["res.users"].sudo().browse({row["user_id"] for row in rows})
        names = {user.id: user.name for user in users}
        return [
            {
                "id": row["id"],
                "moment": fields.Datetime.to_string(row["moment"]),
                "kind": row["kind"],
                "label": kinds[row["kind"]],
                **self._tell_sums(row),
                "points_after": float(row["points_after"]),
                "available_after": float(row["available_after"]),
                "document": documents.get((row["document_model"], row["document_id"])),
                "reason": row["reason"] or "",
                "user": names[row["user_id"]],
            }
            for row in rows
        ]

    def _get_documents(self, rows):
        """``{(model, id): dict}`` of ``model``, ``id``, ``name`` and ``may_open``; what was deleted is left out."""
        ids = defaultdict(set)
        for row in rows:
            if row["document_model"] in self.env:
                ids[row["document_model"]].add(row["document_id"])
        documents = {}
        for model, of_model in ids.items():
            records = self.env[model].with_context(active_test=False)
            found = records.sudo().search([("id", "in", list(of_model))])
            may_read = records.has_access("read")
            openable = set(records.search([("id", "in", found.ids)]).ids) if may_read else set()
            for record in found:
                documents[model, record.id] = {
                    "model": model,
                    "id": record.id,
                    "name": record.display_name,
                    "may_open": record.id in openable,
                }
        return documents
