from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .stock_move_protection import Protections

# first key of the advisory locks of those who reserve; the second is the product's, in so many slots
LOCK_SPACE = 1_914_006
LOCK_SLOTS = 1024
# as long as the free stock is that many times what one wants, no crowd of clerks can take it all in one moment
CROWD = 32
# in which Odoo's scheduler cuts what waits into batches
SCHEDULER_ORDER = "reservation_date, priority desc, date asc, id asc"


class StockMove(models.Model):
    _inherit = "stock.move"

    @api.model
    @api.readonly
    def search(self, domain, offset=0, limit=None, order=None):
        """Scarce stock must not go to the first batch of the scheduler because of its dates alone."""
        if order == SCHEDULER_ORDER:
            order = f"priority desc, retail_rank desc, {order}"
        return super().search(domain, offset=offset, limit=limit, order=order)

    def _action_assign(self, force_qty=False):
        """Scarce stock goes to who comes first under the strategies, and never twice to two who ask at once."""
        moves = self._sort_for_reservation()
        moves = moves.with_context(retail_protections=moves._lock_scarce_stock())
        return super(StockMove, moves)._action_assign(force_qty=force_qty)

    def _trigger_assign(self):
        """Goods that were bought for an order are that order's, whoever else waits."""
        return super(
            StockMove, self.with_context(retail_bought_for=frozenset(self.reference_ids.ids))
        )._trigger_assign()

    def _sort_for_reservation(self):
        """Urgent ones first, then by place of the service class; otherwise the order in which they came."""
        if self.env.context.get("retail_keeps_order"):
            return self
        bought_for = self.env.context.get("retail_bought_for") or frozenset()
        moves = self.sudo().sorted(
            lambda move: (
                not (bought_for and bought_for & set(move.reference_ids.ids)),
                -int(move.priority or 0),
                -move.retail_rank,
            )
        )
        return moves.sudo(self.env.su)

    def _lock_scarce_stock(self):
        """Make others who want the same scarce products wait until this transaction is over (1 or 2 queries).

        Odoo's own lock of a quant skips what another one holds and reserves on a new, empty quant: the same unit
        twice. Here the second waits; when the first has reserved, its turn ends in a serialization error, which the
        server answers by trying again with what is left. Where there is plenty nobody waits.

        :return: ids of the protections in force of these products
        """
        wanted = self._get_wanted_stock()
        if not wanted:
            return Protections()
        self.env["stock.quant"].flush_model(["product_id", "location_id", "quantity", "reserved_quantity"])
        self.env["retail.protection"].flush_model()
        self.env.cr.execute(self._sql_scarce_stock(wanted))
        found = self.env.cr.fetchall()
        if scarce := [(product, path) for product, path, is_scarce, _protections in found if is_scarce]:
            self._wait_for_stock(scarce)
        return Protections({protection for *_stock, protections in found for protection in protections})

    def _sql_scarce_stock(self, wanted) -> SQL:
        """What there is anything of: product, path, whether it is scarce, ids of its protections."""
        keys = sorted(wanted)
        return SQL(
            """
            SELECT stock.product_id, stock.path,
                   -- who finds plenty shares it with others who do, unless somebody is about to take it all
                   NOT CASE WHEN stock.free >= stock.need * %(crowd)s AND stock.protections = '{}'
                            THEN pg_try_advisory_xact_lock_shared(%(space)s, stock.product_id %% %(slots)s)
                            ELSE FALSE END,
                   stock.protections
              FROM (SELECT wanted.*, %(protections)s AS protections, free.quantity AS free
                      FROM unnest(%(products)s, %(paths)s, %(needs)s) AS wanted(product_id, path, need),
                           LATERAL (SELECT sum(quant.quantity - quant.reserved_quantity)::float8 AS quantity
                                      FROM stock_quant quant
                                      JOIN stock_location location ON location.id = quant.location_id
                                     WHERE quant.product_id = wanted.product_id
                                       AND location.parent_path LIKE wanted.path || '%%') free
                     WHERE free.quantity > 0) stock
            """,
            protections=self.env["retail.protection"]._sql_active(
                SQL.identifier("wanted", "product_id"), SQL.identifier("wanted", "path")
            ),
            products=[product for product, _path in keys],
            paths=[path for _product, path in keys],
            needs=[wanted[key] for key in keys],
            crowd=CROWD,
            space=LOCK_SPACE,
            slots=LOCK_SLOTS,
        )

    def _get_wanted_stock(self):
        """Quantity by product and path of the location it shall come from; units of the product."""
        wanted = defaultdict(float)
        for move in self.sudo():
            if move.state in ("done", "cancel") or move.picked or move._should_bypass_reservation():
                continue
            wanted[move.product_id.id, move.location_id.parent_path] += move.product_qty
        return wanted

    def _wait_for_stock(self, scarce):
        """Wait for who reserves these (product, path of the location) now (1 query).

        :raise psycopg2.errors.SerializationFailure: who was waited for took some
        """
        self.env.cr.execute(
            SQL(
                """
                WITH turn AS MATERIALIZED (
                    SELECT pg_advisory_xact_lock(%(space)s, slot)
                      FROM (SELECT DISTINCT product_id %% %(slots)s AS slot
                              FROM unnest(%(products)s) product_id ORDER BY 1) slots
                )
                SELECT quant.id
                  FROM stock_quant quant
                  JOIN stock_location location ON location.id = quant.location_id
                 WHERE (SELECT count(*) FROM turn) > 0
                   AND EXISTS (SELECT FROM unnest(%(products)s, %(paths)s) AS scarce(product_id, path)
                                WHERE quant.product_id = scarce.product_id
                                  AND location.parent_path LIKE scarce.path || '%%')
                   AND quant.product_id = ANY(%(products)s)
                 ORDER BY quant.id
                   FOR NO KEY UPDATE OF quant
                """,
                space=LOCK_SPACE,
                slots=LOCK_SLOTS,
                products=[product for product, _path in scarce],
                paths=[path for _product, path in scarce],
            ),
            log_exceptions=False,
        )
