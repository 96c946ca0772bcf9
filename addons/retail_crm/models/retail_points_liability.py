from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, date_utils

from ..points.days import begin_of
from ..points.exact import ZERO
from .retail_points_move import KINDS

# columns of the page; a longer time is better exported
COLUMN_LIMIT = 62
# what a movement changes: together with pending points, only what can be spent
MEASURES = ("amount", "available_amount")


class RetailPointsLiability(models.AbstractModel):
    """Figures of the page "Roll-forward": what the shop owed its customers in points at the beginning of a time, what
    was added and taken, what it owes at the end; and whether that is what lies in the open lots.

    Everything of the current root company and its branches, through the reader's own rights. Money, at what a point
    costs when redeemed, only for those who may see it (None for others). One pass over the moves, whatever the time.
    """

    _name = "retail.points.liability"
    _description = "Roll-forward of points"

    @api.readonly
    @api.model
    def get_data(self):
        """The programs that have points, and where the page begins.

        :return: dict of ``company_id``, ``currency_id``, ``today``, ``shows_money`` and ``programs``, each with ``id,
            name, unit`` and ``cost`` per point
        :raise AccessError: the user has no role in Retail CRM
        """
        self.env["retail.points.wallet"].check_access("read")
        company = self.env.company.root_id
        shows_money = self.env["loyalty.program"]._may_see_point_costs()
        programs = self._get_programs()
        costs = programs._get_point_costs(company) if shows_money else {}
        return {
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "today": self._get_today(company),
            "shows_money": shows_money,
            "programs": [
                {
                    "id": program.id,
                    "name": program.name,
                    "unit": program.portal_point_name or "",
                    "cost": float(costs[program.id]) if shows_money else None,
                }
                for program in programs
            ],
        }

    @api.readonly
    @api.model
    def get_roll_forward(self, since, until, unit="month", program_id=False, measure="amount"):
        """Opening balance, changes by kind and closing balance of each month or day from ``since`` to ``until``.

        Points are added up over programs as if they were of one kind when no program is given; their value always can.

        :return: dict of ``columns`` (``since``, ``until``, and ``from``, ``to``: the moments between which its moves
            lie), ``opening``, ``closing``, ``rows`` (``kind``, ``label``, ``cells``); every cell has ``points`` and
            ``value``; ``check``, see :meth:`_get_check`
        :raise UserError: what is asked for cannot be read, or is too long
        """
        self.env["retail.points.wallet"].check_access("read")
        company = self.env.company.root_id
        columns = self._get_columns(since, until, unit, company.retail_tz)
        if measure not in MEASURES:
            raise UserError(self.env._("Choose all points or those that can be spent."))
        programs = self._get_programs()
        if program_id:
            programs = programs.filtered(lambda program: program.id == program_id)
        costs = self._get_costs(programs, company)
        moves = self._get_moves(programs, columns)
        rows = self._get_rows(moves, len(columns), measure, costs)
        opening = self._get_cell([move for move in moves if move["place"] == 0], measure, costs)
        return {
            "columns": [self._tell_column(column) for column in columns],
            **self._get_balances(opening, rows, len(columns)),
            "rows": rows,
            "check": self._get_check(programs, moves, costs),
        }

    # ------------------------------------------------------------------ what is asked for

    def _get_programs(self):
        """Those with wallets that the reader may see, used ones first."""
        groups = self.env["retail.points.wallet"]._read_group(
            self._get_wallet_domain(), ["program_id"], ["__count"], order="__count DESC"
        )
        return self.env["loyalty.program"].sudo().union(*(program.sudo() for program, _count in groups))

    def _get_wallet_domain(self):
        """Merged wallets count as well: what was in them left by a movement."""
        company = self.env.company.root_id
        return (Domain("company_id", "=", False) | Domain("company_id", "child_of", company.id)) & Domain(
            "active", "in", (True, False)
        )

    def _get_costs(self, programs, company):
        may_see = self.env["loyalty.program"]._may_see_point_costs()
        return programs._get_point_costs(company) if may_see else None

    def _get_today(self, company):
        return fields.Date.context_today(company.with_context(tz=company.retail_tz))

    def _get_columns(self, since, until, unit, zone):
        """Pairs of first day and moment at which it begins, of every column and of what comes after the last."""
        since, until = self._read_day(since), self._read_day(until)
        if unit not in ("day", "month") or since > until:
            raise UserError(self.env._("Choose a first day that does not lie after the last one."))
        step = relativedelta(months=1) if unit == "month" else timedelta(days=1)
        days = [date_utils.start_of(since, unit)]
        while days[-1] <= until:
            days.append(days[-1] + step)
            if len(days) > COLUMN_LIMIT + 1:
                raise UserError(
                    self.env._(
                        "Choose a shorter time, or months instead of days: at most %(limit)s columns fit.",
                        limit=COLUMN_LIMIT,
                    )
                )
        begins = [(day, begin_of(day, zone)) for day in days]
        return list(zip(begins, begins[1:], strict=False))

    def _read_day(self, day):
        try:
            return fields.Date.to_date(day) or self._get_today(self.env.company.root_id)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("%(day)s is not a day.", day=day)) from error

    # ------------------------------------------------------------------ what happened

    def _get_moves(self, programs, columns):
        """Sums of the moves by place (0: before the first column, 1..: the columns, then after), kind and program.

        1 query, one pass over the moves; few rows come out of it.
        """
        self.env["retail.points.move"].flush_model()
        bounds = [moment for (_day, moment), _next in columns] + [columns[-1][1][1]]
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT width_bucket(move.moment, %(bounds)s::timestamp[]) AS place, move.kind, wallet.program_id,
                          sum(move.amount)::text AS amount, sum(move.available_amount)::text AS available_amount,
                          COALESCE(-sum(move.amount) FILTER (WHERE move.lot_id IS NULL), 0)::text AS debt
                     FROM retail_points_move move JOIN %(wallets)s wallet ON wallet.id = move.wallet_id
                    GROUP BY 1, 2, 3""",
                bounds=bounds,
                wallets=self._sql_wallets(programs, "id", "program_id"),
            )
        )
        return [self._to_exact(row, "amount", "available_amount", "debt") for row in rows]

    def _to_exact(self, row, *names):
        """Sums over many customers come as text: more digits than a float holds."""
        return {**row, **{name: Decimal(row[name]) for name in names}}

    def _sql_wallets(self, programs, *names) -> SQL:
        """The columns ``names`` of the wallets that the reader may see."""
        query = self.env["retail.points.wallet"]._search(
            self._get_wallet_domain() & Domain("program_id", "in", programs.ids)
        )
        return query.subselect(*(SQL.identifier(query.table, name) for name in names))

    def _get_rows(self, moves, count, measure, costs):
        """A row for each kind that changed something in the columns."""
        labels = dict(self.env["retail.points.move"]._fields["kind"]._description_selection(self.env))
        rows = []
        for kind, _label in KINDS:
            cells = [
                self._get_cell(
                    [move for move in moves if move["kind"] == kind and move["place"] == place],
                    measure,
                    costs,
                )
                for place in range(1, count + 1)
            ]
            if any(cell["points"] for cell in cells):
                rows.append({"kind": kind, "label": labels[kind], "cells": cells})
        return rows

    def _get_cell(self, moves, measure, costs):
        points = sum((move[measure] for move in moves), ZERO)
        return {"points": float(points), "value": self._get_value(moves, measure, costs)}

    def _get_value(self, sums, name, costs):
        if costs is None:
            return None
        return float(sum((row[name] * costs[row["program_id"]] for row in sums), ZERO))

    def _get_balances(self, opening, rows, count):
        """``opening`` and ``closing`` of each column: what one ends with, the next begins with."""
        balances = [opening]
        for place in range(count):
            changes = [row["cells"][place] for row in rows]
            balances.append(self._add_up([balances[-1], *changes]))
        return {"opening": balances[:-1], "closing": balances[1:]}

    def _add_up(self, cells):
        """Decimals again, so that the sum of what is shown is what is shown."""
        return {
            name: None
            if cells[0][name] is None
            else float(sum((Decimal(repr(cell[name])) for cell in cells), ZERO))
            for name in ("points", "value")
        }

    def _tell_column(self, column):
        (since, begins), (after, ends) = column
        return {
            "since": since,
            "until": after - timedelta(days=1),
            "from": fields.Datetime.to_string(begins),
            "to": fields.Datetime.to_string(ends),
        }

    # ------------------------------------------------------------------ whether it ties out

    def _get_check(self, programs, moves, costs):
        """What all movements up to now come to, beside what lies in the open lots less debts (2 queries).

        :return: dict of ``is_right`` and, for each of ``available``, ``pending``, ``debt`` and ``total``, a dict of
            ``moves`` and ``lots``: cells
        """
        by_moves = [
            {
                "program_id": move["program_id"],
                "available": move["available_amount"] + move["debt"],
                "pending": move["amount"] - move["available_amount"],
                "debt": move["debt"],
                "total": move["amount"],
            }
            for move in moves
        ]
        by_lots = self._get_lots(programs)
        names = ("available", "pending", "debt", "total")
        check = {
            name: {
                "moves": self._get_cell(by_moves, name, costs),
                "lots": self._get_cell(by_lots, name, costs),
            }
            for name in names
        }
        is_right = all(
            self._sum_of(by_moves, program, name) == self._sum_of(by_lots, program, name)
            for program in programs.ids
            for name in names
        )
        return {"is_right": is_right, **check}

    def _sum_of(self, sums, program, name):
        return sum((row[name] for row in sums if row["program_id"] == program), ZERO)

    def _get_lots(self, programs):
        self.env["retail.points.lot"].flush_model()
        self.env["retail.points.wallet"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT wallet.program_id, sum(wallet.debt)::text AS debt,
                          COALESCE(sum(lots.available), 0)::text AS available,
                          COALESCE(sum(lots.pending), 0)::text AS pending
                     FROM %(wallets)s wallet
                     LEFT JOIN (SELECT wallet_id, sum(remaining) FILTER (WHERE NOT is_pending) AS available,
                                       sum(remaining) FILTER (WHERE is_pending) AS pending
                                  FROM retail_points_lot WHERE remaining > 0 GROUP BY 1) lots
                       ON lots.wallet_id = wallet.id
                    GROUP BY 1""",
                wallets=self._sql_wallets(programs, "id", "program_id", "debt"),
            )
        )
        rows = [self._to_exact(row, "available", "pending", "debt") for row in rows]
        return [{**row, "total": row["available"] + row["pending"] - row["debt"]} for row in rows]
