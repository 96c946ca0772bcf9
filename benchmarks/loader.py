"""A shop of any size, written by SQL: customers, orders, invoices, payments and imported history.

One document of each kind is made through Odoo; all others are copies of its rows in which the customer, the day, the
amounts and the numbers differ, so that they have whatever columns the installed addons gave them. The rows stand in
the order of time, few customers buy much and some nothing, and the same size makes the same shop.
"""

from datetime import date, timedelta

from odoo.fields import Command
from odoo.tools import SQL

DAYS = 3 * 365
LINES = 3
INVOICED_SHARE = 0.2
UNPAID_SHARE = 0.15
RETURNED_SHARE = 0.04
DUE_DAYS = 14
COST_SHARE = 0.6
SEED = 0.2026
CHANNEL = "till"
# filled without their indexes, which are built afterwards: together a tenth of the cost of keeping them up to date
TABLES = (
    "res_partner",
    "sale_order",
    "sale_order_line",
    "sale_order_line_invoice_rel",
    "account_move",
    "account_move_line",
    "account_payment",
    "account_full_reconcile",
    "account_partial_reconcile",
    "retail_customer_ref",
    "retail_purchase_history",
)


class Template:
    """An order that was invoiced and paid: the rows that are copied."""

    def __init__(self, env):
        self.customer = env["res.partner"].create(
            {"name": "Template", "ref": "T", "phone": "+1 555 000 0000", "email": "t@example.com"}
        )
        self.order = env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": product.id}) for product in self._products(env)],
            }
        )
        self.order.action_confirm()
        self.invoice = self.order._create_invoices()
        self.invoice.action_post()
        self.payment = self._pay(env)
        self.entry = self.payment.move_id
        self.receivable = self.invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.settlement = self.receivable.matched_credit_ids.credit_move_id
        self.partial = self.receivable.matched_credit_ids
        self.full = self.receivable.full_reconcile_id
        env.flush_all()

    def _products(self, env):
        """Two with a cost and one without, delivered from stock and invoiced as ordered."""
        return env["product.product"].create(
            [
                {
                    "name": f"Product {number}",
                    "type": "consu",
                    "is_storable": True,
                    "invoice_policy": "order",
                    "taxes_id": [Command.clear()],
                    "list_price": 100,
                    "standard_price": cost,
                }
                for number, cost in enumerate((60, 60, 0), 1)
            ]
        )

    def _pay(self, env):
        """Through a journal with an account for payments under way: without one Odoo books nothing."""
        method = (
            env["account.journal"].search([("type", "=", "bank")], limit=1).inbound_payment_method_line_ids[0]
        )
        method.payment_account_id = env["account.account"].search(
            [("account_type", "=", "asset_current")], limit=1
        )
        register = env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.invoice.ids
        )
        return register.create({"payment_method_line_id": method.id})._create_payments()


