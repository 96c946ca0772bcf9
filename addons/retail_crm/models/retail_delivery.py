from odoo import fields, models
from odoo.tools import SQL


class RetailDelivery(models.Model):
    """One row is what a customer was promised and got: a delivery that is done, with what was delivered later of it.

    On time: everything by the moment promised for it; ``promised_on`` is that of what was promised first. In full: at
    once and all of it. Segment and strategy are those of the moment when the delivery was made: Odoo wipes the priority
    when it is done, and customers move. Quantities in the units of the products. A query, nothing is stored; deliveries
    without a promise, as at the till, are no part of it.
    """

    _name = "retail.delivery"
    _description = "Delivery performance"
    _auto = False
    _order = "done_on desc, id desc"
    _rec_name = "reference"
    _depends = {
        "res.partner": ["commercial_partner_id"],
        "sale.order": ["name", "partner_id"],
        "stock.location": ["usage"],
        "stock.move": [
            "date_deadline",
            "move_dest_ids",
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
            "location_dest_id",
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
                   GREATEST(goods.seconds_late / 86400.0, 0) AS days_late,
                   goods.delivered AS delivered_quantity, goods.returned AS returned_quantity,
                   COALESCE(100.0 * goods.returned / NULLIF(goods.delivered, 0), 0) AS returned_rate
              FROM stock_picking picking
              JOIN stock_picking_type type ON type.id = picking.picking_type_id AND type.code = 'outgoing'
              LEFT JOIN sale_order sale ON sale.id = picking.sale_id
              LEFT JOIN res_partner customer ON customer.id = COALESCE(sale.partner_id, picking.partner_id)
             CROSS JOIN LATERAL (%(parts)s) parts
             CROSS JOIN LATERAL (%(goods)s) goods
             CROSS JOIN LATERAL (SELECT COALESCE(goods.seconds_late <= 0, TRUE) AS is_on_time,
                                        parts.later = 0 AND NOT COALESCE(goods.is_cut, FALSE) AS is_in_full) fact
             WHERE picking.state = 'done' AND picking.backorder_id IS NULL AND picking.date_deadline IS NOT NULL
               AND picking.id = parts.first_id
            """,
            parts=self._sql_parts(),
            goods=self._sql_goods(),
        )

    def _sql_parts(self) -> SQL:
        """The delivery with all that belongs to it: how many came later, or are still to come.

        Where goods are picked and packed first, what is picked later is delivered by a transfer that is no backorder of
        the first one: it is found by the steps before both. An open step is a part that one waits for.
        """
        return SQL(
            """
            WITH RECURSIVE step(id) AS (
                SELECT picking.id
                UNION
                SELECT other.id FROM step CROSS JOIN LATERAL (%(next)s) other
            )
            SELECT array_agg(step.id) AS step_ids, array_agg(step.id) FILTER (WHERE kind.is_delivery) AS ids,
                   min(step.id) FILTER (WHERE kind.is_delivery AND part.state <> 'cancel') AS first_id,
                   count(*) FILTER (WHERE kind.is_delivery OR part.state NOT IN ('done', 'cancel')) - 1 AS later,
                   max(part.date_done) FILTER (WHERE kind.is_delivery AND part.state = 'done') AS done_on
              FROM step
              JOIN stock_picking part ON part.id = step.id
              JOIN stock_picking_type part_type ON part_type.id = part.picking_type_id
              JOIN stock_location destination ON destination.id = part.location_dest_id
             CROSS JOIN LATERAL (SELECT part_type.code = 'outgoing' AND destination.usage = 'customer'
                                        AS is_delivery) kind
            """,
            next=self._sql_next_steps(),
        )

    @staticmethod
    def _sql_next_steps() -> SQL:
        """Ids of transfers beside ``step``: its backorders, what it is one of, and the steps before and after it for
        the same order; what came back is another story."""
        return SQL(
            """
            SELECT later.id FROM stock_picking later WHERE later.backorder_id = step.id
            UNION ALL
            SELECT own.backorder_id FROM stock_picking own WHERE own.id = step.id AND own.backorder_id IS NOT NULL
            UNION ALL
            SELECT beside.id
              FROM stock_move move
              JOIN LATERAL (SELECT move_dest_id AS id FROM stock_move_move_rel WHERE move_orig_id = move.id
                            UNION ALL
                            SELECT move_orig_id FROM stock_move_move_rel WHERE move_dest_id = move.id) link ON TRUE
              JOIN stock_move linked ON linked.id = link.id AND linked.origin_returned_move_id IS NULL
              JOIN stock_picking beside ON beside.id = linked.picking_id AND beside.sale_id = picking.sale_id
              JOIN stock_picking_type beside_type ON beside_type.id = beside.picking_type_id
                                                 AND beside_type.code IN ('internal', 'outgoing')
             WHERE move.picking_id = step.id
            """
        )

    def _sql_goods(self) -> SQL:
        """What was delivered of it and came back, whether some was never delivered or not even picked, and how late the
        latest was, as it stands now.

        Products that take longer may have been promised for a later moment than others.
        """
        return SQL(
            """
            SELECT COALESCE(sum(move.quantity * unit.share) FILTER (WHERE own.is_delivered), 0) AS delivered,
                   bool_or(CASE move.state WHEN 'done' THEN move.quantity ELSE 0 END
                           < move.product_uom_qty) FILTER (WHERE move.state IN ('done', 'cancel')) AS is_cut,
                   COALESCE(sum(back.quantity) FILTER (WHERE own.is_delivered), 0) AS returned,
                   -- who still waits for a part waits until now at least
                   max(EXTRACT(EPOCH FROM CASE WHEN own.is_delivered THEN part.date_done
                                               WHEN move.state NOT IN ('done', 'cancel') THEN now() AT TIME ZONE 'UTC'
                                          END - COALESCE(move.date_deadline, picking.date_deadline))) AS seconds_late
              FROM stock_move move
              JOIN stock_picking part ON part.id = move.picking_id
             CROSS JOIN LATERAL (SELECT move.state = 'done' AND move.picking_id = ANY(parts.ids) AS is_delivered) own
             -- into the unit of the product
             CROSS JOIN LATERAL (SELECT COALESCE(move.product_qty / NULLIF(move.product_uom_qty, 0), 1) AS share) unit
             CROSS JOIN LATERAL (SELECT sum(returned.quantity * COALESCE(returned.product_qty
                                                                 / NULLIF(returned.product_uom_qty, 0), 1)) AS quantity
                                   FROM stock_move returned
                                  WHERE returned.origin_returned_move_id = move.id AND returned.state = 'done') back
             WHERE move.picking_id = ANY(parts.step_ids)
            """
        )

    def action_open_picking(self):
        """The delivery itself, for who may see it."""
        self.ensure_one()
        return self.env["stock.picking"].browse(self.id).get_formview_action()
