from datetime import date
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..scoring import mbg_nbd
from .retail_scoring import InactivityModel


class Circumstances(NamedTuple):
    """What all customers of a company share when their segments are decided on a day.

    ``median_contribution`` in company currency; ``threshold`` is the q (0-1) from which a customer is a risk.
    """

    policy: Any
    model: InactivityModel
    as_of: date
    horizon_weeks: int
    customers: int
    median_contribution: float
    threshold: float


class RetailDecision(models.AbstractModel):
    """Brings together what a segment is decided by: value and its rank, risk, payments, and the segment before.

    The decision itself is ``retail.segment._sql_decide``. A run asks for everybody on its day, a trial for everybody at
    each end of month, an explanation for one customer as he might be.
    """

    _name = "retail.decision"
    _description = "What segments are decided by"

    @api.model
    def _get_circumstances(self, policy, model, as_of, horizon_weeks, population) -> Circumstances:
        """:param population: what ``retail.scoring._get_population`` returned"""
        return Circumstances(
            policy,
            model,
            as_of,
            horizon_weeks,
            population["customers"],
            population["median_contribution"],
            self._get_threshold(policy, population["mean_inactivity"]),
        )

    @api.model
    def _recall_circumstances(self, run) -> Circumstances:
        """Those under which the completed ``run`` decided."""
        parameters = mbg_nbd.Parameters(
            run.parameter_r, run.parameter_alpha, run.parameter_a, run.parameter_b
        )
        calibration = mbg_nbd.Calibration(run.calibration_intercept, run.calibration_slope)
        return Circumstances(
            run.policy_id,
            InactivityModel(run.model_rung, parameters, calibration),
            run.as_of,
            run.horizon_weeks,
            run.customer_count,
            run.median_contribution,
            run.inactivity_threshold,
        )

    @staticmethod
    def _get_threshold(policy, mean_inactivity):
        """The q from which a customer is a risk: the policy's, or that of the average repeat customer if higher."""
        return round(max(policy._get_risk_band().enter or 0.0, mean_inactivity or 0.0), 4)

    @api.model
    def _sql_decided(self, circumstances, statistics, payment, previous) -> SQL:
        """Every customer of ``statistics`` with value, ranks, risks and ``computed_segment_id``, before pins.

        :param payment: query (partner_id, ratio, overdue), see ``retail.payment.risk``
        :param previous: query (partner_id, previous_segment_id, was_payment_risk) of the decision before
        """
        return self._sql_decision(
            circumstances,
            self._sql_remembered(self._sql_ranked(circumstances, statistics), payment, previous),
        )

    def _sql_ranked(self, circumstances, statistics) -> SQL:
        Scoring = self.env["retail.scoring"]
        as_of = circumstances.as_of
        return SQL(
            """SELECT valued.*,
                      round((percent_rank() OVER by_value * 100)::numeric, 1)::float8 AS value_percentile,
                      -- rank() from the top without a second sort: equals share the place of the first of them
                      %(customers)s - count(*) OVER by_value + 1 AS value_rank
                 FROM (SELECT stat.*, %(value)s AS value,
                              round((%(inactivity)s)::numeric, 2)::float8 AS inactivity_risk
                         FROM %(statistics)s stat) valued
               WINDOW by_value AS (ORDER BY value)""",
            customers=circumstances.customers,
            value=Scoring._sql_value(as_of, circumstances.policy.half_life_weeks),
            inactivity=Scoring._sql_inactivity(circumstances.model, as_of, circumstances.horizon_weeks),
            statistics=statistics,
        )

    @staticmethod
    def _sql_remembered(ranked, payment, previous) -> SQL:
        return SQL(
            """SELECT ranked.*, COALESCE(payment.ratio, 0) AS payment_risk,
                      COALESCE(payment.overdue, 0) AS overdue_amount,
                      previous.previous_segment_id, COALESCE(previous.was_payment_risk, FALSE) AS was_payment_risk
                 FROM (%(ranked)s) ranked
                 LEFT JOIN (%(payment)s) payment ON payment.partner_id = ranked.partner_id
                 LEFT JOIN (%(previous)s) previous ON previous.partner_id = ranked.partner_id""",
            ranked=ranked,
            payment=payment,
            previous=previous,
        )

    @api.model
    def _sql_decision(self, circumstances, remembered) -> SQL:
        """The rows of the query ``remembered`` with ``payment_high``, ``is_inactive`` and ``computed_segment_id``.

        :param remembered: query with ``purchase_days, contribution, value_percentile`` (0-100), ``inactivity_risk``
            (0-1), ``payment_risk, overdue_amount, previous_segment_id, was_payment_risk``, whatever else it carries
        """
        Segment = self.env["retail.segment"]
        policy, threshold = circumstances.policy, circumstances.threshold
        return SQL(
            """SELECT score.*, %(segment)s AS computed_segment_id, %(is_inactive)s AS is_inactive
                 FROM (SELECT remembered.*, %(payment_high)s AS payment_high FROM (%(remembered)s) remembered) score
                CROSS JOIN (SELECT %(median)s::float8 AS median_contribution) population""",
            segment=Segment._sql_decide(policy, threshold),
            is_inactive=Segment._sql_is_inactive(policy, threshold),
            payment_high=self.env["retail.payment.risk"]._sql_is_high(policy),
            remembered=remembered,
            median=circumstances.median_contribution,
        )
