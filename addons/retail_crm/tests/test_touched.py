from contextlib import contextmanager
from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from .common import RetailAccountingCommon


class TouchedCommon(RetailAccountingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Customer")
        cls.other = cls._customer("Other")

    def _marked(self):
        """Names of the marked customers, by name of the root company."""
        self.env.flush_all()
        rows = self.env.execute_query(SQL("SELECT partner_id, company_id FROM retail_profile_touched"))
        companies = self.env["res.company"].browse({company for _partner, company in rows})
        partners = {
            partner: self.env["res.partner"].browse(partner).display_name for partner, _company in rows
        }
        return {
            company.name: sorted(
                {partners[partner] for partner, company_id in rows if company_id == company.id}
            )
            for company in companies
        }

    @contextmanager
    def assertTouches(self, *customers, company=None):
        """Exactly these customers are marked meanwhile, in ``company`` and no other."""
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM retail_profile_touched"))
        yield
        expected = {(company or self.company).name: sorted(customer.display_name for customer in customers)}
        self.assertEqual(self._marked(), expected if customers else {})

    def _sql(self, query, *values):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *values))
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestTouched(TouchedCommon):
    """Every change of what a customer bought marks that customer, and nothing else marks anybody."""

    def test_order_marks_once_it_is_confirmed(self):
        with self.assertTouches():
            order = self._quotes(self.customer, [(self.product, 10, 30)])
            order.order_line.product_uom_qty = 5
        with self.assertTouches(self.customer):
            order.action_confirm()
        with self.assertTouches(self.customer):
            order.order_line.price_unit = 20
        with self.assertTouches(self.customer):
            order.date_order = self.today
        with self.assertTouches(self.customer):
            order._action_cancel()
        with self.assertTouches():
            order.action_draft()
            order.unlink()

    def test_order_given_to_another_customer_marks_both(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        with self.assertTouches(self.customer, self.other):
            order.partner_id = self.other

    def test_line_added_and_deleted_marks(self):
        order = self._sells(self.customer, [(self.product, 10, 30), (self.product, 1, 5)])
        with self.assertTouches(self.customer):
            self.env["sale.order.line"].create(
                {"order_id": order.id, **self._line_values((self.product, 1, 5))}
            )
        with self.assertTouches(self.customer):
            self._sql("DELETE FROM sale_order_line WHERE id = %s", order.order_line[-1].id)

    def test_invoice_marks_while_it_is_posted(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._invoices(self._sells(self.other, [(self.product, 1, 1)]))
        with self.assertTouches(self.customer):
            invoice = self._invoices(order)
        with self.assertTouches(self.customer):
            invoice.button_draft()
        free = self._bills(self.other, 10, kind="out_receipt")
        with self.assertTouches(self.other):
            free.button_draft()
        with self.assertTouches():
            free.invoice_line_ids.price_unit = 20
        with self.assertTouches(self.other):
            free.action_post()
        with self.assertTouches(self.other):
            self._credits(free)

    def test_link_between_a_posted_invoice_and_an_order_marks(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        bill = self._bills(self.other, 300)
        with self.assertTouches(self.customer):
            bill.invoice_line_ids.sale_line_ids = order.order_line

    def test_payments_supplier_bills_and_entries_mark_nobody(self):
        bill = self._bills(self.customer, 100)
        with self.assertTouches():
            self._bills(self.customer, 100, kind="in_invoice")
            payment = self.env["account.payment"].create(
                {"partner_id": self.customer.id, "amount": 100, "payment_type": "inbound"}
            )
            payment.action_post()
        self.assertEqual(bill.amount_residual, 100)

    def test_imported_history_marks(self):
        with self.assertTouches(self.customer):
            row = self._buys(self.customer, 100)
        with self.assertTouches(self.customer, self.other):
            row.partner_id = self.other
        with self.assertTouches(self.other):
            row.unlink()

    def test_changes_by_sql_mark(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        bill = self._bills(self.customer, 100)
        row = self._buys(self.customer, 100)
        for query, record in (
            ("UPDATE sale_order SET date_order = '2025-01-01' WHERE id = %s", order),
            ("UPDATE sale_order_line SET price_subtotal = 1 WHERE id = %s", order.order_line),
            ("UPDATE account_move SET invoice_date = '2025-01-01' WHERE id = %s", bill),
            ("UPDATE account_move_line SET quantity = 2 WHERE id = %s", bill.invoice_line_ids),
            ("UPDATE retail_purchase_history SET amount = 1 WHERE id = %s", row),
            ("DELETE FROM retail_purchase_history WHERE id = %s", row),
        ):
            with self.subTest(query), self.assertTouches(self.customer):
                self._sql(query, record.id)
        quotation = self._quotes(self.customer, [(self.product, 10, 30)])
        with self.assertTouches():
            self._sql("UPDATE sale_order SET date_order = '2025-01-01' WHERE id = %s", quotation.id)

    def test_contact_marks_its_company(self):
        company = self._customer("Tea House", is_company=True)
        contact = self._customer("Buyer", parent_id=company.id)
        with self.assertTouches(company):
            self._sells(contact, [(self.product, 10, 30)])

    def test_branch_marks_in_its_main_company_and_another_company_in_its_own(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        stranger = self._create_company("Other Shop")
        with self.assertTouches(self.customer):
            self._sells(self.customer, [(self.product, 10, 30)], company=branch)
        with self.assertTouches(self.customer, company=stranger):
            self._sells(self.customer, [(self.product, 10, 30)], company=stranger)

    def test_customer_marks_when_it_becomes_another_one(self):
        company = self._customer("Tea House", is_company=True)
        self._delete_marks()
        with self.subTest("ordinary changes"):
            self.customer.write({"name": "New name", "phone": "12345", "active": False})
            self.assertEqual(self._marked(), {})
        self.customer.write({"name": "Customer", "active": True})
        for change in ({"parent_id": company.id}, {"parent_id": False}):
            self._delete_marks()
            self.customer.write(change)
            self.assertIn("Tea House", self._marked()[self.company.name])
            self.assertTrue(any("Customer" in name for name in self._marked()[self.company.name]))
        self._delete_marks()
        self.customer.retail_is_walk_in = True
        self.assertEqual(self._marked()[self.company.name], ["Customer"])

    def _delete_marks(self):
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM retail_profile_touched"))


@tagged("post_install", "-at_install")
class TestIncrementalRun(TouchedCommon):
    """After any change an incremental run leaves exactly what a full one would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crowd = [cls._customer(f"Crowd {number}") for number in range(12)]
        for number, customer in enumerate(cls.crowd):
            for purchase in range(1 + number % 3):
                cls._buys(customer, 10 * (number + 1), days_ago=5 + 40 * purchase + number, cost=number)

    def setUp(self):
        super().setUp()
        self.order = self._sells(self.customer, [(self.product, 10, 30), (self.product, 2, 7)], days_ago=40)
        self.invoice = self._invoices(
            self._sells(self.other, [(self.product, 4, 25)], days_ago=30), days_ago=28
        )
        self._rescore()

    def _state(self, as_of):
        """All that is stored of the shop's customers; the weighted sum as of the same day for all."""
        self.env.flush_all()
        statistics = self.env.execute_query(
            SQL(
                """SELECT partner_id, first_day, last_day, purchase_days, round(revenue::numeric, 2),
                          round(contribution::numeric, 2), is_cost_estimated, store_id,
                          round((ew_sum * power(0.5::float8, (%(as_of)s::date - ew_date) / 182.0))::numeric, 6)
                     FROM retail_profile_statistics WHERE company_id = %(company)s ORDER BY partner_id""",
                as_of=as_of,
                company=self.company.id,
            )
        )
        profiles = self.env["retail.profile"].search(
            [("company_id", "=", self.company.id)], order="partner_id"
        )
        names = [
            "partner_id",
            "segment_id",
            "value",
            "value_rank",
            "value_percentile",
            "revenue",
            "inactivity_risk",
        ]
        return statistics, [tuple(profile[name] for name in names) for profile in profiles]

    def assertIncrementEqualsRebuild(self, as_of=None):
        as_of = as_of or self.today
        run = self._rescore(as_of=as_of)
        self.assertFalse(run.is_full)
        incremental = self._state(as_of)
        self.assertTrue(self._rescore(as_of=as_of, full=True).is_full)
        self.maxDiff = None
        self.assertEqual(incremental, self._state(as_of))
        return run

    def test_nothing_changed(self):
        run = self.assertIncrementEqualsRebuild()
        self.assertEqual(run.touched_count, 0)

    def test_order_cancelled(self):
        self.order._action_cancel()
        self.assertEqual(self.assertIncrementEqualsRebuild().touched_count, 1)
        self.assertSegments({self.customer: None})

    def test_order_changed_invoiced_and_credited(self):
        self.order.order_line[0].price_unit = 20
        self.assertIncrementEqualsRebuild()
        invoice = self._invoices(self.order, quantity=1, days_ago=2)
        self.assertIncrementEqualsRebuild()
        self._credits(invoice, amount=15, days_ago=1)
        self.assertIncrementEqualsRebuild()

    def test_order_invoiced_to_somebody_else(self):
        order = self._sells(self.customer, [(self.product, 10, 30)], partner_invoice_id=self.other.id)
        self.assertIncrementEqualsRebuild()
        self._invoices(order)
        self.assertIncrementEqualsRebuild()
        self.assertEqual(self._profile(self.other).revenue, 400)

    def test_invoice_back_to_draft(self):
        self.invoice.button_draft()
        self.assertIncrementEqualsRebuild()

    def test_history_changed_and_deleted_by_sql(self):
        self._sql("UPDATE retail_purchase_history SET amount = 999 WHERE partner_id = %s", self.crowd[3].id)
        self.assertIncrementEqualsRebuild()
        self._sql("DELETE FROM retail_purchase_history WHERE partner_id = %s", self.crowd[3].id)
        self.assertIncrementEqualsRebuild()
        self.assertSegments({self.crowd[3]: None})

    def test_customer_joins_a_company_and_leaves_it(self):
        company = self._customer("Tea House", is_company=True)
        self.customer.parent_id = company
        self.assertIncrementEqualsRebuild()
        self.assertSegments({company: self._profile(company).segment_id.code})
        self.customer.parent_id = False
        self.assertIncrementEqualsRebuild()
        self.assertSegments({company: None})

    def test_customer_becomes_walk_in(self):
        self.customer.retail_is_walk_in = True
        self.assertIncrementEqualsRebuild()
        self.assertSegments({self.customer: None})

    def test_purchase_and_return_dated_ahead_come_into_reach(self):
        self._buys(self.customer, 500, days_ago=-2)
        self._credits(self.invoice, amount=30, days_ago=-3)
        for days in range(1, 5):
            self.assertIncrementEqualsRebuild(self.today + timedelta(days=days))
        self.assertEqual(self._profile(self.customer).revenue, 814)
        self.assertEqual(self._profile(self.other).revenue, 70)

    def test_time_zone_and_margin_rate_rebuild_everything(self):
        for change in ({"retail_tz": "Asia/Shanghai"}, {"retail_default_margin_rate": 0.5}):
            self.company.write(change)
            self.assertTrue(self._rescore().is_full)
            self.assertFalse(self._rescore().is_full)
        self.assertEqual(self._profile(self.customer).contribution, 157)
