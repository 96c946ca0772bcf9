from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.exceptions import UserError

from ..effect import comparison, power
from ..effect.sums import Sums, add_up
from .retail_effect_sums import WINDOWS

# the page looks at customers drawn, and actions made, in so many last months
PERIODS = (3, 6, 12, 24)
# what a plan can be made of: shares to leave alone, in percent, and months in which customers are drawn
PLAN_SHARES = (5, 10, 20, 30, 50)
PLAN_MONTHS = (1, 3, 6, 12)
DAYS_PER_MONTH = 365.25 / 12


class Cell(NamedTuple):
    """A row of ``retail.effect``, or several added up; ``sums`` is ``{measure: Sums}``."""

    strategy: models.BaseModel
    event: str
    kind: str
    share: float
    is_held_out: bool
    sums: dict
    reached: int
    cost: float


class RetailEffectPage(models.AbstractModel):
    """What the page "What came of it" shows: what strategies brought, what could be seen, what happened to actions.

    All of the current root company, through the reader's own rights: who may not read contribution sees revenue.
    Money per customer in the company's currency; positive: those looked after brought more than those left alone.
    Compares sums that runs left behind, and computes nothing over customers.
    """

    _name = "retail.effect.page"
    _description = "What came of strategies"

    @api.readonly
    @api.model
    def get_data(self, months=12, window_days=90):
        """Everything the page shows, in some 12 queries whatever the number of customers and actions.

        :param months: one of :data:`PERIODS`: customers drawn, and actions made, since
        :param window_days: one of :data:`WINDOWS`: what customers brought in so many days from the draw
        :return: dict of ``as_of`` (None: nothing was counted yet), ``strategies`` with ``effect``, ``parts`` and
            ``plan`` each, ``loop``
        :raise AccessError: the reader is not one of those who oversee
        :raise UserError: no such period or window
        """
        self.env["retail.effect"].check_access("read")
        if months not in PERIODS or window_days not in WINDOWS:
            raise UserError(self.env._("Choose the period and the number of days from the buttons."))
        company = self.env.company.root_id
        today = self.env["retail.run"]._today(company)
        since = today.replace(day=1) - relativedelta(months=months - 1)
        baselines = self._get_baselines(company, window_days)
        as_of = max((baseline["as_of"] for baseline in baselines.values()), default=None)
        return {
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "as_of": as_of,
            "since": since,
            "months": months,
            "window_days": window_days,
            "periods": PERIODS,
            "windows": WINDOWS,
            "measure": self._get_measures()[0],
            "strategies": self._get_strategies(company, since, as_of, window_days, baselines),
            "loop": self.env["retail.effect.loop"]._get_figures(company, since),
        }

    def _get_measures(self):
        return self.env["retail.effect"]._get_measures()

    def _get_strategies(self, company, since, as_of, window_days, baselines):
        cells = self._get_cells(company, since, window_days)
        lots = self._get_lots(company)
        return [
            {
                "id": strategy.id,
                "name": strategy.name,
                "color": strategy.segment_id.color,
                "share": strategy.holdout_share,
                **self._get_results(
                    [cell for cell in cells if cell.strategy == strategy],
                    {
                        "strategy": strategy,
                        "lots": lots.get(strategy, {}),
                        "as_of": as_of,
                        "window_days": window_days,
                        "currency": company.currency_id,
                    },
                ),
                "plan": self._get_plan(strategy, baselines.get(strategy), window_days),
            }
            for strategy in self.env["retail.strategy"].search([("company_id", "=", company.id)])
        ]

    def _get_cells(self, company, since, window_days):
        rows = self.env["retail.effect"]._read_sums(
            [
                ("company_id", "=", company.id),
                ("window_days", "=", window_days),
                ("drawn_month", ">=", since),
            ],
            ["strategy_id", "event", "kind", "share", "is_held_out"],
            self._get_measures(),
            ["reached_customers:sum", "action_cost:sum"],
        )
        return [Cell(*group, sums, *work) for group, sums, work in rows]

    def _get_lots(self, company):
        """``{strategy: {is_held_out: (lots, day of the first)}}`` of all time (1 query)."""
        lots = {}
        for strategy, is_held_out, count, first in self.env["retail.holdout"]._read_group(
            [("company_id", "=", company.id)],
            ["strategy_id", "is_held_out"],
            ["__count", "drawn_on:min"],
        ):
            lots.setdefault(strategy, {})[is_held_out] = (count, first)
        return lots

    # ------------------------------------------------------------------ effects

    def _get_results(self, cells, facts):
        """``effect``: of the strategy; ``parts``: of each event for which lots were drawn, the largest first.

        :param facts: what the words need to know: ``strategy``, ``lots``, ``as_of``, ``window_days``, ``currency``
        """
        parts = {}
        for cell in cells:
            parts.setdefault((cell.event, cell.kind), []).append(cell)
        return {
            "effect": self._get_effect(cells, facts),
            "parts": [
                {"event": event, "kind": kind, "name": self._say_part(event, kind)}
                | self._get_effect(own, facts, is_part=True)
                for (event, kind), own in sorted(parts.items(), key=self._get_size, reverse=True)
            ],
        }

    def _get_size(self, part):
        return sum(cell.sums[self._get_measures()[0]].customers for cell in part[1])

    def _get_effect(self, cells, facts, is_part=False):
        """The comparison of ``cells`` with its words; only ``verdict``, ``words`` and sizes where there is none."""
        measure = self._get_measures()[0]
        strata = self._get_strata(cells, measure)
        sides = {
            "treated": add_up([treated for treated, _held_out in strata]).customers,
            "held_out": add_up([held_out for _treated, held_out in strata]).customers,
        }
        if not comparison.is_measurable(strata):
            reason = self._say_too_few(sides) if is_part else self._say_why_not(sides, facts)
            return {**sides, "verdict": "unknown", "words": reason, "notes": []}
        effect = comparison.compare_best(comparison.get_comparable(strata))
        figures = {
            **sides,
            **self._get_interval(effect),
            **self._get_work(cells, sides),
            "treated_mean": effect.treated_mean,
            "held_out_mean": effect.held_out_mean,
            "verdict": "more" if effect.low > 0 else "less" if effect.high < 0 else "unclear",
            "is_first_hint": not comparison.is_enough(strata),
            **self._get_comparisons(cells, strata, effect),
        }
        return {
            **figures,
            "words": self._say_effect(figures, facts),
            "notes": self._say_part_notes(figures) if is_part else self._say_notes(figures, facts),
        }

    @staticmethod
    def _get_strata(cells, measure):
        """Pairs (treated, held out), one for each share with which lots were drawn."""
        return [
            tuple(
                add_up(
                    [
                        cell.sums[measure]
                        for cell in cells
                        if cell.share == share and cell.is_held_out == is_held_out
                    ]
                )
                for is_held_out in (False, True)
            )
            for share in sorted({cell.share for cell in cells})
        ]

    @staticmethod
    def _get_interval(effect):
        return {"difference": effect.difference, "low": effect.low, "high": effect.high}

    def _get_comparisons(self, cells, strata, effect):
        """``plain``: without the time before; ``narrower``: share of the interval that the time before saves;
        ``revenue``: the same of revenue, where the effect is of contribution; ``smallest``: what would be noticed.
        """
        measure, *others = self._get_measures()
        plain = comparison.compare(comparison.get_comparable(strata))
        is_adjusted = bool(effect.slope)
        revenue = (
            comparison.compare_best(comparison.get_comparable(self._get_strata(cells, "revenue")))
            if others
            else None
        )
        return {
            "measure": measure,
            "is_adjusted": is_adjusted,
            "plain": self._get_interval(plain) if is_adjusted else None,
            "narrower": 1 - effect.standard_error / plain.standard_error if is_adjusted else 0,
            "revenue": revenue and self._get_interval(revenue),
            "shares": len(strata),
        }

    @staticmethod
    def _get_work(cells, sides):
        """For how many of each side something was done, and what that cost for each customer looked after."""

        def reached(is_held_out):
            return sum(cell.reached for cell in cells if cell.is_held_out == is_held_out)

        cost = sum(cell.cost for cell in cells if not cell.is_held_out)
        return {
            "reached": reached(False),
            "reached_held_out": reached(True),
            "cost": cost / sides["treated"],
        }

    # ------------------------------------------------------------------ before one starts

    def _get_baselines(self, company, window_days):
        """``{strategy: figures}`` (1 query)."""
        measure = self._get_measures()[0]
        baselines = self.env["retail.effect.baseline"].search(
            [("company_id", "=", company.id), ("window_days", "=", window_days)]
        )
        names = self.env["retail.effect.baseline"]._get_figures(measure)
        return {
            baseline.strategy_id: {
                "as_of": baseline.as_of,
                "members": baseline.members,
                "drawn_customers": baseline.drawn_customers,
                "reached_customers": baseline.reached_customers,
                "reached_days": baseline.reached_days,
                "sums": Sums(baseline.customers, *(baseline[name] for name in names)),
            }
            for baseline in baselines
        }

    def _get_plan(self, strategy, baseline, window_days):
        """What could be seen with which share and in how many months; None while the customers are not counted."""
        if not baseline:
            return None
        plan = {
            "members": baseline["members"],
            "mean": baseline["sums"].mean,
            "words": self._say_reach(baseline),
            "shares": PLAN_SHARES,
            "months": PLAN_MONTHS,
            "window_days": window_days,
            "share": strategy.holdout_share,
        }
        cells = [
            self._get_plan_cell(baseline, share, months) for share in PLAN_SHARES for months in PLAN_MONTHS
        ]
        currency = strategy.company_id.currency_id
        return {
            **plan,
            "cells": [{**cell, "words": self._say_plan(cell, plan, currency)} for cell in cells],
        }

    def _get_plan_cell(self, baseline, share, months):
        """``smallest``: difference per customer that is then noticed; None where too few would be left alone."""
        reach = self._get_reach(baseline, months)
        held_out = round(reach * share / 100)
        treated = reach - held_out
        smallest = None
        if min(treated, held_out) >= comparison.MIN_CUSTOMERS:
            smallest = power.get_smallest_effect(baseline["sums"], treated, held_out)
        return {
            "share": share,
            "months": months,
            "treated": treated,
            "held_out": held_out,
            "smallest": smallest,
            "level": self._get_level(smallest, baseline["sums"].mean),
        }

    @staticmethod
    def _get_reach(baseline, months):
        """How many draw their lot in so many months: to whom something happens, at most all who have none yet."""
        waiting = baseline["members"] - baseline["drawn_customers"]
        if not baseline["reached_customers"]:
            return 0 if baseline["drawn_customers"] else waiting
        pace = baseline["reached_customers"] / baseline["reached_days"]
        return min(waiting, round(pace * months * DAYS_PER_MONTH))

    @staticmethod
    def _get_level(smallest, mean):
        """``good``: a tenth of what customers bring would be noticed; ``fair``: a quarter; else ``poor``, ``none``."""
        if smallest is None:
            return "none"
        if mean <= 0:
            return "poor"
        return "good" if smallest <= mean / 10 else "fair" if smallest <= mean / 4 else "poor"
