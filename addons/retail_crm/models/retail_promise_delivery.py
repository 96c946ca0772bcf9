from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

# orders confirmed so long ago still become promises, when the hourly job did not run
LOOK_BACK_DAYS = 7


class RetailPromise(models.Model):
    """The delivery date on a confirmed order is a promise; the hourly job notes it, and costs the confirmation nothing.

    Another date on the order is another promise, and a cancelled order withdraws it: at once (sale_order_promise.py).
    """

    _inherit = "retail.promise"

    @api.model
    def _note_delivery_dates(self, company, now, orders=None):
        """Promise what confirmed ``orders`` say, all of ``company`` unless given (3 statements). Idempotent.

        What is over already is left to :meth:`_break_overdue`. Returns the ids of promises that ended.
        """
        which = SQL("sale.id = ANY(%s)", orders.ids) if orders is not None else SQL("TRUE")
        ended = self._run(self._sql_cancelled(company, now, which))
        ended += self._run(self._sql_moved(company, now, which))
        self._run(self._sql_promised(company, now, which))
        return ended

    def _run(self, statement):
        """Ids of the rows that ``statement`` returns."""
        self.env.flush_all()
        ids = [row[0] for row in self.env.execute_query(statement)]
        if ids:
            self.env.invalidate_all(flush=False)
        return ids

    def _sql_cancelled(self, company, now, which) -> SQL:
        return SQL(
            """UPDATE retail_promise promise
                  SET state = 'withdrawn', ending = 'cancelled', closed_at = %(now)s, closed_by_id = %(user)s
                 FROM sale_order sale
                WHERE sale.id = promise.order_id AND sale.state = 'cancel' AND promise.kind = 'date'
                  AND promise.company_id = %(company)s AND promise.state = 'open' AND promise.due_at >= %(now)s
                  AND %(which)s
            RETURNING promise.id""",
            company=company.id,
            now=now,
            user=self._get_who(),
            which=which,
        )

    def _sql_moved(self, company, now, which) -> SQL:
        """A date that is taken away withdraws the promise; one that is over already moves nothing."""
        return SQL(
            """UPDATE retail_promise promise
                  SET state = CASE WHEN sale.commitment_date IS NULL THEN 'withdrawn' ELSE 'moved' END,
                      ending = 'order_date', closed_at = %(now)s, closed_by_id = %(user)s
                 FROM sale_order sale
                WHERE sale.id = promise.order_id AND sale.state = 'sale' AND promise.source = 'order'
                  AND promise.company_id = %(company)s AND promise.state = 'open' AND promise.due_at >= %(now)s
                  AND sale.commitment_date IS DISTINCT FROM promise.due_at
                  AND (sale.commitment_date > %(now)s) IS NOT FALSE AND %(which)s
            RETURNING promise.id""",
            company=company.id,
            now=now,
            user=self._get_who(),
            which=which,
        )

    def _sql_promised(self, company, now, which) -> SQL:
        """Orders with goods whose date is not noted yet; who sells keeps the promise, else who owns the customer."""
        return SQL(
            """INSERT INTO retail_promise (
                   company_id, partner_id, kind, text, keeper_id, due_at, due_on, order_id, source, made_by_id, made_at,
                   segment_id, strategy_id, state, late_hours, replaces_id, create_uid, create_date, write_uid,
                   write_date)
               SELECT %(company)s, partner.commercial_partner_id, 'date', replace(%(text)s, '{order}', sale.name),
                      keeper.id, sale.commitment_date,
                      timezone(COALESCE(person.tz, shop.retail_tz), timezone('UTC', sale.commitment_date))::date,
                      sale.id, 'order', COALESCE(sale.user_id, sale.create_uid),
                      CASE WHEN earlier.id IS NULL THEN sale.date_order ELSE %(now)s END,
                      profile.segment_id, profile.strategy_id, 'open', 0, earlier.id,
                      %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
                 FROM sale_order sale
                 JOIN res_company branch ON branch.id = sale.company_id
                                        AND split_part(branch.parent_path, '/', 1)::int4 = %(company)s
                 JOIN res_company shop ON shop.id = %(company)s
                 JOIN res_partner partner ON partner.id = sale.partner_id
                 LEFT JOIN retail_profile profile ON profile.partner_id = partner.commercial_partner_id
                                                 AND profile.company_id = %(company)s
                 LEFT JOIN retail_owner owner ON owner.partner_id = partner.commercial_partner_id
                                             AND owner.company_id = %(company)s AND owner.until IS NULL
                 LEFT JOIN LATERAL (
                     SELECT users.id, users.partner_id FROM res_users users
                      WHERE users.id IN (sale.user_id, owner.user_id) AND users.active
                      ORDER BY users.id = sale.user_id DESC NULLS LAST LIMIT 1) keeper ON TRUE
                 LEFT JOIN res_partner person ON person.id = keeper.partner_id
                 LEFT JOIN LATERAL (
                     SELECT moved.id FROM retail_promise moved
                      WHERE moved.order_id = sale.id AND moved.source = 'order' AND moved.state = 'moved'
                        AND NOT EXISTS (SELECT FROM retail_promise later WHERE later.replaces_id = moved.id)
                      ORDER BY moved.closed_at DESC, moved.id DESC LIMIT 1) earlier ON TRUE
                WHERE sale.state = 'sale' AND sale.commitment_date > sale.date_order
                  AND (sale.commitment_date >= %(now)s OR sale.date_order >= %(first)s)
                  -- services are not delivered on a day
                  AND EXISTS (SELECT FROM stock_picking picking
                                JOIN stock_picking_type kind ON kind.id = picking.picking_type_id
                               WHERE picking.sale_id = sale.id AND kind.code = 'outgoing' AND picking.state <> 'cancel')
                  -- what somebody has withdrawn is not promised again by itself
                  AND NOT EXISTS (SELECT FROM retail_promise known
                                   WHERE known.order_id = sale.id AND known.source = 'order'
                                     AND known.due_at = sale.commitment_date AND known.state <> 'moved'
                                     AND known.made_at >= sale.date_order)
                  AND %(which)s
               ON CONFLICT DO NOTHING
            RETURNING id""",
            company=company.id,
            text=self._get_words(company),
            now=now,
            first=now - timedelta(days=LOOK_BACK_DAYS),
            user=self.env.uid,
            which=which,
        )

    def _get_words(self, company):
        """In the shop's language, because the words stay."""
        shop = self.with_context(lang=company.partner_id.lang or self.env.lang)
        return shop.env._("Delivery of %(order)s in time", order="{order}")

    def _get_who(self):
        """The person at work; None when it is the scheduled action."""
        return None if self.env.user._is_superuser() else self.env.uid
