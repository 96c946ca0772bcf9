from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common import RetailAccountingCommon


@tagged("post_install", "-at_install")
class TestPurchaseDocuments(RetailAccountingCommon):
    """Orders, invoices and credit notes tell of the same purchase, and it counts once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer()
        cls.discount_product = cls._product("Discount")

    def test_order_part_invoice_rest_credit_and_refund_count_once(self):
        order = self._sells(self.customer, [(self.product, 10, 30)], days_ago=20)
        self.assertPurchases(self.customer, revenue=300, rows=1)
        first = self._invoices(order, quantity=4, days_ago=15)
        self.assertPurchases(self.customer, revenue=300, rows=2)
        self._invoices(order, days_ago=10)
        self.assertPurchases(self.customer, revenue=300, rows=2)
        self._pays(first, days_ago=6)
        credit = self._credits(first, amount=50, days_ago=5)
        self.assertPurchases(self.customer, revenue=250, rows=3)
        self._pays(credit)
        self.assertPurchases(self.customer, revenue=250, rows=3)

    def test_draft_invoices_and_quotations_are_no_purchases(self):
        self._quotes(self.customer, [(self.product, 1, 30)])
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._invoices(order, post=False)
        self.assertPurchases(self.customer, revenue=300, rows=1)

    def test_credit_note_does_not_reopen_the_order(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        invoice = self._invoices(order)
        self._credits(invoice)
        self.assertPurchases(self.customer, revenue=0, rows=2)

    def test_invoice_that_replaces_a_credited_one_counts_once(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._credits(self._invoices(order))
        self._invoices(order)
        self.assertPurchases(self.customer, revenue=300, rows=3)

    def test_draft_credit_note_takes_nothing_away(self):
        invoice = self._invoices(self._sells(self.customer, [(self.product, 10, 30)]))
        self._credits(invoice, post=False)
        self.assertPurchases(self.customer, revenue=300, rows=1)

    def test_invoice_set_back_to_draft_gives_way_to_the_order(self):
        invoice = self._invoices(self._sells(self.customer, [(self.product, 10, 30)]))
        invoice.button_draft()
        self.assertPurchases(self.customer, revenue=300, rows=1)
        invoice.button_cancel()
        self.assertPurchases(self.customer, revenue=300, rows=1)

    def test_return_on_an_invoice_does_not_reopen_the_order(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._invoices(order)
        order.order_line = [Command.create(self._line_values((self.product, 4, 50)))]
        invoice = self._invoices(order, post=False)
        returned = order.order_line[0]
        invoice.invoice_line_ids = [
            Command.create({**returned._prepare_invoice_line(), "quantity": -2, "tax_ids": [Command.clear()]})
        ]
        self._posts(invoice, day=self.today + timedelta(days=3))
        self.assertPurchases(self.customer, revenue=300 + 200 - 60, rows=3)
        row = self._purchases(self.customer).filtered("is_return")
        self.assertEqual(
            (row.revenue, row.day, row.known_on), (-60, self.today, self.today + timedelta(days=3))
        )

    def test_cancelled_order_is_no_purchase_until_it_is_confirmed_again(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        order._action_cancel()
        self.assertPurchases(self.customer, revenue=0, rows=0)
        order.action_draft()
        self.assertPurchases(self.customer, revenue=0, rows=0)
        order.action_confirm()
        self.assertPurchases(self.customer, revenue=300, rows=1)

    def test_cancelled_order_leaves_what_was_invoiced(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._invoices(order, quantity=4)
        order._action_cancel()
        self.assertPurchases(self.customer, revenue=120, rows=1)

    def test_locked_order_still_counts(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        order.action_lock()
        self.assertPurchases(self.customer, revenue=300, rows=1)

    def test_invoice_without_order_counts(self):
        self._bills(self.customer, 80)
        self.assertPurchases(self.customer, revenue=80, rows=1)

    def test_receipt_counts(self):
        self._bills(self.customer, 80, kind="out_receipt")
        self.assertPurchases(self.customer, revenue=80, rows=1)

    def test_credit_note_without_invoice_is_a_return(self):
        self._bills(self.customer, 80, kind="out_refund")
        self.assertPurchases(self.customer, revenue=-80, rows=1)
        self.assertTrue(self._purchases(self.customer).is_return)

    def test_what_the_shop_buys_is_no_purchase(self):
        self._bills(self.customer, 80, kind="in_invoice")
        self._bills(self.customer, 80, kind="in_refund")
        self.assertPurchases(self.customer, revenue=0, rows=0)

    def test_more_invoiced_than_ordered_takes_nothing_away(self):
        order = self._sells(self.customer, [(self.product, 10, 30), (self.product, 1, 70)])
        invoice = self._invoices(order, post=False)
        first, second = invoice.invoice_line_ids
        first.quantity = 12
        invoice.invoice_line_ids = [Command.delete(second.id)]
        self._posts(invoice)
        self.assertPurchases(self.customer, revenue=360 + 70, rows=2)

    def test_free_order_is_a_purchase_of_nothing_once(self):
        order = self._sells(self.customer, [(self.product, 2, 0)])
        self.assertPurchases(self.customer, revenue=0, rows=1)
        self._invoices(order)
        self.assertPurchases(self.customer, revenue=0, rows=1)
        self._rescore()
        self.assertEqual(self._profile(self.customer).purchase_days, 1)

    def test_credit_note_of_a_free_line_does_not_reopen_it(self):
        order = self._sells(self.customer, [(self.product, 1, 0)])
        invoice = self._invoices(order)
        self._credits(invoice, amount=10)
        self.assertPurchases(self.customer, revenue=-10, rows=2)

    def test_sections_and_notes_are_no_purchases(self):
        section = {"display_type": "line_section", "name": "Teas"}
        order = self._sells(self.customer, [section, (self.product, 10, 30)])
        self._invoices(order, quantity=4)
        self.assertPurchases(self.customer, revenue=300, rows=2)

    def test_delivered_quantity_policy_counts_the_order_and_then_the_invoice(self):
        goods = self._product("Kettle", invoice_policy="delivery")
        order = self._sells(self.customer, [(goods, 10, 30)])
        order.order_line.qty_delivered = 12
        self._invoices(order)
        self.assertPurchases(self.customer, revenue=360, rows=1)
        # two come back: Odoo asks for a credit note of what is now less than invoiced
        order.order_line.qty_delivered = 10
        self._posts(order._create_invoices(final=True))
        self.assertPurchases(self.customer, revenue=300, rows=2)

    def test_cents_left_by_rounding_are_no_purchase(self):
        order = self._sells(self.customer, [(self.product, 3, 10.004)])
        self.assertEqual(order.amount_untaxed, 30.01)
        for _part in range(3):
            self._invoices(order, quantity=1)
        self.assertPurchases(self.customer, revenue=30, rows=3)

    def test_order_line_taken_back_counts_negative(self):
        order = self._sells(self.customer, [(self.product, 3, 100), (self.product, -1, 80)])
        self.assertPurchases(self.customer, revenue=220, rows=2)
        self._invoices(order)
        self.assertPurchases(self.customer, revenue=220, rows=2)

    def test_discount_line_lowers_revenue_once(self):
        order = self._sells(self.customer, [(self.product, 10, 30), (self.discount_product, 1, -40)])
        self.assertPurchases(self.customer, revenue=260, rows=2)
        invoice = self._invoices(order)
        self.assertPurchases(self.customer, revenue=260, rows=2)
        self._credits(invoice)
        self.assertPurchases(self.customer, revenue=0, rows=4)

    def test_percentage_discount_lowers_revenue_once(self):
        order = self._sells(self.customer, [{**self._line_values((self.product, 10, 30)), "discount": 20}])
        self.assertPurchases(self.customer, revenue=240, rows=1)
        self._invoices(order, quantity=5)
        self.assertPurchases(self.customer, revenue=240, rows=2)

    def test_taxes_are_not_revenue(self):
        tax = self.env["account.tax"].create(
            {
                "name": "Included",
                "amount": 20,
                "price_include_override": "tax_included",
                "type_tax_use": "sale",
            }
        )
        order = self._sells(self.customer, [{**self._line_values((self.product, 3, 12)), "tax_ids": tax.ids}])
        self.assertPurchases(self.customer, revenue=30, rows=1)
        self._invoices(order, quantity=1)
        self.assertPurchases(self.customer, revenue=30, rows=2)

    def test_history_stands_beside_documents(self):
        self._buys(self.customer, 100, days_ago=90)
        self._buys(self.customer, -30, days_ago=80)
        self._invoices(self._sells(self.customer, [(self.product, 1, 50)]))
        self.assertPurchases(self.customer, revenue=120, rows=3)
        sources = set(self._purchases(self.customer).mapped("source"))
        self.assertEqual(sources, {"history", "invoice"})

    def test_ids_are_unique_and_stable_over_all_sources(self):
        self._buys(self.customer, 100)
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._invoices(order, quantity=4)
        purchases = self._purchases(self.customer)
        self.assertEqual(len(set(purchases.ids)), 3)
        for purchase in purchases:
            self.assertEqual(self.env["retail.purchase"].search([("id", "=", purchase.id)]), purchase)
            self.assertTrue(self.env[purchase.res_model].browse(purchase.res_id).exists())

    def test_source_with_an_unknown_column_is_refused_by_name(self):
        Purchase = self.env["retail.purchase"]
        with self.assertRaisesRegex(ValueError, "'history'.*colour"):
            Purchase._sql_source("history", {"id": SQL("1"), "colour": SQL("'red'")}, SQL("FROM res_partner"))
        with self.assertRaisesRegex(ValueError, "'till' has no number"):
            Purchase._sql_source("till", {"id": SQL("1")}, SQL("FROM res_partner"))

    def test_sources_with_the_same_number_are_refused(self):
        Purchase = self.env["retail.purchase"]
        with patch.object(type(Purchase), "_source_numbers", lambda self: {"invoice": 0, "till": 0}):
            with self.assertRaisesRegex(ValueError, "shared"):
                Purchase._sql_source("till", {"id": SQL("1")}, SQL("FROM res_partner"))


@tagged("post_install", "-at_install")
class TestPurchaseDownPayments(RetailAccountingCommon):
    """A down payment is no purchase of its own, however it ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer()

    def _asks_down_payment(self, order, method, amount):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create(
                {
                    "advance_payment_method": method,
                    "amount": amount if method == "percentage" else 0,
                    "fixed_amount": amount if method == "fixed" else 0,
                }
            )
        )
        return self._posts(wizard._create_invoices(order))

    def test_percentage_counts_once_before_and_after_the_final_invoice(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._asks_down_payment(order, "percentage", 40)
        self.assertPurchases(self.customer, revenue=300, contribution=300)
        self._invoices(order, final=True)
        self.assertPurchases(self.customer, revenue=300, contribution=300)
        self.assertFalse(self._purchases(self.customer).filtered("is_return"), "deducting it is no return")

    def test_fixed_amount_counts_once_before_and_after_the_final_invoice(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._asks_down_payment(order, "fixed", 125)
        self.assertPurchases(self.customer, revenue=300)
        self._invoices(order, quantity=5)
        self.assertPurchases(self.customer, revenue=300)
        self._invoices(order, final=True)
        self.assertPurchases(self.customer, revenue=300)

    def test_contribution_is_that_of_the_goods(self):
        self.company.retail_default_margin_rate = 0.3
        order = self._sells(self.customer, [(self._product("Kettle", cost=20), 10, 30)])
        self._asks_down_payment(order, "percentage", 40)
        self.assertPurchases(self.customer, revenue=300, contribution=100)
        self._rescore()
        self.assertFalse(self._profile(self.customer).is_cost_estimated)
        self._invoices(order, final=True)
        self.assertPurchases(self.customer, revenue=300, contribution=100)

    def test_credited_down_payment_leaves_the_order(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._credits(self._asks_down_payment(order, "fixed", 100))
        self.assertPurchases(self.customer, revenue=300)
        self._invoices(order, final=True)
        self.assertPurchases(self.customer, revenue=300)

    def test_credited_final_invoice_is_a_return(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        down_payment = self._asks_down_payment(order, "fixed", 100)
        final = self._invoices(order, final=True)
        self._credits(final)
        self._credits(down_payment)
        self.assertPurchases(self.customer, revenue=0)

    def test_down_payment_above_what_is_delivered_comes_back(self):
        goods = self._product("Kettle", invoice_policy="delivery")
        order = self._sells(self.customer, [(goods, 10, 30)])
        self._asks_down_payment(order, "percentage", 100)
        order.order_line[0].write({"product_uom_qty": 4, "price_unit": 30, "qty_delivered": 4})
        refund = self._posts(order._create_invoices(final=True))
        self.assertEqual((refund.move_type, refund.amount_untaxed), ("out_refund", 180))
        self.assertPurchases(self.customer, revenue=120)

    def test_deposit_kept_after_cancelling_is_revenue(self):
        order = self._sells(self.customer, [(self.product, 10, 30)])
        self._asks_down_payment(order, "fixed", 100)
        order._action_cancel()
        self.assertPurchases(self.customer, revenue=100)


@tagged("post_install", "-at_install")
class TestPurchaseLoyalty(RetailAccountingCommon):
    """Rewards lower revenue; gift cards and e-wallets move money and are no purchases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer()

    def _program(self, kind, product, **values):
        """A program that turns money spent on ``product`` into points, and points into money off the order."""
        rule = {"reward_point_mode": "money", "reward_point_amount": 1, "product_ids": product.ids}
        reward = {
            "reward_type": "discount",
            "discount_mode": "per_point",
            "discount": 1,
            "required_points": 1,
        }
        return self.env["loyalty.program"].create(
            {
                "name": kind,
                "program_type": kind,
                "applies_on": "future",
                "trigger": "auto",
                "company_id": self.company.id,
                "rule_ids": [Command.create(rule)],
                "reward_ids": [Command.create({**reward, "discount_applicability": "order"})],
                **values,
            }
        )

    def _redeems(self, program, points, lines):
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.customer.id, "points": points}
        )
        order = self._quotes(self.customer, lines)
        order._try_apply_code(card.code)
        order._apply_program_reward(program.reward_ids, card)
        order.action_confirm()
        order.date_order = self.today
        return order

    def test_selling_a_gift_card_is_no_purchase(self):
        gift_card = self._product("Gift card")
        self._program("gift_card", gift_card)
        order = self._sells(self.customer, [(gift_card, 1, 50), (self.product, 1, 20)])
        self.assertPurchases(self.customer, revenue=20, rows=1)
        self._invoices(order)
        self.assertPurchases(self.customer, revenue=20, rows=1)

    def test_paying_with_a_gift_card_leaves_the_purchase_whole(self):
        program = self._program("gift_card", self._product("Gift card"))
        order = self._redeems(program, 50, [(self.product, 1, 80)])
        self.assertEqual(order.amount_untaxed, 30)
        self.assertPurchases(self.customer, revenue=80, rows=1)
        self._invoices(order)
        self.assertPurchases(self.customer, revenue=80, rows=1)

    def test_ewallet_is_no_purchase_when_filled_nor_when_spent(self):
        top_up = self._product("Top-up")
        program = self._program("ewallet", top_up)
        self._sells(self.customer, [(top_up, 1, 50)])
        self.assertPurchases(self.customer, revenue=0, rows=0)
        self._redeems(program, 50, [(self.product, 1, 80)])
        self.assertPurchases(self.customer, revenue=80, rows=1)

    def test_points_spent_lower_revenue_once(self):
        program = self._program("loyalty", self._product("Kettle"), applies_on="both")
        order = self._redeems(program, 15, [(self.product, 1, 80)])
        self.assertPurchases(self.customer, revenue=65, rows=2)
        self._invoices(order)
        self.assertPurchases(self.customer, revenue=65, rows=2)

    def test_free_product_costs_what_it_costs(self):
        cup = self._product("Cup", cost=4)
        order = self._sells(self.customer, [(self._product("Kettle", cost=20), 1, 50)])
        order.order_line = [Command.create({**self._line_values((cup, 1, 9)), "discount": 100})]
        self.assertPurchases(self.customer, revenue=50, contribution=26, rows=2)
        self._invoices(order)
        self.assertPurchases(self.customer, revenue=50, contribution=26, rows=2)
