from contextlib import suppress

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .test_act_terms_guard import GuardCommon


@tagged("post_install", "-at_install")
class TestActTermsLoopholes(GuardCommon):
    """What a salesperson could send to get around the terms."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._term(has_discount_ceiling=True, discount_ceiling=10)

    def _call(self, model, method, *args, **context):
        context = {"allowed_company_ids": self.company.ids, "lang": "en_US", **context}
        return call_kw(self.env(user=self.staff)[model], method, args, {"context": context})

    def assertRefused(self, order):
        self.env.flush_all()
        for values in (None, {"state": "sale"}):
            with self.assertUndone("Without a manager"):
                if values:
                    self._call("sale.order", "write", order.ids, values)
                else:
                    self._call("sale.order", "action_confirm", order.ids)

    def test_writing_the_state_is_no_way_around(self):
        self.assertRefused(self._sale(discount=20))

    def test_an_order_is_not_created_as_a_confirmed_one(self):
        line = {"product_id": self.kettle.id, "discount": 20}
        values = {"partner_id": self.customer.id, "state": "sale", "order_line": [Command.create(line)]}
        with self.assertUndone("Without a manager"):
            self._call("sale.order", "create", [values])

    def test_goods_are_no_expense_or_advance_because_a_client_says_so(self):
        for name in ("is_expense", "is_downpayment"):
            with self.subTest(flag=name):
                order = self._sale(discount=20)
                self._call("sale.order.line", "write", order.order_line.ids, {name: True})
                self.assertRefused(order)

    def test_defaults_of_a_client_forge_neither_terms_nor_prices(self):
        line = {"product_id": self.kettle.id, "discount": 20}
        values = {"partner_id": self.customer.id, "order_line": [Command.create(line)]}
        for forged in (
            {"default_retail_reference_price": 80},
            {"default_retail_terms": {"company_id": self.company.id}},
            {"default_retail_term_id": False},
        ):
            with self.subTest(forged=forged):
                try:
                    [order] = self._call("sale.order", "create", [values], **forged)
                except AccessError:
                    continue
                self.assertRefused(self.env["sale.order"].browse(order))

    def test_a_payment_for_another_order_or_for_a_part_lifts_no_ceiling(self):
        paid, order = self._sale(), self._sale(discount=20)
        self._pay(paid)
        # with a right to payments or without
        with suppress(AccessError):
            self._call(
                "sale.order",
                "write",
                order.ids,
                {"transaction_ids": [Command.set(paid.sudo().transaction_ids.ids)]},
            )
        self.assertRefused(order)
        part = self._sale(discount=20, require_payment=True, prepayment_percent=0.01)
        self._pay(part, part.amount_total / 100)
        self.assertRefused(part)

    def test_a_payment_that_a_person_entered_lifts_no_ceiling(self):
        clerk = self._user(
            "terms_clerk", "sales_team.group_sale_salesman_all_leads,account.group_account_invoice"
        )
        order = self._sale(discount=20)
        self._pay(order, user=clerk)
        self.assertRefused(order)

    def _pay(self, order, amount=None, user=None):
        provider = self.env["payment.provider"].sudo().search([("code", "=", "none")], limit=1)
        method = self.env["payment.method"].sudo().with_context(active_test=False).search([], limit=1)
        payments = self.env["payment.transaction"]
        (payments.with_user(user) if user else payments.sudo()).create(
            {
                "provider_id": provider.copy({"company_id": self.company.id}).id,
                "payment_method_id": method.id,
                "reference": f"terms-{order.id}",
                "amount": amount or order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "sale_order_ids": [Command.set(order.ids)],
                "state": "done",
            }
        )

    def test_the_ceiling_holds_after_the_confirmation_as_well(self):
        order = self._sale(discount=10)
        self._call("sale.order", "action_confirm", order.ids)
        line = order.order_line
        for values in ({"discount": 20}, {"price_unit": 80}):
            with self.assertUndone("Without a manager"):
                self._call("sale.order.line", "write", line.ids, values)
            with self.assertUndone("Without a manager"):
                self._call(
                    "sale.order", "write", order.ids, {"order_line": [Command.update(line.id, values)]}
                )
        self._call("sale.order.line", "write", line.ids, {"discount": 5})
