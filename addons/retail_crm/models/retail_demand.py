from odoo import fields, models
from odoo.tools import SQL

# id of a row = id of its source's row * DEMAND_SLOTS + number of the source
DEMAND_SLOTS = 4


class RetailDemand(models.Model):
    """One row is what a customer bought of a product in the last year, is offered, or ordered and has not got yet.

    For purchasing: which products the customers want whom the shop wants to grow. Segment and strategy are today's.
    Quantities in the unit of the product, returns negative. A query, nothing is stored.
    """

    _name = "retail.demand"
    _description = "Demand by product"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "product_id"
    _depends = {
        "res.company": ["parent_path"],
        "res.partner": ["commercial_partner_id"],
        "retail.profile": ["company_id", "partner_id", "segment_id", "strategy_id"],
        "retail.purchase": ["company_id", "day", "partner_id", "product_id", "quantity"],
        "retail.strategy": ["wants_growth"],
        "sale.order": ["company_id", "date_order", "partner_id", "state", "validity_date"],
        "sale.order.line": [
            "display_type",
            "order_id",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "qty_delivered",
        ],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id", "type", "uom_id"],
        "stock.move": ["product_qty", "product_uom_qty", "quantity", "sale_line_id", "state"],
        "uom.uom": ["factor"],
    }

    kind = fields.Selection(
        [("bought", "Bought"), ("quoted", "Offered"), ("ordered", "To deliver")], readonly=True
    )
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product category", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    segment_id = fields.Many2one("retail.segment", readonly=True)
    strategy_id = fields.Many2one("retail.strategy", readonly=True)
    wants_growth = fields.Boolean(
        string="Customers to grow",
        readonly=True,
        help="Their strategy says that the shop wants to grow with them.",
    )
    day = fields.Date(readonly=True, help="Of the purchase, the quotation or the order.")
    bought_quantity = fields.Float(string="Bought", digits="Product Unit", readonly=True)
    quoted_quantity = fields.Float(string="Offered", digits="Product Unit", readonly=True)
    ordered_quantity = fields.Float(string="To deliver", digits="Product Unit", readonly=True)
    missing_quantity = fields.Float(
        string="Missing", digits="Product Unit", readonly=True, help="To deliver, and not reserved yet."
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT demand.id, demand.kind, demand.product_id, template.categ_id, demand.partner_id, demand.company_id,
                   profile.segment_id, profile.strategy_id, COALESCE(strategy.wants_growth, FALSE) AS wants_growth,
                   demand.day,
                   CASE demand.kind WHEN 'bought' THEN demand.quantity ELSE 0 END AS bought_quantity,
                   CASE demand.kind WHEN 'quoted' THEN demand.quantity ELSE 0 END AS quoted_quantity,
                   CASE demand.kind WHEN 'ordered' THEN demand.quantity ELSE 0 END AS ordered_quantity,
                   demand.missing AS missing_quantity
              FROM (%(demand)s) demand
              JOIN product_product product ON product.id = demand.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id AND template.type = 'consu'
              JOIN res_company company ON company.id = demand.company_id
              LEFT JOIN retail_profile profile ON profile.partner_id = demand.partner_id
                   AND profile.company_id = split_part(company.parent_path, '/', 1)::int4
              LEFT JOIN retail_strategy strategy ON strategy.id = profile.strategy_id
            """,
            demand=SQL(" UNION ALL ").join([self._sql_bought(), self._sql_open_lines()]),
        )

    def _sql_bought(self) -> SQL:
        since = fields.Date.add(fields.Date.context_today(self), years=-1)
        return SQL(
            """SELECT purchase.id * %(slots)s AS id, 'bought' AS kind, purchase.product_id, purchase.partner_id,
                      purchase.company_id, purchase.day,
                      (purchase.quantity * COALESCE(unit.factor / product_unit.factor, 1))::float8 AS quantity,
                      0::float8 AS missing
                 FROM (%(purchases)s) purchase
                 JOIN product_product product ON product.id = purchase.product_id
                 JOIN product_template template ON template.id = product.product_tmpl_id
                 JOIN uom_uom product_unit ON product_unit.id = template.uom_id
                 LEFT JOIN uom_uom unit ON unit.id = purchase.unit_id
                WHERE purchase.product_id IS NOT NULL AND purchase.day >= %(since)s""",
            slots=DEMAND_SLOTS,
            purchases=self.env["retail.purchase"]._table_query,
            since=since,
        )

    def _sql_open_lines(self) -> SQL:
        """Lines of quotations that still hold, and what is to be delivered yet of orders.

        What a delivery left out for good is no longer waited for: all moves of the line are done or cancelled.
        """
        return SQL(
            """SELECT line.id::bigint * %(slots)s + 1,
                      CASE sale.state WHEN 'sale' THEN 'ordered' ELSE 'quoted' END,
                      line.product_id, customer.commercial_partner_id, sale.company_id, sale.date_order::date,
                      (open.quantity * unit.factor / product_unit.factor)::float8,
                      COALESCE(waiting.missing, 0)::float8
                 FROM sale_order_line line
                 JOIN sale_order sale ON sale.id = line.order_id AND sale.state IN ('draft', 'sent', 'sale')
                 JOIN res_partner customer ON customer.id = sale.partner_id
                 JOIN product_product product ON product.id = line.product_id
                 JOIN product_template template ON template.id = product.product_tmpl_id
                 JOIN uom_uom unit ON unit.id = line.product_uom_id
                 JOIN uom_uom product_unit ON product_unit.id = template.uom_id
                CROSS JOIN LATERAL (SELECT CASE sale.state WHEN 'sale'
                                                THEN line.product_uom_qty - COALESCE(line.qty_delivered, 0)
                                                ELSE line.product_uom_qty END AS quantity) open
                CROSS JOIN LATERAL (SELECT sum(move.product_qty * (1 - COALESCE(
                                               move.quantity / NULLIF(move.product_uom_qty, 0), 0)))
                                           FILTER (WHERE move.state IN ('confirmed', 'partially_available')) AS missing,
                                           bool_and(move.state IN ('done', 'cancel')) AS is_over
                                      FROM stock_move move WHERE move.sale_line_id = line.id) waiting
                WHERE line.display_type IS NULL AND open.quantity > 0
                  AND CASE sale.state WHEN 'sale' THEN waiting.is_over IS NOT TRUE
                                      ELSE COALESCE(sale.validity_date >= %(today)s, TRUE) END""",
            slots=DEMAND_SLOTS,
            today=fields.Date.context_today(self),
        )

    def action_open_shortage(self):
        """Who waits for the product, if anybody does."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id("retail_crm.retail_shortage_action")
        return {**action, "params": {"product_id": self.product_id.id}}
