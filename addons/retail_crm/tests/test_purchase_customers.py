import json
from datetime import date, datetime

from odoo.tests import tagged
from odoo.tools import SQL

from .common import RetailAccountingCommon

# read for one customer at a time, whatever their size
BIG_TABLES = {
    "account_move",
    "account_move_line",
    "res_partner",
    "retail_purchase_history",
    "sale_order",
    "sale_order_line",
    "sale_order_line_invoice_rel",
}


@tagged("post_install", "-at_install")
class TestPurchaseCustomers(RetailAccountingCommon):
    """Whose purchase it is, in which company, on which day, for how much and at what cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer()

    # ------------------------------------------------------------------ whose

    def test_contacts_buy_for_their_company(self):
        company = self._customer("Tea House", is_company=True)
        contact = self._customer("Buyer", parent_id=company.id)
        self._invoices(self._sells(contact, [(self.product, 10, 30)]), quantity=4)
        self._buys(contact, 50)
        self.assertPurchases(company, revenue=350, rows=3)
        self._rescore()
        self.assertSegments({company: "transactional"})
        self.assertEqual(contact.retail_segment_id.code, "transactional")

    def test_archived_customer_keeps_purchases_and_segment(self):
        self._invoices(self._sells(self.customer, [(self.product, 10, 30)]), quantity=4)
        self.customer.action_archive()
        self.assertPurchases(self.customer, revenue=300, rows=2)
        self._rescore()
        self.assertSegments({self.customer: "transactional"})

    def test_merged_customers_have_the_purchases_of_both(self):
        other = self._customer("Same person")
        self._invoices(self._sells(self.customer, [(self.product, 10, 30)]), quantity=4)
        self._invoices(self._sells(other, [(self.product, 1, 30)]))
        self._buys(other, 20)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.customer | other).ids, self.customer)
        self.assertFalse(other.exists())
        self.assertPurchases(self.customer, revenue=350, rows=4)

    def test_person_who_joins_a_company_takes_the_purchases_along(self):
        self._invoices(self._sells(self.customer, [(self.product, 10, 30)]), quantity=4)
        self._buys(self.customer, 50)
        company = self._customer("Tea House", is_company=True)
        self.customer.parent_id = company
        self.assertPurchases(company, revenue=350, rows=3)
        self.assertEqual(self._purchases(company).partner_id, company)

    def test_order_invoiced_to_somebody_else_counts_once(self):
        payer = self._customer("Payer")
        order = self._sells(self.customer, [(self.product, 10, 30)], partner_invoice_id=payer.id)
        self.assertPurchases(self.customer, revenue=300)
        self._invoices(order, quantity=4)
        self.assertPurchases(self.customer, revenue=180)
        self.assertPurchases(payer, revenue=120)

    def test_walk_in_and_own_companies_get_no_profile(self):
        walk_in = self._customer("Passer-by", retail_is_walk_in=True)
        public = self.env.ref("base.public_partner")
        for customer in (walk_in, public, self.company.partner_id, self.customer):
            self._buys(customer, 10)
        self._rescore()
        self.assertSegments(
            {walk_in: None, public: None, self.company.partner_id: None, self.customer: "transactional"}
        )

    # ------------------------------------------------------------------ which company

    def test_companies_do_not_see_each_other(self):
        other = self._create_company("Other Shop")
        self._sells(self.customer, [(self.product, 1, 30)])
        self._sells(self.customer, [(self.product, 1, 70)], company=other)
        self.assertPurchases(self.customer, revenue=30, rows=1)
        self.assertPurchases(self.customer, revenue=70, rows=1, company=other)
        self._rescore()
        self._rescore(company=other)
        self.assertEqual(self._profile(self.customer).revenue, 30)
        self.assertEqual(self._profile(self.customer, other).revenue, 70)

    def test_branches_roll_up_to_the_main_company(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        self._sells(self.customer, [(self.product, 1, 30)])
        self._sells(self.customer, [(self.product, 1, 70)], company=branch)
        self.assertPurchases(self.customer, revenue=100, rows=2)
        self._rescore()
        self.assertEqual(self._profile(self.customer).revenue, 100)
        self.assertEqual(self.customer.with_company(branch).retail_profile_id.revenue, 100)

    # ------------------------------------------------------------------ which day

    def test_return_stands_at_the_day_of_its_purchase_and_is_known_on_its_own(self):
        order = self._sells(self.customer, [(self.product, 10, 30)], day=date(2025, 3, 1))
        invoice = self._invoices(order, day=date(2025, 3, 20))
        self._credits(invoice, amount=60, day=date(2025, 5, 5))
        sale, credit = self._purchases(self.customer).sorted("revenue", reverse=True)
        self.assertEqual((sale.day, sale.known_on), (date(2025, 3, 1), date(2025, 3, 1)))
        self.assertEqual((credit.day, credit.known_on), (date(2025, 3, 1), date(2025, 5, 5)))
        self.assertTrue(credit.is_return)

    def test_return_of_an_invoice_without_order_stands_at_the_invoice(self):
        invoice = self._bills(self.customer, 300, day=date(2025, 3, 20))
        credit = self._credits(invoice, day=date(2025, 5, 5))
        row = self._purchases(self.customer).filtered("is_return")
        self.assertEqual(
            (row.day, row.known_on, row.res_id), (date(2025, 3, 20), date(2025, 5, 5), credit.id)
        )

    def test_evening_in_utc_is_the_next_day_in_the_shop(self):
        late = datetime(2025, 6, 28, 23, 30)
        order = self._sells(self.customer, [(self.product, 10, 30)], moment=late)
        self.assertEqual(self._purchases(self.customer).day, date(2025, 6, 28))
        self.company.retail_tz = "Asia/Shanghai"
        self.assertEqual(self._purchases(self.customer).day, date(2025, 6, 29))
        self._invoices(order)
        self.assertEqual(self._purchases(self.customer).day, date(2025, 6, 29))
        self.company.retail_tz = "America/New_York"
        order.date_order = datetime(2025, 6, 28, 3, 30)
        self.assertEqual(self._purchases(self.customer).day, date(2025, 6, 27))

    def test_branch_uses_the_days_of_the_main_company(self):
        self.company.retail_tz = "Asia/Shanghai"
        branch = self._create_company("Branch", parent_id=self.company.id, retail_tz="UTC")
        self._sells(
            self.customer, [(self.product, 1, 30)], moment=datetime(2025, 6, 28, 23, 30), company=branch
        )
        self.assertEqual(self._purchases(self.customer).day, date(2025, 6, 29))

    # ------------------------------------------------------------------ how much

    def _euro_order(self, lines, **values):
        """An order in euro of a day when one dollar was two euro; later a dollar is four."""
        self._rate(self.euro, {date(2025, 1, 1): 2, date(2025, 6, 15): 4})
        pricelist = self.env["product.pricelist"].create({"name": "Euro", "currency_id": self.euro.id})
        return self._sells(self.customer, lines, day=date(2025, 6, 1), pricelist_id=pricelist.id, **values)

    def test_foreign_order_counts_at_the_rate_of_its_day(self):
        order = self._euro_order([(self.product, 10, 30)])
        self.assertEqual(order.currency_id, self.euro)
        self.assertPurchases(self.customer, revenue=150, rows=1)

    def test_foreign_invoice_at_another_rate_leaves_no_remainder(self):
        order = self._euro_order([(self.product, 10, 30)])
        self._invoices(order, quantity=4, day=date(2025, 6, 20))
        self.assertPurchases(self.customer, revenue=120 / 4 + 180 / 2, rows=2)
        self._invoices(order, day=date(2025, 6, 25))
        self.assertPurchases(self.customer, revenue=300 / 4, rows=2)

    def test_foreign_credit_note_counts_at_its_own_rate(self):
        invoice = self._invoices(self._euro_order([(self.product, 10, 30)]), day=date(2025, 6, 2))
        self._credits(invoice, amount=100, day=date(2025, 6, 20))
        self.assertPurchases(self.customer, revenue=300 / 2 - 100 / 4, rows=2)

    # ------------------------------------------------------------------ at what cost

    def test_cost_is_that_of_the_day_of_the_sale(self):
        kettle = self._product("Kettle", cost=20)
        order = self._sells(self.customer, [(kettle, 10, 30)])
        kettle.standard_price = 29
        self.assertPurchases(self.customer, contribution=100)
        invoice = self._invoices(order, quantity=4)
        self.assertPurchases(self.customer, contribution=100, rows=2)
        self._credits(invoice)
        self.assertPurchases(self.customer, revenue=180, contribution=60)

    def test_cost_is_in_the_unit_and_currency_of_the_order(self):
        cup = self._product("Cup", cost=2)
        dozen = self.env.ref("uom.product_uom_dozen")
        unit = self.env.ref("uom.product_uom_unit")
        line = {**self._line_values((cup, 1, 60)), "product_uom_id": dozen.id}
        order = self._euro_order([line])
        # priced in euro of the day of the quotation: 12 cups of 2 dollars
        order.order_line.purchase_price = 48
        self.assertPurchases(self.customer, revenue=30, contribution=30 - 24)
        invoice = self._invoices(order, post=False)
        invoice.invoice_line_ids.write({"product_uom_id": unit.id, "quantity": 6, "price_unit": 5})
        self._posts(invoice, day=date(2025, 6, 2))
        self.assertPurchases(self.customer, revenue=30, contribution=30 - 24, rows=2)

    def test_unknown_cost_takes_the_default_margin_rate_and_says_so(self):
        self.company.retail_default_margin_rate = 0.4
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self.assertPurchases(self.customer, contribution=120)
        self._invoices(order, quantity=4)
        self.assertPurchases(self.customer, contribution=120)
        known = self._customer("Known")
        self._sells(known, [(self._product("Kettle", cost=20), 10, 30)])
        self._rescore()
        self.assertTrue(self._profile(self.customer).is_cost_estimated)
        self.assertFalse(self._profile(known).is_cost_estimated)
        self.assertEqual(self._profile(known).contribution, 100)

    def test_discount_line_costs_nothing_beside_goods_of_known_cost(self):
        self.company.retail_default_margin_rate = 0.4
        discount = self._product("Discount")
        kettle = self._product("Kettle", cost=20)
        self._sells(self.customer, [(kettle, 10, 30), (discount, 1, -40)])
        self.assertPurchases(self.customer, revenue=260, contribution=60)
        unknown = self._customer("Unknown cost")
        self._sells(unknown, [(self.product, 10, 30), (discount, 1, -40)])
        self.assertPurchases(unknown, revenue=260, contribution=104)

    def test_history_without_cost_differs_from_cost_zero(self):
        self.company.retail_default_margin_rate = 0.4
        self._buys(self.customer, 100)
        self._buys(self.customer, 100, cost=0)
        self._buys(self.customer, 100, cost=70)
        self.assertPurchases(self.customer, revenue=300, contribution=40 + 100 + 30)

    # ------------------------------------------------------------------ how fast

    def test_purchases_of_one_customer_are_found_by_indexes_only(self):
        """Conditions reach every source: no big table is read as a whole for one customer."""
        self._invoices(self._sells(self.customer, [(self.product, 10, 30)]), quantity=4)
        self._buys(self.customer, 50)
        self._add_crowd(3000)
        plan = self.env.execute_query(
            SQL(
                "EXPLAIN (FORMAT JSON) SELECT * FROM (%s) purchase WHERE partner_id = %s AND company_id = %s",
                self.env["retail.purchase"]._sql_purchases(),
                self.customer.id,
                self.company.id,
            )
        )[0][0]
        scans = [node for node in self._nodes(plan) if node.get("Relation Name") in BIG_TABLES]
        self.assertEqual({node["Relation Name"] for node in scans}, BIG_TABLES)
        unbound = [node for node in scans if "Index Cond" not in node and "Recheck Cond" not in node]
        self.assertFalse(unbound, json.dumps(unbound, indent=1))

    def _add_crowd(self, number):
        """Copies by SQL of somebody else's documents, as many as ``number``, so that indexes are worth it."""
        other = self._customer("Crowd")
        order = self._sells(other, [(self.product, 10, 30)])
        invoice = self._invoices(order)
        row = self._buys(other, 50)
        self.env.flush_all()
        line, invoice_line = order.order_line, invoice.invoice_line_ids
        self._copy_row(other, number)
        self._copy_row(order, number)
        self._copy_row(line, number, order_id=self._sql_copy(order))
        self._copy_row(invoice, number, name=SQL("name || counter"))
        self._copy_row(invoice_line, number, move_id=self._sql_copy(invoice))
        self._copy_row(row, number, reference=SQL("reference || counter"))
        self.env.cr.execute(
            SQL(
                """INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id)
                   SELECT %s, %s FROM generate_series(1, %s) counter;
                   ANALYZE sale_order_line_invoice_rel""",
                self._sql_copy(line),
                self._sql_copy(invoice_line),
                number,
            )
        )

    @staticmethod
    def _sql_copy(record):
        """The id of the copy of ``record`` that bears the number ``counter``, far from those in use."""
        return SQL("%s + counter", record.id + 1_000_000)

    def _copy_row(self, record, number, **columns):
        """Insert ``number`` copies of the row; ``columns`` are SQL, of the number ``counter`` of the copy."""
        names = [
            name
            for name, field in record._fields.items()
            if field.store and field.column_type and name != "id"
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO %(table)s (id, %(names)s)
                   SELECT %(copy)s, %(values)s FROM %(table)s, generate_series(1, %(number)s) counter WHERE id = %(id)s;
                   ANALYZE %(table)s""",
                table=SQL.identifier(record._table),
                names=SQL(", ").join(map(SQL.identifier, names)),
                copy=self._sql_copy(record),
                values=SQL(", ").join(columns.get(name, SQL.identifier(name)) for name in names),
                number=number,
                id=record.id,
            )
        )

    def _nodes(self, plan):
        """Every node of an EXPLAIN in JSON."""
        if isinstance(plan, str):
            plan = json.loads(plan)
        if isinstance(plan, list):
            for part in plan:
                yield from self._nodes(part.get("Plan", part))
        else:
            yield plan
            yield from self._nodes(plan.get("Plans", []))


@tagged("post_install", "-at_install")
class TestPurchaseReports(RetailAccountingCommon):
    """The segment is a dimension of Odoo's own sales and invoice analysis, without changing their figures."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Tea House", is_company=True)
        cls.contact = cls._customer("Buyer", parent_id=cls.customer.id)

    def test_segment_in_sales_and_invoice_analysis(self):
        self._invoices(self._sells(self.contact, [(self.product, 10, 30)]))
        self._sells(self._customer("New"), [(self.product, 1, 7)])
        self._buys(self.customer, 1)
        self._rescore()
        self.env.flush_all()
        self.env["retail.profile"].search([("partner_id", "!=", self.customer.id)]).segment_id = False
        segment = self._profile(self.customer).segment_id
        for model in ("sale.report", "account.invoice.report"):
            rows = self.env[model]._read_group([], ["retail_segment_id"], ["price_subtotal:sum"])
            self.assertEqual(dict(rows)[segment], 300, model)

    def test_branch_shows_the_segment_of_the_main_company(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        self._sells(self.contact, [(self.product, 10, 30)], company=branch)
        self._rescore()
        segment = self._profile(self.customer).segment_id
        report = self.env["sale.report"].with_context(allowed_company_ids=[self.company.id, branch.id])
        rows = report._read_group(
            [("company_id", "=", branch.id)], ["retail_segment_id"], ["price_subtotal:sum"]
        )
        self.assertEqual(rows, [(segment, 300)])

    def test_lead_and_order_show_the_segment_of_their_customer(self):
        self._buys(self.customer, 100)
        self._rescore()
        segment = self._profile(self.customer).segment_id
        order = self._quotes(self.contact, [(self.product, 1, 7)])
        lead = self.env["crm.lead"].create({"name": "Kettles", "partner_id": self.contact.id})
        self.assertEqual(order.retail_segment_id, segment)
        self.assertEqual(lead.retail_segment_id, segment)
        for record in (order, lead):
            domain = [("retail_segment_id", "=", segment.id), ("id", "=", record.id)]
            self.assertEqual(record.search(domain), record)
            self.assertEqual(record._read_group(domain, ["retail_segment_id"], ["__count"]), [(segment, 1)])
            self.assertEqual(record.retail_strategy_id.segment_id, segment)
