from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

# first purchases of so many months are followed, for as many months
MONTHS = 24
# what changes slowly is counted anew after so many days, and on full runs
COUNT_DAYS = 7


class RetailCohort(models.Model):
    """One row is a month of a cohort: how many of those who bought first in ``month`` bought ``month_offset`` later.

    Offset 0 is the month of the first purchase, hence the size of the cohort. Months in which nobody of the cohort
    bought or returned anything have no row. Money in the company's currency, returns on the day of what they return.
    """

    _name = "retail.cohort"
    _description = "Customers who came back"
    _order = "company_id, month, month_offset"
    _rec_name = "month"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(string="Counted for", required=True, readonly=True)
    month = fields.Date(
        string="First purchase in", required=True, readonly=True, help="First day of the month."
    )
    month_offset = fields.Integer(string="Months since", required=True, readonly=True, aggregator=None)
    customers = fields.Integer(string="Customers who bought", readonly=True)
    contribution = fields.Monetary(
        readonly=True,
        # of a cohort of one it is that of a single purchase, which tells the cost
        groups="retail_crm.group_manager,retail_crm.group_finance,retail_crm.group_auditor",
    )

    _company_month_offset_uniq = models.Constraint("UNIQUE(company_id, month, month_offset)")

    @api.model
    def _is_due(self, company, as_of):
        """Whether the company's cohorts were never counted, or not lately (1 query)."""
        last = self.search([("company_id", "=", company.id)], limit=1).as_of
        return not last or as_of - last >= timedelta(days=COUNT_DAYS)

    @api.model
    def _replace(self, company, as_of):
        """Count the cohorts of ``company`` anew from the purchases that a run has at hand, up to the day ``as_of``.

        One look at ``retail.purchase.facts``, beside the statistics of the same day; costs what these cost.
        """
        self.env.cr.execute(
            SQL(
                """DELETE FROM retail_cohort WHERE company_id = %(company)s;
                   INSERT INTO retail_cohort (company_id, as_of, month, month_offset, customers, contribution)
                   SELECT %(company)s, %(as_of)s, month,
                          (extract(year FROM age(bought_in, month)) * 12
                           + extract(month FROM age(bought_in, month)))::int4,
                          count(*) FILTER (WHERE has_bought), sum(contribution)
                     FROM (%(customer_months)s) customer_month
                    GROUP BY month, bought_in""",
                company=company.id,
                as_of=as_of,
                customer_months=self._sql_customer_months(company, as_of),
            )
        )
        self.invalidate_model()

    def _sql_customer_months(self, company, as_of) -> SQL:
        """One row per customer of the cohorts and month with a purchase or return."""
        return SQL(
            """SELECT date_trunc('month', min(stat.first_day)::timestamp)::date AS month,
                      date_trunc('month', fact.day::timestamp)::date AS bought_in,
                      bool_or(NOT fact.is_return) AS has_bought, sum(fact.contribution) AS contribution
                 FROM retail_profile_statistics stat
                 JOIN %(facts)s fact ON fact.partner_id = stat.partner_id
                WHERE stat.company_id = %(company)s AND stat.first_day >= %(first_month)s
                  -- a return may belong to a day that no known purchase stands for
                  AND fact.day >= stat.first_day AND fact.day <= %(as_of)s AND fact.known_on <= %(as_of)s
                GROUP BY fact.partner_id, 2""",
            facts=self.env["retail.purchase.facts"]._get_all(company),
            company=company.id,
            first_month=as_of.replace(day=1) - relativedelta(months=MONTHS - 1),
            as_of=as_of,
        )
