from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# a broken promise may still be done after all
LATE_DAYS = 90


class RetailPromise(models.Model):
    """What becomes of promises by itself: kept by what the documents say, broken when their time is over.

    Set-based, for all customers of a company. Every statement changes open rows only: done twice, or by two at once,
    it changes nothing twice.
    """

    _inherit = "retail.promise"

    @api.model
    def _settle(self, company, now=None):
        """Bring the promises of the root ``company`` up to ``now`` (7 statements)."""
        now = now or fields.Datetime.now()
        self._note_delivery_dates(company, now)
        self._note_kept(company, now)
        return self._break_overdue(company, now)

    @api.model
    def _fulfilments(self, company):
        """Hook: ``{ending: SQL}``. Each selects, of ``waiting`` promises (id and all columns), those that are done:

        ``promise_id``, ``kept_at`` (moment in UTC, after it was promised) and ``kept_by_id`` (may be NULL).
        A glue addon adds a value to ``ending`` with ``selection_add``, and a statement here. They only read.
        """
        return {
            "delivery": self._sql_delivered(),
            "price": self._sql_sold_at_price(),
            "call": self._sql_called(),
        }

    @staticmethod
    def _sql_delivered() -> SQL:
        """All deliveries of the order have left; the last one counts."""
        return SQL(
            """SELECT waiting.id AS promise_id, max(picking.date_done) AS kept_at, NULL::int4 AS kept_by_id
                 FROM waiting
                 JOIN stock_picking picking ON picking.sale_id = waiting.order_id AND picking.state <> 'cancel'
                 JOIN stock_picking_type kind ON kind.id = picking.picking_type_id AND kind.code = 'outgoing'
                WHERE waiting.kind = 'date'
                GROUP BY waiting.id, waiting.made_at
               HAVING bool_and(picking.state = 'done') AND max(picking.date_done) >= waiting.made_at"""
        )

    def _sql_sold_at_price(self) -> SQL:
        """The first order of the customer with the product at that price or less."""
        return SQL(
            """SELECT waiting.id AS promise_id, min(sold.date_order) AS kept_at, NULL::int4 AS kept_by_id
                 FROM waiting
                 JOIN LATERAL (%(sold)s) sold ON sold.price <= waiting.price
                WHERE waiting.kind = 'price'
                GROUP BY waiting.id""",
            sold=self._sql_sold(SQL("waiting")),
        )

    @staticmethod
    def _sql_sold(promise) -> SQL:
        """What the customer of ``promise`` has ordered of its product since: ``price`` of one unit of the product, as
        it stands on the line, discounted, in the company's currency and to the cent."""
        return SQL(
            """SELECT sale.date_order,
                      round((line.price_unit * (1 - COALESCE(line.discount, 0) / 100)
                             * unit.factor / NULLIF(sold_unit.factor, 0)
                             / COALESCE(NULLIF(sale.currency_rate, 0), 1))::numeric, 2) AS price
                 FROM res_partner buyer
                 JOIN sale_order sale ON sale.partner_id = buyer.id AND sale.state = 'sale'
                                     AND sale.date_order >= %(promise)s.made_at
                 JOIN res_company branch ON branch.id = sale.company_id
                 JOIN sale_order_line line ON line.order_id = sale.id AND line.product_id = %(promise)s.product_id
                                          AND line.product_uom_qty > 0
                 JOIN product_product variant ON variant.id = line.product_id
                 JOIN product_template product ON product.id = variant.product_tmpl_id
                 JOIN uom_uom unit ON unit.id = product.uom_id
                 JOIN uom_uom sold_unit ON sold_unit.id = line.product_uom_id
                WHERE buyer.commercial_partner_id = %(promise)s.partner_id
                  AND split_part(branch.parent_path, '/', 1)::int4 = %(promise)s.company_id""",
            promise=promise,
        )

    @staticmethod
    def _sql_called() -> SQL:
        """Somebody has seen to an action of kind call."""
        return SQL(
            """SELECT DISTINCT ON (waiting.id) waiting.id AS promise_id, call.done_on AS kept_at,
                      call.done_by_id AS kept_by_id
                 FROM waiting
                 JOIN retail_action call ON call.partner_id = waiting.partner_id
                                        AND call.company_id = waiting.company_id AND call.kind = 'call'
                                        AND call.state = 'done' AND call.done_on >= waiting.made_at
                WHERE waiting.kind = 'call_back'
                ORDER BY waiting.id, call.done_on"""
        )

    @api.model
    def _note_kept(self, company, now, customers=None):
        """Note what is done, also too late, for ``customers`` (all unless given); returns the ids (1 statement)."""
        return self._run(
            SQL(
                """WITH waiting AS (
                        SELECT * FROM retail_promise
                         WHERE company_id = %(company)s AND kept_at IS NULL AND state IN ('open', 'broken')
                           AND due_at > %(first)s AND %(which)s)
                   UPDATE retail_promise promise
                      SET kept_at = done.kept_at, kept_by_id = done.kept_by_id,
                          late_hours = GREATEST(extract(epoch FROM done.kept_at - promise.due_at) / 3600, 0),
                          state = CASE WHEN promise.state = 'open' AND done.kept_at <= promise.due_at
                                       THEN 'kept' ELSE 'broken' END,
                          ending = CASE WHEN promise.state = 'broken' THEN promise.ending ELSE done.ending END,
                          closed_at = COALESCE(promise.closed_at, %(now)s)
                     FROM (SELECT DISTINCT ON (promise_id) * FROM (%(fulfilments)s) each
                            ORDER BY promise_id, kept_at) done
                    WHERE done.promise_id = promise.id AND promise.kept_at IS NULL
                      AND promise.state IN ('open', 'broken')
                RETURNING promise.id""",
                company=company.id,
                now=now,
                first=now - timedelta(days=LATE_DAYS),
                which=SQL("partner_id = ANY(%s)", customers.ids) if customers is not None else SQL("TRUE"),
                fulfilments=SQL(" UNION ALL ").join(
                    SQL("SELECT found.*, %s AS ending FROM (%s) found", ending, found)
                    for ending, found in self._fulfilments(company).items()
                ),
            )
        )

    @api.model
    def _take_back_calls(self, actions):
        """The calls ``actions`` were logged by mistake: whom they were promised to is still to be called."""
        calls = [("ending", "=", "call"), ("partner_id", "in", actions.partner_id.ids)]
        done = {(action.partner_id, action.company_id, action.done_on) for action in actions}
        kept = self.search([*calls, ("kept_at", "in", actions.mapped("done_on"))]).filtered(
            lambda one: (one.partner_id, one.company_id, one.kept_at) in done
        )
        kept.write(
            {
                "state": "open",
                "ending": False,
                "closed_at": False,
                "closed_by_id": False,
                "kept_at": False,
                "kept_by_id": False,
            }
        )
        kept._make_activities()

    @api.model
    def _break_overdue(self, company, now):
        """What is not done when its time is over is broken; returns the ids (1 statement).

        A price that the customer did not ask for is not broken: nobody refused it.
        """
        return self._run(
            SQL(
                """UPDATE retail_promise promise
                      SET state = CASE WHEN %(is_unused)s THEN 'withdrawn' ELSE 'broken' END,
                          ending = CASE WHEN %(is_unused)s THEN 'unused' ELSE 'overdue' END,
                          closed_at = %(now)s
                    WHERE promise.company_id = %(company)s AND promise.state = 'open' AND promise.due_at < %(now)s
                RETURNING promise.id""",
                company=company.id,
                now=now,
                is_unused=SQL(
                    """(promise.kind = 'price' AND NOT EXISTS (
                            SELECT FROM (%s) sold WHERE sold.date_order <= promise.due_at))""",
                    self._sql_sold(SQL("promise")),
                ),
            )
        )
