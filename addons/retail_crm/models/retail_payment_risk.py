from odoo import api, models
from odoo.tools import SQL

GRACE_DAYS = 7
# A paid bill counts half after this many days; one that is still open always counts in full.
HALF_LIFE_DAYS = 30


class RetailPaymentRisk(models.AbstractModel):
    """How customers pay, from the receivable lines of the accounts. It vetoes a segment; it is no part of the value."""

    _name = "retail.payment.risk"
    _description = "Payment risk"

    @api.model
    def _sql_payment_risk(self, company, as_of) -> SQL:
        """Rows (partner_id, ratio, overdue) of customers with a bill due before the day.

        ``ratio`` (0-1) is ``sum(w * unpaid 7 days after due) / sum(w * amount)`` with ``w = 0.5^(days since due/30)``,
        or 1 while open. A bill whose seven days are not over is not late yet. ``overdue`` is what is open past due, in
        company currency. Payments after the day are ignored, so that a back-test never sees the future.
        """
        return SQL(
            """SELECT bill.partner_id, bill.ratio, bill.overdue FROM (
                   SELECT partner_id,
                          sum(weight * CASE WHEN due + %(grace)s <= %(as_of)s THEN amount - paid_in_time ELSE 0 END)
                              / NULLIF(sum(weight * amount), 0) AS ratio,
                          sum(amount - paid) AS overdue
                     FROM (SELECT dues.*,
                                  CASE WHEN amount > paid THEN 1
                                       ELSE power(0.5::float8, (%(as_of)s::date - due) / %(half_life)s::float8)
                                       END AS weight
                             FROM (%(dues)s) dues) weighted
                    GROUP BY partner_id) bill""",
            grace=GRACE_DAYS,
            half_life=HALF_LIFE_DAYS,
            as_of=as_of,
            dues=self._sql_dues(company, as_of),
        )

    @api.model
    def _sql_is_high(self, policy) -> SQL:
        """Whether the customer ``remembered`` is a payment risk: easier to stay than to become one."""
        return SQL(
            """((remembered.payment_risk >= %(enter)s AND remembered.overdue_amount > %(amount)s)
                OR (remembered.was_payment_risk AND remembered.payment_risk >= %(leave)s))""",
            enter=policy.payment_enter,
            leave=policy.payment_leave,
            amount=policy.payment_overdue_amount,
        )

    def _sql_dues(self, company, as_of) -> SQL:
        """Rows (partner_id, due, amount, paid_in_time, paid) of posted receivables due before the day.

        Shares are taken in the bill's own currency: a bill in euro is paid when the euros are, on that day, whatever
        their rate and whenever the difference of rates is booked.
        """
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id, line.date_maturity AS due,
                      line.balance::float8 AS amount,
                      (line.balance * COALESCE(payment.in_time, 0) / line.amount_currency)::float8 AS paid_in_time,
                      (line.balance * COALESCE(payment.total, 0) / line.amount_currency)::float8 AS paid
                 FROM account_move_line line
                 JOIN account_account account ON account.id = line.account_id
                 JOIN res_partner partner ON partner.id = line.partner_id
                 LEFT JOIN LATERAL (
                     SELECT sum(partial.debit_amount_currency) AS total,
                            sum(partial.debit_amount_currency)
                                FILTER (WHERE partial.max_date <= line.date_maturity + %(grace)s) AS in_time
                       FROM account_partial_reconcile partial
                      WHERE partial.debit_move_id = line.id AND partial.max_date <= %(as_of)s) payment ON TRUE
                WHERE account.account_type = 'asset_receivable' AND line.parent_state = 'posted' AND line.balance > 0
                  -- a difference of rates has no amount in the bill's currency: nobody owes it
                  AND line.amount_currency > 0
                  AND line.date_maturity < %(as_of)s AND line.company_id = ANY(%(companies)s)""",
            as_of=as_of,
            grace=GRACE_DAYS,
            companies=self.env["retail.profile.statistics"]._get_branches(company).ids,
        )
