import math
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .retail_decision import Circumstances

# candidates of one query: a contribution of a million is found by three of them
GRID = 256
# how far ahead silence is looked at
SILENCE_DAYS = 3 * 365 + 1


class Standing(NamedTuple):
    """A customer as the run left him that scored the profile, decided anew with one thing or another left out.

    Each answer is a row of the decision: ``now`` as it was, ``forgetful`` without the segment before, ``by_value``
    without any risk. ``top_value`` is the highest among the others, None without any.
    """

    profile: Any
    circumstances: Circumstances
    top_value: float | None
    now: dict
    forgetful: dict
    by_value: dict

    @property
    def is_reproduced(self):
        """Whether the decision comes out as it stands on the profile."""
        return self.now["computed_segment_id"] == self.profile.computed_segment_id.id

    @property
    def segments(self):
        """Segments of the policy, the best first, risk last."""
        policy = self.circumstances.policy
        return (policy._get_value_bands() + policy._get_risk_band()).segment_id

    @property
    def better_segments(self):
        segments = self.segments
        return segments[: segments.ids.index(self.now["computed_segment_id"])]


class RetailCounterfactual(models.AbstractModel):
    """What would change a customer's segment: the smallest single purchase that lifts it, the silence that drops it.

    The decision itself is asked (``retail.decision._sql_decision``), with the customer as he might be. Everybody
    else, and all that customers share (model, median, threshold), stay as the profile's run had them. The computed
    segment is meant; a pin holds whatever the figures do.
    """

    _name = "retail.counterfactual"
    _description = "What would change a segment"

    @api.model
    def _get(self, standing):
        """What lifts and what drops the customer, else what is in the way (2 to 6 queries).

        :return: dict of ``lift`` and ``drop``: decided rows with ``amount`` (contribution of one purchase on the day of
            the figures, whole units of the currency) or ``day`` (on which the segment is another one when nothing was
            bought until then), or None; and ``lift_obstacle`` and ``drop_obstacle``: codes, or None
        """
        if not standing.is_reproduced:
            return dict.fromkeys(("lift", "drop"), None) | dict.fromkeys(
                ("lift_obstacle", "drop_obstacle"), "outdated"
            )
        lift, drop = self._find_lift(standing), self._find_drop(standing)
        return {
            "lift": lift,
            "lift_obstacle": None if lift else self._get_lift_obstacle(standing),
            "drop": drop,
            "drop_obstacle": None if drop else self._get_drop_obstacle(standing),
        }

    @api.model
    def _get_standing(self, profile) -> Standing:
        """The customer of a scored ``profile`` as he is (1 query beside the run, its policy and bands)."""
        circumstances = self.env["retail.decision"]._recall_circumstances(profile.run_id.sudo())
        # the query reads the profile past the cache
        self.env["retail.profile"].flush_model()
        rows = self.env.execute_query_dict(
            self.env["retail.decision"]._sql_decision(
                circumstances, self._sql_as_he_is(profile, circumstances)
            )
        )
        answers = {row["question"]: row for row in rows}
        return Standing(profile, circumstances, answers["now"]["top_value"], **answers)

    @api.model
    def _get_cause(self, standing, row):
        """By what the ``row`` was decided: a code as in ``reason_code`` of the profile."""
        if row["computed_segment_id"] != standing.circumstances.policy._get_risk_band().segment_id.id:
            return "value"
        return "inactivity" if row["is_inactive"] else "payment"

    # ------------------------------------------------------------------ one purchase

    def _find_lift(self, standing):
        """The smallest purchase, in whole units, that leads to a better segment (1 to 4 queries), or None."""
        better = standing.better_segments
        if not better:
            return None
        pieces = self._get_pieces(standing)
        while pieces:
            grids = [self._spread(*piece) for piece in pieces]
            lift = self._get_first_lift(standing, better, [amount for grid in grids for amount in grid])
            if not lift:
                return None
            pieces = self._get_gap_below(grids, lift["amount"])
        return lift

    def _get_pieces(self, standing):
        """Ranges of amounts within which more contribution never leads to a worse segment.

        The contribution enters twice: the value rises with it, and from the median on silence becomes a risk. Above
        the value of everybody else nothing changes any more. (While bills are overdue a better place may be a worse
        segment, but then the smallest amount of a range is the best.)
        """
        needed = standing.circumstances.median_contribution - standing.now["contribution"]
        median = max(math.ceil(needed), 0)
        top = math.ceil((standing.top_value or 0) - standing.now["value"]) + 1
        return [
            (first, last) for first, last in ((0, median - 1), (median, max(median, top))) if first <= last
        ]

    @staticmethod
    def _spread(first, last):
        """Whole numbers from ``first`` to ``last``, both included, evenly spread where they are too many."""
        steps = min(last - first, GRID - 1)
        return [first + (last - first) * step // steps for step in range(steps + 1)] if steps else [first]

    def _get_first_lift(self, standing, better, amounts):
        return self._get_first(
            standing,
            self._sql_with_purchase(standing, amounts),
            SQL("decided.computed_segment_id IN %s", tuple(better.ids)),
            SQL("decided.amount"),
        )

    @staticmethod
    def _get_gap_below(grids, amount):
        """The amounts between ``amount`` and the one tried before it: the range in which to go on, if any."""
        grid = next(grid for grid in grids if amount in grid)
        position = grid.index(amount)
        if not position or grid[position - 1] + 1 == amount:
            return []
        return [(grid[position - 1] + 1, amount)]

    def _get_lift_obstacle(self, standing):
        if not standing.better_segments:
            return "highest"
        if standing.now["payment_high"]:
            return "payment"
        return "alone" if standing.top_value is None else "inactivity"

    # ------------------------------------------------------------------ silence

    def _find_drop(self, standing):
        """The first day on which silence has led to another segment (1 query), or None within three years."""
        return self._get_first(
            standing,
            self._sql_silent(standing),
            SQL("decided.computed_segment_id <> %s", standing.now["computed_segment_id"]),
            SQL("decided.day"),
        )

    def _get_drop_obstacle(self, standing):
        policy, now = standing.circumstances.policy, standing.now
        if self._get_cause(standing, now) != "value":
            return "risk"
        if (
            now["computed_segment_id"] != policy._get_value_bands()[-1].segment_id.id
            or not policy._get_risk_band()
        ):
            return "never"
        if now["purchase_days"] < policy.risk_purchase_days:
            return "rhythm"
        return "median" if now["contribution"] < standing.circumstances.median_contribution else "never"

    # ------------------------------------------------------------------ the customer as he might be

    def _get_first(self, standing, candidates, condition, order):
        """The first of the decided ``candidates``, in the ``order``, that fulfils the ``condition``, or None."""
        profile, circumstances = standing.profile, standing.circumstances
        scored = self._sql_scored(profile, circumstances, candidates)
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT * FROM (%(decided)s) decided WHERE %(condition)s ORDER BY %(order)s LIMIT 1",
                decided=self.env["retail.decision"]._sql_decision(circumstances, scored),
                condition=condition,
                order=order,
            )
        )
        return rows[0] if rows else None

    def _sql_as_he_is(self, profile, circumstances) -> SQL:
        return SQL(
            """SELECT question.name AS question, scored.top_value, scored.value, scored.value_percentile,
                      scored.purchase_days, scored.contribution,
                      CASE WHEN question.name <> 'by_value' THEN scored.inactivity_risk ELSE 0 END AS inactivity_risk,
                      CASE WHEN question.name <> 'by_value' THEN scored.payment_risk ELSE 0 END AS payment_risk,
                      CASE WHEN question.name <> 'by_value' THEN scored.overdue_amount ELSE 0 END AS overdue_amount,
                      CASE WHEN question.name <> 'forgetful' THEN scored.previous_segment_id END
                          AS previous_segment_id,
                      question.name = 'now' AND scored.was_payment_risk AS was_payment_risk
                 FROM (%(scored)s) scored
                CROSS JOIN (VALUES ('now'), ('forgetful'), ('by_value')) question(name)""",
            scored=self._sql_scored(profile, circumstances, self._sql_customer(profile, circumstances)),
        )

    def _sql_with_purchase(self, standing, amounts) -> SQL:
        """The customer after one purchase on the day of the figures, for each of the ``amounts`` of contribution."""
        return SQL(
            """SELECT amount, customer.own_value, customer.as_of, customer.first_day, customer.as_of AS last_day,
                      customer.purchase_days + (customer.last_day < customer.as_of)::int4 AS purchase_days,
                      customer.ew_sum + amount AS ew_sum, customer.ew_date,
                      customer.contribution + amount AS contribution, customer.payment_risk, customer.overdue_amount,
                      -- as when a run computes the day again: it does not look at its own output
                      customer.previous_segment_id, customer.was_payment_risk
                 FROM (%(customer)s) customer CROSS JOIN unnest(%(amounts)s::int8[]) amount""",
            customer=self._sql_customer(standing.profile, standing.circumstances),
            amounts=amounts,
        )

    def _sql_silent(self, standing) -> SQL:
        """The customer on each of the days to come who buys nothing, and whose bills stay as they are."""
        return SQL(
            """SELECT customer.as_of + ahead AS day, customer.own_value, customer.as_of + ahead AS as_of,
                      customer.first_day, customer.last_day, customer.purchase_days, customer.ew_sum, customer.ew_date,
                      customer.contribution, customer.payment_risk, customer.overdue_amount,
                      customer.computed_segment_id AS previous_segment_id,
                      customer.is_payment_risk AS was_payment_risk
                 FROM (%(customer)s) customer CROSS JOIN generate_series(1, %(days)s) ahead""",
            customer=self._sql_customer(standing.profile, standing.circumstances),
            days=SILENCE_DAYS,
        )

    def _sql_customer(self, profile, circumstances) -> SQL:
        """One row: what the run knew of the customer.

        The statistics say it to the last digit; those that have moved on since the run are not looked at, and the
        profile's own rounded figures do.
        """
        value = self.env["retail.scoring"]._sql_value(
            SQL("profile.as_of"), circumstances.policy.half_life_weeks
        )
        return SQL(
            """SELECT profile.value AS own_value, profile.as_of, profile.first_purchase_date AS first_day,
                      profile.last_purchase_date AS last_day, profile.purchase_days,
                      COALESCE(stat.ew_sum * %(decay)s, profile.value) AS ew_sum, profile.as_of AS ew_date,
                      COALESCE(stat.contribution, profile.contribution) AS contribution,
                      profile.payment_risk::float8, profile.overdue_amount::float8,
                      profile.previous_segment_id, profile.was_payment_risk,
                      profile.computed_segment_id, profile.is_payment_risk,
                      (SELECT max(other.value)::float8 FROM retail_profile other WHERE %(others)s) AS top_value
                 FROM retail_profile profile
                 LEFT JOIN retail_profile_statistics stat
                        ON stat.company_id = profile.company_id AND stat.partner_id = profile.partner_id
                           AND stat.purchase_days = profile.purchase_days
                           AND stat.first_day = profile.first_purchase_date
                           AND stat.last_day = profile.last_purchase_date
                           AND round(stat.contribution::numeric, 2) = profile.contribution
                           AND %(value)s::numeric = profile.value
                WHERE profile.id = %(profile)s""",
            decay=self.env["retail.scoring"]._sql_decay(
                SQL("profile.as_of - stat.ew_date"), circumstances.policy.half_life_weeks
            ),
            others=self._sql_others(profile),
            value=value,
            profile=profile.id,
        )

    def _sql_scored(self, profile, circumstances, candidates) -> SQL:
        """The ``candidates`` with value, its place among the others as they were, and inactivity risk."""
        Scoring = self.env["retail.scoring"]
        return SQL(
            """SELECT valued.*,
                      COALESCE(round((below.customers::float8 / (%(customers)s - 1) * 100)::numeric, 1), 0)::float8
                          AS value_percentile
                 FROM (SELECT stat.*, %(value)s AS value,
                              round((%(inactivity)s)::numeric, 2)::float8 AS inactivity_risk
                         FROM (%(candidates)s) stat) valued
                 LEFT JOIN LATERAL (
                     -- the next one below tells by his rank how many are there, perhaps with the customer among them
                     SELECT %(customers)s - other.value_rank + 1 - (valued.own_value <= other.value)::int4 AS customers
                       FROM retail_profile other
                      WHERE %(others)s AND other.value < valued.value::numeric
                      ORDER BY other.value DESC LIMIT 1) below ON TRUE""",
            customers=circumstances.customers,
            value=Scoring._sql_value(SQL("stat.as_of"), circumstances.policy.half_life_weeks),
            inactivity=Scoring._sql_inactivity(
                circumstances.model, SQL("stat.as_of"), circumstances.horizon_weeks
            ),
            candidates=candidates,
            others=self._sql_others(profile),
        )

    @staticmethod
    def _sql_others(profile) -> SQL:
        """Everybody else whom the same run scored; found by the index on company and value."""
        return SQL(
            "other.company_id = %s AND other.run_id = %s AND other.id <> %s",
            profile.company_id.id,
            profile.run_id.id,
            profile.id,
        )