class Shop:
    """The company of ``env`` with ``customers`` customers, ``orders`` orders, ``history`` purchases."""

    def __init__(self, env, customers, orders, history):
        self.env = env
        self.customers = customers
        self.orders = orders
        self.history = history
        self.last_day = date.today() - timedelta(days=1)

    def load(self):
        """Write everything and commit."""
        template = Template(self.env)
        self._last_ids = {table: self._get_last_id(table) for table in TABLES if not table.endswith("_rel")}
        self._execute("SELECT setseed(%s)", SEED)
        # no foreign keys are checked and no trigger marks customers as touched
        self._execute("SET LOCAL session_replication_role = replica")
        indexes = self._drop_indexes()
        self._copy_customers(template)
        self._draw_orders()
        self._copy_orders(template)
        self._copy_invoices(template)
        self._copy_payments(template)
        self._write_history()
        for index in indexes:
            self._execute(index)
        self._move_sequences()
        self.env.invalidate_all()
        self.env.cr.commit()

    # ------------------------------------------------------------------ customers and orders

    def _copy_customers(self, template):
        self._copy(
            "res_partner",
            SQL(
                "SELECT n, %s AS template FROM generate_series(1, %s) n", template.customer.id, self.customers
            ),
            id="%(res_partner)s + n",
            commercial_partner_id="%(res_partner)s + n",
            name="'Customer ' || n",
            complete_name="'Customer ' || n",
            ref="'C' || n",
            phone="'+1 555 ' || lpad(n::text, 7, '0')",
            phone_sanitized="'+1555' || lpad(n::text, 7, '0')",
            email="'customer' || n || '@example.com'",
            email_normalized="'customer' || n || '@example.com'",
        )
        self._execute(
            """INSERT INTO retail_customer_ref (id, company_id, channel, ref, partner_id)
               SELECT %s + n, %s, %s, 'C' || n, %s + n FROM generate_series(1, %s) n""",
            self._last_ids["retail_customer_ref"],
            self.env.company.id,
            CHANNEL,
            self._last_ids["res_partner"],
            self.customers,
        )

    def _sql_random_customer(self):
        """The square makes few customers buy much."""
        return SQL("%s + 1 + floor(%s * random() ^ 2)::int4", self._last_ids["res_partner"], self.customers)

    def _draw_orders(self):
        """Table ``drawn``: customer, time and prices of each order; number of its invoice, and when that was paid."""
        self._execute(
            """CREATE TEMPORARY TABLE drawn ON COMMIT DROP AS
               WITH sold AS (
                   SELECT n, %(customer)s AS customer,
                          %(first)s::timestamp + (n - 1) * interval '1 day' * %(step)s AS moment,
                          ARRAY[round((5 + 60 * random())::numeric, 2), round((5 + 60 * random())::numeric, 2),
                                round((5 + 60 * random())::numeric, 2)] AS prices,
                          random() < %(invoiced)s AS is_invoiced, random() >= %(unpaid)s AS is_paid,
                          (random() * 30)::int4 AS pays_after
                     FROM generate_series(1, %(orders)s) n)
               SELECT n, customer, moment, moment::date AS day, prices, prices[1] + prices[2] + prices[3] AS total,
                      CASE WHEN is_invoiced THEN sum(is_invoiced::int4) OVER (ORDER BY n)::int4 END AS invoice,
                      CASE WHEN is_paid THEN LEAST(moment::date + pays_after, %(last)s::date) END AS paid_on
                 FROM sold""",
            customer=self._sql_random_customer(),
            first=self.last_day - timedelta(days=DAYS - 1),
            step=DAYS / self.orders,
            invoiced=INVOICED_SHARE,
            unpaid=UNPAID_SHARE,
            orders=self.orders,
            last=self.last_day,
        )
        self._execute("ANALYZE drawn")

    def _copy_orders(self, template):
        self._copy(
            "sale_order",
            SQL("SELECT *, %s AS template FROM drawn ORDER BY n", template.order.id),
            id="%(sale_order)s + n",
            name="'B' || n",
            access_token="NULL",
            partner_id="customer",
            partner_invoice_id="customer",
            partner_shipping_id="customer",
            date_order="moment",
            create_date="moment",
            write_date="moment",
            amount_untaxed="total",
            amount_total="total",
            margin=f"total - {COST_SHARE} * (prices[1] + prices[2])",
            invoice_status="CASE WHEN invoice IS NULL THEN 'to invoice' ELSE 'invoiced' END",
        )
        self._copy(
            "sale_order_line",
            self._sql_lines(template.order.order_line),
            id="%(sale_order_line)s + (n - 1) * 3 + line",
            order_id="%(sale_order)s + n",
            order_partner_id="customer",
            price_unit="price",
            technical_price_unit="price",
            price_subtotal="price",
            price_total="price",
            price_reduce_taxexcl="price",
            price_reduce_taxinc="price",
            purchase_price=f"CASE WHEN line < 3 THEN {COST_SHARE} * price ELSE 0 END",
            margin=f"CASE WHEN line < 3 THEN {1 - COST_SHARE} * price ELSE price END",
            qty_invoiced="CASE WHEN invoice IS NULL THEN 0 ELSE 1 END",
            qty_to_invoice="CASE WHEN invoice IS NULL THEN 1 ELSE 0 END",
            untaxed_amount_invoiced="CASE WHEN invoice IS NULL THEN 0 ELSE price END",
            untaxed_amount_to_invoice="CASE WHEN invoice IS NULL THEN price ELSE 0 END",
            invoice_status="CASE WHEN invoice IS NULL THEN 'to invoice' ELSE 'invoiced' END",
            create_date="moment",
            write_date="moment",
        )

    @staticmethod
    def _sql_lines(templates, condition="TRUE"):
        """The orders ``drawn`` three times, with the ``line`` (1-3), its ``price`` and its ``template``."""
        return SQL(
            """SELECT drawn.*, line, prices[line] AS price, (%s::int4[])[line] AS template
                 FROM drawn CROSS JOIN generate_series(1, 3) line WHERE %s ORDER BY n, line""",
            templates.ids,
            SQL(condition),
        )

    # ------------------------------------------------------------------ accounts: six lines an invoice, two moves

    def _copy_invoices(self, template):
        self._copy(
            "account_move",
            SQL(
                "SELECT *, %s AS template FROM drawn WHERE invoice IS NOT NULL ORDER BY n",
                template.invoice.id,
            ),
            id="%(account_move)s + invoice * 2",
            name="'INV/B/' || invoice",
            sequence_prefix="'INV/B/'",
            sequence_number="invoice",
            payment_reference="'INV/B/' || invoice",
            access_token="NULL",
            invoice_origin="'B' || n",
            partner_id="customer",
            commercial_partner_id="customer",
            partner_shipping_id="customer",
            invoice_partner_display_name="'Customer'",
            date="day",
            invoice_date="day",
            invoice_date_due=f"day + {DUE_DAYS}",
            amount_residual="CASE WHEN paid_on IS NULL THEN total ELSE 0 END",
            amount_residual_signed="CASE WHEN paid_on IS NULL THEN total ELSE 0 END",
            payment_state="CASE WHEN paid_on IS NULL THEN 'not_paid' ELSE 'paid' END",
            create_date="moment",
            write_date="moment",
            **dict.fromkeys(
                (
                    "amount_untaxed",
                    "amount_total",
                    "amount_untaxed_signed",
                    "amount_untaxed_in_currency_signed",
                    "amount_total_signed",
                    "amount_total_in_currency_signed",
                ),
                "total",
            ),
        )
        shared = {
            "move_id": "%(account_move)s + invoice * 2",
            "move_name": "'INV/B/' || invoice",
            "partner_id": "customer",
            "date": "day",
            "invoice_date": "day",
            "create_date": "moment",
            "write_date": "moment",
        }
        product_lines = template.invoice.invoice_line_ids.sorted(lambda line: line.sale_line_ids.id)
        self._copy(
            "account_move_line",
            self._sql_lines(product_lines, "invoice IS NOT NULL"),
            id="%(account_move_line)s + (invoice - 1) * 6 + line",
            debit="0",
            credit="price",
            balance="-price",
            amount_currency="-price",
            price_unit="price",
            price_subtotal="price",
            price_total="price",
            **shared,
        )
        self._copy(
            "account_move_line",
            SQL("SELECT *, %s AS template FROM drawn WHERE invoice IS NOT NULL", template.receivable.id),
            id="%(account_move_line)s + (invoice - 1) * 6 + 4",
            date_maturity=f"day + {DUE_DAYS}",
            debit="total",
            credit="0",
            balance="total",
            amount_currency="total",
            amount_residual="CASE WHEN paid_on IS NULL THEN total ELSE 0 END",
            amount_residual_currency="CASE WHEN paid_on IS NULL THEN total ELSE 0 END",
            reconciled="paid_on IS NOT NULL",
            **self._get_matching(),
            **shared,
        )
        self._execute(
            """INSERT INTO sale_order_line_invoice_rel (invoice_line_id, order_line_id)
               SELECT %s + (invoice - 1) * 6 + line, %s + (n - 1) * 3 + line
                 FROM drawn CROSS JOIN generate_series(1, 3) line WHERE invoice IS NOT NULL ORDER BY n, line""",
            self._last_ids["account_move_line"],
            self._last_ids["sale_order_line"],
        )

    @staticmethod
    def _get_matching():
        """A paid line carries the id of its full reconciliation twice."""
        matched = "CASE WHEN paid_on IS NOT NULL THEN %(account_full_reconcile)s + invoice END"
        return {"full_reconcile_id": matched, "matching_number": f"({matched})::varchar"}

    def _copy_payments(self, template):
        paid = (
            "SELECT *, %s AS template FROM drawn WHERE invoice IS NOT NULL AND paid_on IS NOT NULL ORDER BY n"
        )
        total = dict.fromkeys(
            ("amount_total", "amount_total_signed", "amount_total_in_currency_signed"), "total"
        )
        self._copy(
            "account_move",
            SQL(paid, template.entry.id),
            id="%(account_move)s + invoice * 2 + 1",
            name="'PAY/B/' || invoice",
            sequence_prefix="'PAY/B/'",
            sequence_number="invoice",
            partner_id="customer",
            commercial_partner_id="customer",
            date="paid_on",
            origin_payment_id="%(account_payment)s + invoice",
            **total,
        )
        for offset, line in ((5, template.entry.line_ids - template.settlement), (6, template.settlement)):
            sign = "" if offset == 5 else "-"
            matching = self._get_matching() if offset == 6 else {}
            self._copy(
                "account_move_line",
                SQL(paid, line.id),
                id=f"%(account_move_line)s + (invoice - 1) * 6 + {offset}",
                move_id="%(account_move)s + invoice * 2 + 1",
                move_name="'PAY/B/' || invoice",
                payment_id="%(account_payment)s + invoice",
                partner_id="customer",
                date="paid_on",
                date_maturity="paid_on",
                debit="total" if offset == 5 else "0",
                credit="0" if offset == 5 else "total",
                balance=f"{sign}total",
                amount_currency=f"{sign}total",
                amount_residual="total" if offset == 5 else "0",
                amount_residual_currency="total" if offset == 5 else "0",
                **matching,
            )
        self._copy(
            "account_payment",
            SQL(paid, template.payment.id),
            id="%(account_payment)s + invoice",
            move_id="%(account_move)s + invoice * 2 + 1",
            partner_id="customer",
            name="'PAY/B/' || invoice",
            date="paid_on",
            amount="total",
            amount_company_currency_signed="total",
        )
        self._copy(
            "account_full_reconcile", SQL(paid, template.full.id), id="%(account_full_reconcile)s + invoice"
        )
        self._copy(
            "account_partial_reconcile",
            SQL(paid, template.partial.id),
            id="%(account_partial_reconcile)s + invoice",
            debit_move_id="%(account_move_line)s + (invoice - 1) * 6 + 4",
            credit_move_id="%(account_move_line)s + (invoice - 1) * 6 + 6",
            full_reconcile_id="%(account_full_reconcile)s + invoice",
            max_date="GREATEST(day, paid_on)",
            amount="total",
            debit_amount_currency="total",
            credit_amount_currency="total",
        )

    # ------------------------------------------------------------------ history

    def _write_history(self):
        """Purchases of another system; some are returns, a third has no cost."""
        self._execute(
            """INSERT INTO retail_purchase_history (
                   id, company_id, partner_id, customer_ref, channel, reference, date, ordinal, amount, cost, has_cost,
                   quantity, create_date, write_date)
               SELECT %(last_id)s + n, %(company)s, customer, 'C' || customer - %(first_customer)s, %(channel)s,
                      'R' || n, day, 1, amount, CASE WHEN n %% 3 > 0 THEN round(amount * %(cost)s, 2) END, n %% 3 > 0,
                      SIGN(amount), day, day
                 FROM (SELECT n, %(customer)s AS customer,
                              %(first)s::date + ((n - 1) * %(days)s / %(history)s)::int4 AS day,
                              round((5 + 60 * random())::numeric, 2)
                                  * CASE WHEN random() < %(returned)s THEN -1 ELSE 1 END AS amount
                         FROM generate_series(1::int8, %(history)s) n) bought""",
            last_id=self._last_ids["retail_purchase_history"],
            company=self.env.company.id,
            first_customer=self._last_ids["res_partner"],
            channel=CHANNEL,
            cost=COST_SHARE,
            customer=self._sql_random_customer(),
            first=self.last_day - timedelta(days=DAYS - 1),
            days=DAYS,
            history=self.history,
            returned=RETURNED_SHARE,
        )

    # ------------------------------------------------------------------ rows

    def _execute(self, query, *arguments, **named):
        self.env.cr.execute(SQL(query, *arguments, **named))

    def _get_last_id(self, table):
        self._execute("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table))
        return self.env.cr.fetchone()[0]

    def _drop_indexes(self):
        """Drop the indexes that no constraint needs; returns the statements that bring them back."""
        self._execute(
            """SELECT found.relname, pg_get_indexdef(index.indexrelid)
                 FROM pg_index index JOIN pg_class found ON found.oid = index.indexrelid
                WHERE index.indrelid = ANY(%s::regclass[])
                  AND NOT EXISTS (SELECT FROM pg_constraint con WHERE con.conindid = index.indexrelid)""",
            list(TABLES),
        )
        definitions = dict(self.env.cr.fetchall())
        for name in definitions:
            self._execute("DROP INDEX %s", SQL.identifier(name))
        return list(definitions.values())

    def _move_sequences(self):
        for table in self._last_ids:
            self._execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", table, max(1, self._get_last_id(table))
            )

    def _copy(self, table, source, **values):
        """For each row of ``source`` a copy of the row that it calls ``template``.

        :param values: SQL over the row of ``source``; ``%(table)s`` in it stands for the last id before the load
        """
        columns = self._get_columns(table)
        if unknown := values.keys() - set(columns):
            raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
        self._execute(
            "INSERT INTO %s (%s) SELECT %s FROM (%s) source JOIN %s template ON template.id = source.template",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            SQL(", ").join(
                SQL(values[name], **self._last_ids) if name in values else SQL.identifier("template", name)
                for name in columns
            ),
            source,
            SQL.identifier(table),
        )

    def _get_columns(self, table):
        self._execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
            table,
        )
        return [name for (name,) in self.env.cr.fetchall()]
