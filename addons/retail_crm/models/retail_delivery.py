from odoo import fields, models
from odoo.tools import SQL


class RetailDelivery(models.Model):
    """One row is what a customer was promised and got: a delivery that is done, with what was delivered later of it.

    On time: all of it by the promised moment. In full: at once and all of it. Segment and strategy are those of the
    moment when the delivery was made: Odoo wipes the priority when it is done, and customers move. Quantities in the
    units of the products. A query, nothing is stored; deliveries without a promise, as at the till, are no part of it.
    """

    _name = "retail.delivery"
    _description = "Delivery performance"
    _auto = False
    _order = "done_on desc, id desc"
    _rec_name = "reference"
    _depends = {
        "res.partner": ["commercial_partner_id"],
        "sale.order": ["name", "partner_id"],
        "stock.move": [
            "origin_returned_move_id",
            "picking_id",
            "product_qty",
            "product_uom_qty",
            "quantity",
            "state",
        ],
        "stock.picking": [
            "backorder_id",
            "company_id",
            "date_deadline",
            "date_done",
            "name",
            "partner_id",
            "picking_type_id",
            "retail_frozen_segment_id",
            "retail_frozen_strategy_id",
            "sale_id",
            "state",
        ],
        "stock.picking.type": ["code", "warehouse_id"],
    }

    reference = fields.Char(string="Delivery", readonly=True)
    order_reference = fields.Char(string="Order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    segment_id = fields.Many2one(
        "retail.segment", readonly=True, help="Of the customer when the delivery was made."
    )
    strategy_id = fields.Many2one(
        "retail.strategy", readonly=True, help="Under which the delivery was served."
    )
    promised_on = fields.Datetime(string="Promised", readonly=True)
    done_on = fields.Datetime(string="Delivered", readonly=True, help="The last part of it.")
    days_late = fields.Float(
        string="Days late", readonly=True, aggregator="avg", digits=(16, 1), help="0 when on time."
    )
    is_on_time = fields.Boolean(string="Was on time", readonly=True)
    is_in_full = fields.Boolean(string="Was in full", readonly=True)
    on_time_rate = fields.Float(string="On time (%)", readonly=True, aggregator="avg", digits=(16, 1))
    in_full_rate = fields.Float(string="In full (%)", readonly=True, aggregator="avg", digits=(16, 1))
    otif_rate = fields.Float(
        string="On time in full (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Share of deliveries that came at once, complete and by the promised moment.",
    )
    delivered_quantity = fields.Float(string="Delivered quantity", digits="Product Unit", readonly=True)
    returned_quantity = fields.Float(string="Returned quantity", digits="Product Unit", readonly=True)
    returned_rate = fields.Float(
        string="Returned (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Share of the delivered quantity that came back, of a delivery on average.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT picking.id, picking.name AS reference, sale.name AS order_reference,
                   customer.commercial_partner_id AS partner_id, picking.company_id, type.warehouse_id,
                   picking.retail_frozen_segment_id AS segment_id, picking.retail_frozen_strategy_id AS strategy_id,
                   picking.date_deadline AS promised_on, parts.done_on,
                   fact.is_on_time, fact.is_in_full,
                   CASE WHEN fact.is_on_time THEN 100.0 ELSE 0 END AS on_time_rate,
                   CASE WHEN fact.is_in_full THEN 100.0 ELSE 0 END AS in_full_rate,
                   CASE WHEN fact.is_on_time AND fact.is_in_full THEN 100.0 ELSE 0 END AS otif_rate,
                   GREATEST(EXTRACT(EPOCH FROM parts.until - picking.date_deadline) / 86400.0, 0) AS days_late,
                   goods.delivered AS delivered_quantity, goods.returned AS returned_quantity,
                   COALESCE(100.0 * goods.returned / NULLIF(goods.delivered, 0), 0) AS returned_rate
              FROM stock_picking picking
              JOIN stock_picking_type type ON type.id = picking.picking_type_id AND type.code = 'outgoing'
              LEFT JOIN sale_order sale ON sale.id = picking.sale_id
              LEFT JOIN res_partner customer ON customer.id = COALESCE(sale.partner_id, picking.partner_id)
             CROSS JOIN LATERAL (%(parts)s) parts
             CROSS JOIN LATERAL (%(goods)s) goods
             CROSS JOIN LATERAL (SELECT parts.until <= picking.date_deadline AS is_on_time,
                                        parts.later = 0 AND NOT COALESCE(goods.is_cut, FALSE) AS is_in_full) fact
             WHERE picking.state = 'done' AND picking.backorder_id IS NULL AND picking.date_deadline IS NOT NULL
            """,
            parts=self._sql_parts(),
            goods=self._sql_goods(),
        )

    def _sql_parts(self) -> SQL:
        """The delivery with its backorders: how many came later, and until when one had to wait."""
        return SQL(
            """
            WITH RECURSIVE part(id, state, date_done) AS (
                SELECT picking.id, picking.state, picking.date_done
                UNION ALL
                SELECT later.id, later.state, later.date_done
                  FROM part JOIN stock_picking later ON later.backorder_id = part.id
            )
            SELECT array_agg(id) AS ids, count(*) - 1 AS later, max(date_done) FILTER (WHERE state = 'done') AS done_on,
                   -- who still waits for a part waits until now at least
                   max(CASE state WHEN 'done' THEN date_done WHEN 'cancel' THEN NULL
                                  ELSE now() AT TIME ZONE 'UTC' END) AS until
              FROM part
            """
        )

    def _sql_goods(self) -> SQL:
        """What was delivered of it and came back, and whether some was never delivered."""
        return SQL(
            """
            SELECT COALESCE(sum(move.quantity * unit.share) FILTER (WHERE move.state = 'done'), 0) AS delivered,
                   bool_or(CASE move.state WHEN 'done' THEN move.quantity ELSE 0 END
                           < move.product_uom_qty) FILTER (WHERE move.state IN ('done', 'cancel')) AS is_cut,
                   COALESCE(sum(back.quantity) FILTER (WHERE move.state = 'done'), 0) AS returned
              FROM stock_move move
             -- into the unit of the product
             CROSS JOIN LATERAL (SELECT COALESCE(move.product_qty / NULLIF(move.product_uom_qty, 0), 1) AS share) unit
             CROSS JOIN LATERAL (SELECT sum(returned.quantity * COALESCE(returned.product_qty
                                                                 / NULLIF(returned.product_uom_qty, 0), 1)) AS quantity
                                   FROM stock_move returned
                                  WHERE returned.origin_returned_move_id = move.id AND returned.state = 'done') back
             WHERE move.picking_id = ANY(parts.ids)
            """
        )

    def action_open_picking(self):
        """The delivery itself, for who may see it."""
        self.ensure_one()
        return self.env["stock.picking"].browse(self.id).get_formview_action()
