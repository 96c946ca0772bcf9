from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

RISK = "risk"


class RetailSegment(models.Model):
    """One row is a value segment: who a customer is to the shop. Which customers it holds is the policy's business."""

    _name = "retail.segment"
    _description = "Value segment"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short name that policies, imports and reports rely on.")
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    description = fields.Text(translate=True)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "Another segment already has this code: choose a different one."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for segment in self:
            if places := segment._get_uses():
                raise UserError(
                    self.env._(
                        "%(segment)s is in use: %(places)s. Archive the segment instead, and leave it out of the next "
                        "version of your policy.",
                        segment=segment.name,
                        places=places,
                    )
                )

    def _get_uses(self):
        """Names of the kinds of records that point to this segment (a query for each kind)."""
        pointers = (
            self.env["ir.model.fields"]
            .sudo()
            .search([("relation", "=", self._name), ("ttype", "=", "many2one"), ("store", "=", True)])
        )
        places = {}
        for pointer in pointers:
            model = self.env[pointer.model].sudo().with_context(active_test=False)
            if model._auto and model.search_count([(pointer.name, "=", self.id)], limit=1):
                places[pointer.model_id.name] = True
        return list(places)

    @api.model
    def _sql_decide(self, policy, inactivity_threshold) -> SQL:
        """The id of the segment of one customer. The only place where a segment is decided.

        The surrounding query offers one row per customer under the alias ``score`` with ``purchase_days``,
        ``contribution``, ``inactivity_risk`` (0-1), ``value_percentile`` (0-100), ``payment_high``, and of the last
        completed run with an earlier day ``previous_segment_id`` (computed) and ``was_payment_risk``; and under the
        alias ``population`` the ``median_contribution`` of all customers.

        In the order of the bands: inactivity risk of customers worth keeping; the value bands; whoever would land
        in one of them, except the last, is a payment risk instead while payment risk is high.

        :param policy: record of ``retail.policy``
        :param inactivity_threshold: q from which a customer enters the risk segment, 0-1
        """
        risk = policy._get_risk_band()
        value_bands = policy._get_value_bands()
        clauses = []
        if risk:
            is_inactive = self._sql_is_inactive(policy, inactivity_threshold)
            clauses.append(SQL("WHEN %s THEN %s", is_inactive, risk.segment_id.id))
        for position, band in enumerate(value_bands):
            is_last = band == value_bands[-1]
            clauses.append(
                SQL(
                    "WHEN %s THEN %s",
                    SQL("TRUE") if is_last else self._sql_in_value_band(band, value_bands[: position + 1]),
                    SQL("%s", band.segment_id.id)
                    if is_last or not risk
                    else SQL(
                        "CASE WHEN score.payment_high THEN %s ELSE %s END",
                        risk.segment_id.id,
                        band.segment_id.id,
                    ),
                )
            )
        return SQL("CASE %s END", SQL(" ").join(clauses))

    @api.model
    def _sql_is_inactive(self, policy, threshold) -> SQL:
        """Whether the customer ``score`` is worth keeping and likely to stay away."""
        # one purchase says nothing about a rhythm, and a customer who never brought much is not worth an alarm
        band = policy._get_risk_band()
        if not band:
            return SQL("FALSE")
        return SQL(
            """(score.purchase_days >= %(days)s AND (
                    score.contribution >= population.median_contribution AND score.inactivity_risk >= %(enter)s
                    -- whoever was a risk for another reason has nothing to stay for
                    OR score.previous_segment_id = %(segment)s AND NOT score.was_payment_risk
                       AND score.inactivity_risk >= %(stay)s))""",
            days=policy.risk_purchase_days,
            segment=band.segment_id.id,
            enter=threshold,
            stay=round(threshold - (band.enter - band.leave), 4),
        )

    def _sql_in_value_band(self, band, this_and_higher) -> SQL:
        # whoever was here or higher stays down to the leave threshold; this halves the label changes
        return SQL(
            """score.value_percentile >= CASE WHEN score.previous_segment_id IN %(higher)s
                                             THEN %(leave)s ELSE %(enter)s END""",
            higher=tuple(this_and_higher.segment_id.ids),
            leave=band.leave,
            enter=band.enter,
        )
