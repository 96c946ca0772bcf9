from odoo import api, fields, models
from odoo.tools import SQL

from ..limits.figures import CLOSE

COLUMNS = ("discount_used", "gift_used", "points_used")


class RetailAuthorityFund(models.Model):
    """One row is what a person has granted in a month and a company, in its currency; points in points.

    Whoever grants updates this row: of two orders that need the last of it, the second waits for the first, fails to
    serialize, and is retried by the server, which then finds the fund empty.
    """

    _name = "retail.authority.fund"
    _description = "Granted in a month"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    discount_used = fields.Float(required=True, readonly=True)
    gift_used = fields.Float(required=True, readonly=True)
    points_used = fields.Float(required=True, readonly=True)

    _month_uniq = models.Constraint(
        "UNIQUE(user_id, company_id, month)", "This month is being counted already."
    )

    @api.model
    def _take(self, user, company, limits, discount=0.0, gift=0.0, points=0.0, paid=0.0, order=None):
        """Count what ``user`` grants, if the ``limits`` of the month leave room (1 query). Returns whether they did.

        :param paid: what the customer pays before tax for what is granted, in the currency of the company
        :param order: the order it is granted on, which may be among the confirmed ones already
        """
        month = self._get_month(company)
        counted = self.env.execute_query(
            SQL(
                """INSERT INTO retail_authority_fund AS fund
                          (user_id, company_id, month, discount_used, gift_used, points_used)
                   SELECT %(user)s, %(company)s, %(month)s, %(discount)s, %(gift)s, %(points)s
                    WHERE %(discount)s <= %(most_discount)s AND %(gift)s <= %(most_gift)s
                      AND %(points)s <= %(most_points)s AND %(share)s
                       ON CONFLICT (user_id, company_id, month)
                       DO UPDATE SET discount_used = fund.discount_used + EXCLUDED.discount_used,
                                     gift_used = fund.gift_used + EXCLUDED.gift_used,
                                     points_used = fund.points_used + EXCLUDED.points_used
                           WHERE fund.discount_used + %(discount)s <= %(most_discount)s
                             AND fund.gift_used + %(gift)s <= %(most_gift)s
                             AND fund.points_used + %(points)s <= %(most_points)s
                             AND %(share_so_far)s
                   RETURNING fund.id""",
                user=user.id,
                company=company.root_id.id,
                month=month,
                discount=discount,
                gift=gift,
                points=points,
                most_discount=limits.month_amount + CLOSE,
                most_gift=limits.month_gift + CLOSE,
                most_points=limits.month_points,
                share=self._sql_share_fits(user, company, limits, SQL("0"), discount, paid, order),
                share_so_far=self._sql_share_fits(
                    user, company, limits, SQL("fund.discount_used"), discount, paid, order
                ),
            )
        )
        self.invalidate_model(COLUMNS, flush=False)
        return bool(counted)

    def _sql_share_fits(self, user, company, limits, used, discount, paid, order):
        """Whether the discounts of the month stay within their share of what the person's orders cost at list price."""
        if limits.month_percent >= 100 or not discount:
            return SQL("TRUE")
        self.env["sale.order"].flush_model(["user_id", "state", "date_order", "amount_untaxed", "company_id"])
        return SQL(
            """%(used)s + %(discount)s <= %(most)s * (%(used)s + %(discount)s + %(paid)s + COALESCE(
                   (SELECT sum(sold.amount_untaxed / COALESCE(NULLIF(sold.currency_rate, 0), 1))
                      FROM sale_order sold
                      JOIN res_company shop ON shop.id = sold.company_id
                     WHERE sold.user_id = %(user)s AND sold.state = 'sale' AND sold.date_order >= %(month)s
                       AND sold.id <> %(order)s AND split_part(shop.parent_path, '/', 1) = %(company)s), 0))""",
            used=used,
            discount=discount,
            most=limits.month_percent / 100,
            paid=paid,
            user=user.id,
            month=self._get_month(company),
            order=order.id if order else 0,
            company=str(company.root_id.id),
        )

    @api.model
    def _give_back(self, user_id, company, month, discount=0.0, gift=0.0, points=0.0):
        """What was granted is not granted any more (1 query)."""
        self.env.cr.execute(
            SQL(
                """UPDATE retail_authority_fund
                      SET discount_used = GREATEST(discount_used - %(discount)s, 0),
                          gift_used = GREATEST(gift_used - %(gift)s, 0),
                          points_used = GREATEST(points_used - %(points)s, 0)
                    WHERE user_id = %(user)s AND company_id = %(company)s AND month = %(month)s""",
                discount=discount,
                gift=gift,
                points=points,
                user=user_id,
                company=company.root_id.id,
                month=month,
            )
        )
        self.invalidate_model(COLUMNS, flush=False)

    @api.model
    def _get_used(self, user, company):
        """The row of this month, empty when nothing was granted yet (1 query)."""
        return self.sudo().search(
            [
                ("user_id", "=", user.id),
                ("company_id", "=", company._origin.root_id.id),
                ("month", "=", self._get_month(company._origin)),
            ]
        )

    def _get_month(self, company):
        return self.env["retail.run"]._today(company.sudo().root_id).replace(day=1)
