from collections import Counter

from odoo import models

# who ended the action stands for it, else whose it is
ENDED_BY_SOMEBODY = ("done", "cancelled")


class RetailEffectLoop(models.AbstractModel):
    """What happened to the actions themselves: how many were made, done, lapsed, forgotten, and with which outcome."""

    _name = "retail.effect.loop"
    _description = "What happened to actions"

    def _get_figures(self, company, since):
        """Of the actions decided ``since`` (3 queries, and names).

        :return: dict of ``total``, ``strategies``, ``people`` and ``outcomes``; see :meth:`_add_up` for the figures
        """
        domain = [("company_id", "=", company.id), ("decided_on", ">=", since)]
        rows = self._get_rows(domain)
        return {
            "total": self._add_up(rows),
            "strategies": self._group(rows, "strategy"),
            "people": self._group([row for row in rows if row["state"] != "held_out"], "person"),
            "outcomes": self._get_outcomes(rows),
        }

    def _get_rows(self, domain):
        """Dicts of ``strategy, person, state, outcome, count``; those never closed once more, as a state."""
        Action = self.env["retail.action"]
        states = Action._read_group(
            domain, ["strategy_id", "user_id", "done_by_id", "state", "outcome_id"], ["__count"]
        )
        never_closed = Action._read_group(
            [*domain, ("is_never_closed", "=", True)], ["strategy_id", "user_id"], ["__count"]
        )
        return [
            {
                "strategy": strategy,
                "person": done_by if state in ENDED_BY_SOMEBODY and done_by else owner,
                "state": state,
                "outcome": outcome,
                "count": count,
            }
            for strategy, owner, done_by, state, outcome, count in states
        ] + [
            {
                "strategy": strategy,
                "person": owner,
                "state": "never_closed",
                "outcome": self.env["retail.action.outcome"],
                "count": count,
            }
            for strategy, owner, count in never_closed
        ]

    @staticmethod
    def _add_up(rows):
        """``made`` in all, of these ``done, cancelled, lapsed, open, held_out``; ``never_closed`` of the open ones,
        ``successes`` of those done."""
        counts = Counter()
        for row in rows:
            counts[row["state"]] += row["count"]
            if row["outcome"].is_success:
                counts["successes"] += row["count"]
        states = ("done", "cancelled", "lapsed", "open", "held_out")
        return {
            "made": sum(counts[state] for state in states),
            **{name: counts[name] for name in (*states, "never_closed", "successes")},
        }

    def _group(self, rows, name):
        """The figures of each record that ``rows`` have under ``name``, those with most actions first; id 0: none."""
        groups = {}
        for row in rows:
            groups.setdefault(row[name], []).append(row)
        figures = [
            # colleagues of other companies and those who left stay named
            {"id": record.id, "name": record.sudo().display_name or "", **self._add_up(own)}
            for record, own in groups.items()
        ]
        return sorted(figures, key=lambda one: (-one["made"], one["name"]))

    def _get_outcomes(self, rows):
        counts = Counter()
        for row in rows:
            if row["state"] == "done":
                counts[row["outcome"]] += row["count"]
        return [
            {"id": outcome.id, "name": outcome.name or "", "is_success": outcome.is_success, "count": count}
            for outcome, count in sorted(counts.items(), key=lambda item: (-item[1], item[0].sequence))
        ]
