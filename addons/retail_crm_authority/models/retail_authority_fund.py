from odoo import api, fields, models
from odoo.tools import SQL

from ..limits.figures import CLOSE

COLUMNS = ("discount_used", "gift_used", "points_used")


class RetailAuthorityFund(models.Model):
    """What a person has granted in a month and a company, in its currency; points in points. The rows are summed.

    What is held against a limit of the month is counted in one row, which every such grant updates: of two orders that
    need the last of it, the second waits for the first, fails to serialize, and is retried by the server, which then
    finds the fund empty. Everything else, what is given back as well (negative), has a row of its own, so that nobody
    waits for anybody where nothing is limited.
    """

    _name = "retail.authority.fund"
    _description = "Granted in a month"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    is_limited = fields.Boolean(
        string="Held against a limit",
        required=True,
        readonly=True,
        help="The row in which everything held against a limit is counted.",
    )
    discount_used = fields.Float(required=True, readonly=True)
    gift_used = fields.Float(required=True, readonly=True)
    points_used = fields.Float(required=True, readonly=True)

    _month_index = models.Index("(user_id, company_id, month)")
    _limited_uniq = models.UniqueIndex("(user_id, company_id, month) WHERE is_limited")

    @api.model
    def _take(self, user, company, limits, discount=0.0, gift=0.0, points=0.0, paid=0.0, order=None):
        """Count what ``user`` grants, if the ``limits`` of the month leave room (1 query). Returns whether they did.

        :param paid: what the customer pays before tax for what is granted, in the currency of the company
        :param order: the order it is granted on, which may be among the confirmed ones already
        """
        key = self._get_key(user.id, company, self._get_month(company))
        if not limits.has_month:
            self._add(key, discount, gift, points)
            return True
        counted = self.env.execute_query(
            SQL(
                """WITH free AS (%(free)s)
                   INSERT INTO retail_authority_fund AS fund
                          (user_id, company_id, month, is_limited, discount_used, gift_used, points_used)
                   SELECT %(user)s, %(company)s, %(month)s, TRUE, %(discount)s, %(gift)s, %(points)s
                     FROM free
                    WHERE free.discount + %(discount)s <= %(most_discount)s
                      AND free.gift + %(gift)s <= %(most_gift)s
                      AND free.points + %(points)s <= %(most_points)s AND %(share)s
                       ON CONFLICT (user_id, company_id, month) WHERE is_limited
                       DO UPDATE SET discount_used = fund.discount_used + EXCLUDED.discount_used,
                                     gift_used = fund.gift_used + EXCLUDED.gift_used,
                                     points_used = fund.points_used + EXCLUDED.points_used
                           WHERE (SELECT fund.discount_used + free.discount + %(discount)s <= %(most_discount)s
                                     AND fund.gift_used + free.gift + %(gift)s <= %(most_gift)s
                                     AND fund.points_used + free.points + %(points)s <= %(most_points)s
                                     AND %(share_so_far)s
                                    FROM free)
                   RETURNING fund.id""",
                free=self._sql_free(key),
                discount=discount,
                gift=gift,
                points=points,
                most_discount=limits.month_amount + CLOSE,
                most_gift=limits.month_gift + CLOSE,
                most_points=limits.month_points,
                share=self._sql_share_fits(key, limits, SQL("free.discount"), discount, paid, order),
                share_so_far=self._sql_share_fits(
                    key, limits, SQL("(fund.discount_used + free.discount)"), discount, paid, order
                ),
                **key,
            )
        )
        self.invalidate_model(COLUMNS, flush=False)
        return bool(counted)

    def _sql_free(self, key):
        """What was granted without a limit, less all that was given back."""
        return SQL(
            """SELECT COALESCE(sum(discount_used), 0) AS discount, COALESCE(sum(gift_used), 0) AS gift,
                      COALESCE(sum(points_used), 0) AS points
                 FROM retail_authority_fund
                WHERE user_id = %(user)s AND company_id = %(company)s AND month = %(month)s AND NOT is_limited""",
            **key,
        )

    def _sql_share_fits(self, key, limits, used, discount, paid, order):
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
                       AND sold.id <> %(order)s
                       AND split_part(shop.parent_path, '/', 1) = %(company)s::text), 0))""",
            used=used,
            discount=discount,
            most=limits.month_percent / 100,
            paid=paid,
            order=order.id if order else 0,
            **key,
        )

    @api.model
    def _give_back(self, user_id, company, month, discount=0.0, gift=0.0, points=0.0):
        """What was granted is not granted any more (1 query)."""
        self._add(self._get_key(user_id, company, month), -discount, -gift, -points)

    def _add(self, key, discount, gift, points):
        self.env.cr.execute(
            SQL(
                """INSERT INTO retail_authority_fund
                          (user_id, company_id, month, is_limited, discount_used, gift_used, points_used)
                   VALUES (%(user)s, %(company)s, %(month)s, FALSE, %(discount)s, %(gift)s, %(points)s)""",
                discount=discount,
                gift=gift,
                points=points,
                **key,
            )
        )
        self.invalidate_model(COLUMNS, flush=False)

    @api.model
    def _get_used(self, user, company):
        """What was granted this month: by the names of the columns (1 query)."""
        company = company._origin
        key = self._get_key(user.id, company, self._get_month(company))
        domain = [(f"{name}_id" if name != "month" else name, "=", value) for name, value in key.items()]
        [sums] = self.sudo()._read_group(domain, aggregates=[f"{name}:sum" for name in COLUMNS])
        return {name: used or 0 for name, used in zip(COLUMNS, sums, strict=True)}

    def _get_key(self, user_id, company, month):
        return {"user": user_id, "company": company.root_id.id, "month": month}

    def _get_month(self, company):
        return self.env["retail.run"]._today(company.sudo().root_id).replace(day=1)
