from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

# id of a purchase = id of the source's own row * SOURCE_SLOTS + number of the source
SOURCE_SLOTS = 16

# What a source may give, with the type of the empty value where it does not.
COLUMNS = {
    "id": "bigint",
    "partner_id": "int4",
    "company_id": "int4",
    "currency_id": "int4",
    "channel": "varchar",
    "store_id": "int4",
    "day": "date",
    "known_on": "date",
    "revenue": "float8",
    "cost": "float8",
    "margin_rate": "float8",
    "quantity": "float8",
    "unit_id": "int4",
    "product_id": "int4",
    "is_return": "bool",
    "reference": "varchar",
    "res_model": "varchar",
    "res_id": "int4",
}
# Those that statistics are made of.
FIGURE_COLUMNS = ("partner_id", "company_id", "day", "known_on", "revenue", "is_return", "store_id")


class RetailPurchase(models.Model):
    """One row is a line of what a customer bought or gave back, counted once whatever documents tell of it.

    Amounts are net of tax, in the currency of the company at the date of the document; returns are negative. The
    customer is the commercial partner. ``day`` is the economic day (of the order; a return takes the day of what
    it returns where that is linked), ``known_on`` the day on which the shop knew.

    The table is a query: nothing is stored, and conditions on customer, company or day reach the documents' own
    indexes because nothing but UNION ALL stands above the scans.
    """

    _name = "retail.purchase"
    _description = "Purchase"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "reference"
    # written to the database before the query reads them; a glue addon adds those of its source
    _depends = {
        "account.move": ["date", "invoice_date", "move_type", "name", "reversed_entry_id"],
        "account.move.line": [
            "amount_currency",
            "balance",
            "company_id",
            "currency_id",
            "display_type",
            "move_id",
            "parent_state",
            "partner_id",
            "product_id",
            "product_uom_id",
            "quantity",
            "sale_line_ids",
        ],
        "loyalty.program": ["program_type"],
        "loyalty.reward": ["discount_line_product_id", "program_id"],
        "loyalty.rule": ["product_ids", "program_id"],
        "res.currency": ["rounding"],
        "res.company": ["currency_id", "parent_path", "retail_default_margin_rate", "retail_tz"],
        "res.partner": ["commercial_partner_id"],
        "retail.purchase.history": [
            "amount",
            "channel",
            "company_id",
            "cost",
            "date",
            "partner_id",
            "product_id",
            "quantity",
            "reference",
            "store_id",
        ],
        "sale.order": [
            "currency_rate",
            "date_order",
            "name",
            "partner_id",
            "state",
            "warehouse_id",
        ],
        "sale.order.line": [
            "company_id",
            "display_type",
            "is_downpayment",
            "order_id",
            "price_subtotal",
            "price_unit",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "purchase_price",
        ],
        "stock.warehouse": ["retail_store_id"],
        "uom.uom": ["factor"],
    }

    source = fields.Selection(
        [("invoice", "Invoice"), ("order", "Sales order, not yet invoiced"), ("history", "Imported history")],
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    channel = fields.Char(readonly=True)
    store_id = fields.Many2one("retail.store", readonly=True)
    day = fields.Date(
        readonly=True, help="When the customer bought; a return stands at the day of its purchase."
    )
    known_on = fields.Date(string="Known on", readonly=True, help="When the shop knew of it.")
    revenue = fields.Monetary(readonly=True, help="Untaxed, after discounts; returns are negative.")
    cost = fields.Monetary(
        readonly=True,
        help="Cost of the goods; empty where the document has none.",
        groups="retail_crm.group_manager,retail_crm.group_finance,retail_crm.group_auditor",
    )
    contribution = fields.Monetary(
        readonly=True,
        help="Revenue minus cost; where no cost is known, revenue times the company's default margin rate.",
        # revenue minus contribution is the cost
        groups="retail_crm.group_manager,retail_crm.group_finance,retail_crm.group_auditor",
    )
    quantity = fields.Float(readonly=True, digits="Product Unit")
    product_id = fields.Many2one("product.product", readonly=True)
    is_return = fields.Boolean(string="Return", readonly=True)
    reference = fields.Char(string="Document", readonly=True)
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", readonly=True)

    @property
    def _table_query(self) -> SQL:
        return self._sql_purchases()

    @api.model
    def _purchase_sources(self):
        """Hook: where purchases come from.

        :return: ``{source: (columns, body)}``. ``columns`` maps names of ``COLUMNS`` to SQL; what is left out is
            empty. ``body`` is ``FROM ... WHERE ...`` and must count each purchase once beside the other sources;
            more bodies may follow it, each with rows of its own. ``id`` is the id of the source's own row, ``cost``
            NULL where unknown, ``known_on`` needed only where it may differ from ``day``, ``margin_rate`` the root
            company's (see :meth:`_sql_join_company`), ``unit_id`` that of ``quantity`` where it may not be the
            product's. A new source also takes a number in
            :meth:`_source_numbers` and a value in the field ``source``. No window function, DISTINCT or
            GROUP BY at the top of a body.
        """
        return {
            "invoice": self._sql_source_invoice(),
            "order": self._sql_source_order(),
            "history": self._sql_source_history(),
        }

    @api.model
    def _source_numbers(self):
        """Hook: ``{source: number}``, 0 to 15: part of every row's id, so never changed and never used again."""
        return {"invoice": 0, "order": 1, "history": 2}

    def _sql_settled_elsewhere(self) -> SQL:
        """Hook: net amount of the order line ``order_line``, in the order's currency, that another source counts."""
        return SQL("0.0")

    def action_open_document(self):
        """Open the order, invoice or imported row behind this purchase."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def _sql_purchases(self) -> SQL:
        """The query of the table: every source, one below the other."""
        return self._sql_union(self._sql_source)

    def _sql_all_purchases(self, extra=()) -> SQL:
        """The same with the columns that figures need, for statements that read everybody's purchases.

        Each column is computed once a row, however often the statement names it (measured: two thirds of the time);
        conditions on customers or days no longer reach the documents' indexes.

        :param extra: names of more columns
        """
        return self._sql_union(partial(self._sql_source_once, (*FIGURE_COLUMNS, *extra)))

    def _sql_union(self, sql_source) -> SQL:
        return SQL(" UNION ALL ").join(
            sql_source(source, columns, body)
            for source, (columns, *bodies) in self._purchase_sources().items()
            for body in bodies
        )

    def _sql_source(self, source, columns, body) -> SQL:
        number = self._get_source_number(source)
        names = [name for name in COLUMNS if name != "id"]
        return SQL(
            """SELECT s.id * %(slots)s + %(number)s AS id, %(source)s::varchar AS source, %(names)s,
                      %(contribution)s AS contribution
                 FROM (SELECT %(columns)s %(body)s) s""",
            slots=SOURCE_SLOTS,
            number=number,
            source=source,
            names=SQL(", ").join(map(self._sql_name, names)),
            contribution=self._sql_contribution(),
            columns=self._sql_columns(source, columns, COLUMNS),
            body=body,
        )

    def _sql_source_once(self, wanted, source, columns, body) -> SQL:
        return SQL(
            """SELECT %(names)s, s.cost IS NULL AS is_cost_estimated, %(contribution)s AS contribution
                 FROM (SELECT %(columns)s %(body)s OFFSET 0) s""",  # a query with OFFSET is not taken apart
            names=SQL(", ").join(map(self._sql_name, wanted)),
            contribution=self._sql_contribution(),
            columns=self._sql_columns(source, columns, (*wanted, "cost", "margin_rate")),
            body=body,
        )

    @staticmethod
    def _sql_name(name) -> SQL:
        if name == "known_on":
            return SQL("COALESCE(s.known_on, s.day) AS known_on")
        return SQL.identifier("s", name)

    @staticmethod
    def _sql_contribution() -> SQL:
        return SQL("CASE WHEN s.cost IS NULL THEN s.revenue * s.margin_rate ELSE s.revenue - s.cost END")

    @staticmethod
    def _sql_columns(source, columns, names) -> SQL:
        """``columns`` of a source under their ``names``; what it does not give is empty."""
        if unknown := set(columns) - set(COLUMNS):
            raise ValueError(
                f"purchase source {source!r} gives unknown columns: {', '.join(sorted(unknown))}"
            )
        return SQL(", ").join(
            SQL("(%s)::%s AS %s", columns.get(name, SQL("NULL")), SQL(COLUMNS[name]), SQL.identifier(name))
            for name in names
        )

    def _get_source_number(self, source):
        numbers = self._source_numbers()
        if source not in numbers:
            raise ValueError(f"purchase source {source!r} has no number: give it one in _source_numbers()")
        number = numbers[source]
        sharing = sorted(name for name, other in numbers.items() if other == number)
        if len(sharing) > 1 or not 0 <= number < SOURCE_SLOTS:
            raise ValueError(
                f"number {number} of purchase source {source!r} is out of range or shared: {sharing}"
            )
        return number

    @staticmethod
    def _sql_join_company(company_id: SQL) -> SQL:
        """Join ``company`` (of the document) and ``root`` (whose settings count; branches roll up)."""
        return SQL(
            """JOIN res_company company ON company.id = %s
               JOIN res_company root ON root.id = split_part(company.parent_path, '/', 1)::int4""",
            company_id,
        )

    @staticmethod
    def _sql_local_day(moment: SQL) -> SQL:
        """Day in the shops' time zone of a naive UTC ``moment``."""
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE root.retail_tz)::date", moment)

    @staticmethod
    def _sql_rate() -> SQL:
        """Units of the order's currency for one of the company's; 1 where the order has no rate."""
        return SQL("COALESCE(NULLIF(sale.currency_rate::float8, 0), 1)")

    @staticmethod
    def _sql_is_not_prepaid(product_id: SQL) -> SQL:
        """Selling or redeeming a gift card or e-wallet is a payment, not a purchase."""
        return SQL(
            """COALESCE(%s, 0) <> ALL(ARRAY(
                SELECT reward.discount_line_product_id
                  FROM loyalty_reward reward JOIN loyalty_program program ON program.id = reward.program_id
                 WHERE program.program_type IN ('gift_card', 'ewallet') AND reward.discount_line_product_id IS NOT NULL
                 UNION
                SELECT rel.product_product_id
                  FROM loyalty_rule_product_product_rel rel
                  JOIN loyalty_rule rule ON rule.id = rel.loyalty_rule_id
                  JOIN loyalty_program program ON program.id = rule.program_id
                 WHERE program.program_type IN ('gift_card', 'ewallet')))""",
            product_id,
        )

    def _sql_order_line_cost(self, quantity: SQL) -> SQL:
        """Cost in company currency of ``quantity`` (in the unit of ``order_line``), NULL where unknown.

        ``purchase_price`` 0 means that the product had no cost when it was sold. A discount or reward line costs
        nothing, and that is known as soon as any line of its order has a cost. Nothing is handed over for a down
        payment.
        """
        return SQL(
            """CASE WHEN order_line.is_downpayment THEN 0
                    WHEN order_line.purchase_price <> 0
                    THEN order_line.purchase_price::float8 * %(quantity)s / %(rate)s
                    -- no EXISTS, which PostgreSQL likes to answer from a hash of all order lines
                    WHEN order_line.price_unit < 0 AND (
                        SELECT TRUE FROM sale_order_line sibling
                         WHERE sibling.order_id = order_line.order_id AND sibling.purchase_price <> 0 LIMIT 1)
                    THEN 0 END""",
            quantity=quantity,
            rate=self._sql_rate(),
        )

    def _sql_source_invoice(self):
        """Posted customer invoices, credit notes and receipts, line by line; amount is ``-balance``."""
        sale_day = self._sql_local_day(SQL("sale.date_order"))
        own_day = SQL("COALESCE(move.invoice_date, move.date)")
        direction = SQL("CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END")
        # goods that come back may also stand on an invoice, beside others; a down payment does not come back, it ends
        is_return = SQL("(line.quantity * %s < 0 AND order_line.is_downpayment IS NOT TRUE)", direction)
        columns = {
            "id": SQL("line.id"),
            "partner_id": SQL("partner.commercial_partner_id"),
            "company_id": SQL("line.company_id"),
            "currency_id": SQL("company.currency_id"),
            "channel": SQL("'sales'"),
            "store_id": SQL("warehouse.retail_store_id"),
            "day": SQL(
                "COALESCE(%s, CASE WHEN move.move_type = 'out_refund' THEN returned.invoice_date END, %s)",
                sale_day,
                own_day,
            ),
            "known_on": SQL(
                "CASE WHEN %(is_return)s THEN %(own)s ELSE COALESCE(%(sale)s, %(own)s) END",
                is_return=is_return,
                own=own_day,
                sale=sale_day,
            ),
            "revenue": SQL("-line.balance"),
            "cost": self._sql_order_line_cost(
                SQL(
                    """line.quantity::float8 * %s
                       * COALESCE(line_uom.factor::float8 / NULLIF(order_uom.factor::float8, 0), 1)""",
                    direction,
                )
            ),
            "margin_rate": SQL("root.retail_default_margin_rate"),
            "quantity": SQL("line.quantity * %s", direction),
            "unit_id": SQL("line.product_uom_id"),
            "product_id": SQL("line.product_id"),
            "is_return": is_return,
            "reference": SQL("move.name"),
            "res_model": SQL("'account.move'"),
            "res_id": SQL("move.id"),
        }
        body = SQL(
            """FROM account_move_line line
               JOIN account_move move ON move.id = line.move_id
               JOIN res_partner partner ON partner.id = line.partner_id
               %(company)s
               -- min() in a lateral: a join on the many-to-many would multiply the rows
               LEFT JOIN LATERAL (SELECT min(rel.order_line_id) AS id FROM sale_order_line_invoice_rel rel
                                   WHERE rel.invoice_line_id = line.id) link ON TRUE
               LEFT JOIN sale_order_line order_line ON order_line.id = link.id
               LEFT JOIN sale_order sale ON sale.id = order_line.order_id
               LEFT JOIN stock_warehouse warehouse ON warehouse.id = sale.warehouse_id
               LEFT JOIN uom_uom line_uom ON line_uom.id = line.product_uom_id
               LEFT JOIN uom_uom order_uom ON order_uom.id = order_line.product_uom_id
               LEFT JOIN account_move returned ON returned.id = move.reversed_entry_id
              WHERE line.display_type = 'product' AND line.parent_state = 'posted'
                AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt') AND %(not_prepaid)s""",
            company=self._sql_join_company(SQL("line.company_id")),
            not_prepaid=self._sql_is_not_prepaid(SQL("line.product_id")),
        )
        return columns, body

    def _sql_source_order(self):
        """What is left of confirmed order lines after what is invoiced of them, in the order's currency.

        Only amounts of the sign of the order line settle it: a credit note, or goods taken back on an invoice, do
        not re-open the order. The rest is floored at zero, so that invoicing more than ordered takes nothing away.
        Down payments are the exception in both: their invoice stands against goods that are still in the order,
        until it is deducted or credited.
        """
        quantity = SQL(
            """order_line.product_uom_qty::float8 * CASE WHEN order_line.price_subtotal IN (0, rest.amount) THEN 1
                    ELSE rest.amount::float8 / order_line.price_subtotal::float8 END"""
        )
        columns = {
            "id": SQL("order_line.id"),
            "partner_id": SQL("partner.commercial_partner_id"),
            "company_id": SQL("order_line.company_id"),
            "currency_id": SQL("company.currency_id"),
            "channel": SQL("'sales'"),
            "store_id": SQL("warehouse.retail_store_id"),
            "day": self._sql_local_day(SQL("sale.date_order")),
            "revenue": SQL("rest.amount::float8 / %s", self._sql_rate()),
            "cost": self._sql_order_line_cost(quantity),
            "margin_rate": SQL("root.retail_default_margin_rate"),
            "quantity": quantity,
            "unit_id": SQL("order_line.product_uom_id"),
            "product_id": SQL("order_line.product_id"),
            "is_return": SQL("order_line.product_uom_qty < 0"),
            "reference": SQL("sale.name"),
            "res_model": SQL("'sale.order'"),
            "res_id": SQL("sale.id"),
        }
        has_invoice = SQL(
            "EXISTS (SELECT FROM sale_order_line_invoice_rel rel WHERE rel.order_line_id = order_line.id)"
        )
        nothing = SQL("CROSS JOIN (SELECT 0 AS lines, 0 AS tolerance, 0 AS amount) invoiced")
        # apart, because to look for the invoices of each line where most have none took half of the time
        return (
            columns,
            self._sql_body_order(SQL("NOT %s", has_invoice), nothing),
            self._sql_body_order(has_invoice, self._sql_join_invoiced()),
        )

    def _sql_body_order(self, condition: SQL, join_invoiced: SQL) -> SQL:
        return SQL(
            """FROM sale_order_line order_line
               JOIN sale_order sale ON sale.id = order_line.order_id
               JOIN res_partner partner ON partner.id = sale.partner_id
               %(company)s
               LEFT JOIN stock_warehouse warehouse ON warehouse.id = sale.warehouse_id
               %(join_invoiced)s
               CROSS JOIN LATERAL (SELECT order_line.price_subtotal - invoiced.amount - %(settled)s AS amount) left_over
               CROSS JOIN LATERAL (
                   -- cents that rounding leaves of a line invoiced in parts or with tax included are no purchase
                   SELECT CASE WHEN invoiced.lines > 0 AND abs(left_over.amount) <= invoiced.tolerance THEN 0
                               WHEN order_line.is_downpayment THEN left_over.amount
                               WHEN order_line.price_subtotal < 0 THEN LEAST(left_over.amount, 0)
                               WHEN order_line.price_subtotal > 0 THEN GREATEST(left_over.amount, 0)
                               ELSE 0 END AS amount) rest
              WHERE sale.state = 'sale' AND order_line.display_type IS NULL
                -- a free line that nothing has invoiced is still a purchase, a settled one is not
                AND (rest.amount <> 0
                     OR order_line.price_subtotal = 0 AND invoiced.lines = 0 AND order_line.is_downpayment IS NOT TRUE)
                AND %(not_prepaid)s AND %(condition)s""",
            company=self._sql_join_company(SQL("order_line.company_id")),
            join_invoiced=join_invoiced,
            settled=self._sql_settled_elsewhere(),
            not_prepaid=self._sql_is_not_prepaid(SQL("order_line.product_id")),
            condition=condition,
        )

    @staticmethod
    def _sql_join_invoiced() -> SQL:
        """Join ``invoiced``: what posted invoices settle of the order line, in the order's currency."""
        return SQL(
            """CROSS JOIN LATERAL (
                   SELECT count(*) AS lines, COALESCE(SUM(invoice_currency.rounding), 0) AS tolerance,
                          COALESCE(SUM(CASE WHEN invoice_line.currency_id = sale.currency_id
                                            THEN -invoice_line.amount_currency
                                            ELSE -invoice_line.balance * sale.currency_rate END), 0) AS amount
                     FROM sale_order_line_invoice_rel rel
                     JOIN account_move_line invoice_line ON invoice_line.id = rel.invoice_line_id
                     JOIN res_currency invoice_currency ON invoice_currency.id = invoice_line.currency_id
                    WHERE rel.order_line_id = order_line.id AND invoice_line.parent_state = 'posted'
                      AND (order_line.is_downpayment OR -invoice_line.balance * order_line.price_subtotal >= 0)
                   ) invoiced"""
        )

    def _sql_source_history(self):
        """Imported purchases."""
        columns = {
            "id": SQL("history.id"),
            "partner_id": SQL("partner.commercial_partner_id"),
            "company_id": SQL("history.company_id"),
            "currency_id": SQL("company.currency_id"),
            "channel": SQL("history.channel"),
            "store_id": SQL("history.store_id"),
            "day": SQL("history.date"),
            "revenue": SQL("history.amount"),
            "cost": SQL("history.cost"),
            "margin_rate": SQL("root.retail_default_margin_rate"),
            "quantity": SQL("history.quantity"),
            "product_id": SQL("history.product_id"),
            "is_return": SQL("history.amount < 0"),
            "reference": SQL("history.reference"),
            "res_model": SQL("'retail.purchase.history'"),
            "res_id": SQL("history.id"),
        }
        body = SQL(
            """FROM retail_purchase_history history
               JOIN res_partner partner ON partner.id = history.partner_id
               %s""",
            self._sql_join_company(SQL("history.company_id")),
        )
        return columns, body
