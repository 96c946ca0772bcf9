from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import HttpCase, new_test_user, tagged

from .common import AuthorityCommon

REFUSED = "gives more away"


class PathsCommon(AuthorityCommon):
    def _call(self, method, *args, user=None, model="sale.order", **context):
        """What a client gets from the server, by the way that every remote call takes."""
        env = self._as(user)
        return call_kw(env[model], method, args, {"context": {**env.context, **context}})

    def assertRefusedCall(self, method, *args, words=REFUSED, **kwargs):
        with self.assertUndone(words):
            self._call(method, *args, **kwargs)


@tagged("post_install", "-at_install")
class TestAuthorityPaths(PathsCommon):
    """No way leads around an answer, as remote calls of a salesperson."""

    def test_no_call_confirms_an_order_above_authority(self):
        order, inside = self._quote(discount=20), self._quote(discount=5)
        self.assertRefusedCall("action_confirm", order.ids)
        self.assertRefusedCall("action_confirm", (inside | order).ids)
        self.assertRefusedCall("write", order.ids, {"state": "sale"})
        self.assertRefusedCall("web_save", order.ids, {"state": "sale"}, {})
        self.assertEqual(set((order | inside).mapped("state")), {"draft"})

    def test_no_key_in_the_context_of_a_client_confirms_an_order(self):
        order = self._quote(discount=20)
        for name in ("retail_authority_looked_at_later", "tracking_disable", "force_confirm", "sudo"):
            self.assertRefusedCall("action_confirm", order.ids, **{name: True})
            self.assertRefusedCall(
                "write", order.ids, {"state": "sale"}, **{name: {"ids": order.ids, "new": True}}
            )

    def test_no_order_is_created_confirmed_above_authority(self):
        line = {"product_id": self.tea.id, "discount": 20}
        values = {"partner_id": self.anna.id, "state": "sale", "order_line": [Command.create(line)]}
        self.assertRefusedCall("create", values)
        self.assertRefusedCall("create", [values])
        imported = ["partner_id/.id", "state", "order_line/product_id/.id", "order_line/discount"]
        row = [str(self.anna.id), "sale", str(self.tea.id), "20"]
        result = self._call("load", imported, [row])
        self.assertFalse(result["ids"])
        self.assertIn(REFUSED, str(result["messages"]))

    def test_an_order_within_authority_is_created_confirmed(self):
        line = {"product_id": self.tea.id, "discount": 5}
        values = {"partner_id": self.anna.id, "state": "sale", "order_line": [Command.create(line)]}
        order = self.env["sale.order"].browse(self._call("create", [values]))
        self.assertEqual((order.state, self._log(order)), ("sale", ["granted"]))

    def test_nobody_confirms_by_changing_the_figures_that_the_server_keeps(self):
        order = self._quote(discount=20)
        line = order.order_line
        self._call(
            "write", line.ids, {"retail_list_price": 80, "price_subtotal": 999}, model="sale.order.line"
        )
        self._call("write", order.ids, {"currency_rate": 1000, "amount_untaxed": 9999})
        self._call(
            "write",
            order.ids,
            {
                "retail_priced_by_id": self.approver.id,
                "retail_is_approved": True,
                "user_id": self.approver.id,
            },
        )
        self.assertEqual(order.retail_priced_by_id, self.seller)
        self.assertRefusedCall("action_confirm", order.ids)
        line = {"product_id": self.tea.id, "discount": 20, "retail_list_price": 80}
        values = {"partner_id": self.anna.id, "order_line": [Command.create(line)]}
        forged = self._call("create", [values], default_retail_list_price=80)
        self.assertRefusedCall("action_confirm", forged)
        self.assertRefusedCall("create", [{**values, "state": "sale"}], default_retail_list_price=80)

    def test_an_approved_order_that_was_changed_has_to_be_asked_anew(self):
        changes = {
            "discount": {"discount": 21},
            "price": {"price_unit": 99},
            "quantity": {"product_uom_qty": 2},
        }
        for what, values in changes.items():
            with self.subTest(change=what):
                order = self._quote(discount=20)
                self._answers(self._asks(order))
                order.order_line.write(values)
                self.assertRefusedCall("action_confirm", order.ids)
                self.assertEqual(order.retail_authority_state, "above")

    def test_a_confirmed_order_is_not_changed_beyond_authority(self):
        order = self._quote(quantity=2)
        order.action_confirm()
        line = order.order_line
        off = {"product_id": self.product.id, "product_uom_qty": 1, "price_unit": -50}
        words = "is confirmed"
        self.assertRefusedCall("write", line.ids, {"discount": 20}, model="sale.order.line", words=words)
        self.assertRefusedCall("write", line.ids, {"price_unit": 70}, model="sale.order.line", words=words)
        for commands in (
            [Command.update(line.id, {"discount": 20})],
            [Command.update(line.id, {"price_unit": 70})],
            [Command.create(off)],
            [Command.create({**off, "product_uom_qty": -1, "price_unit": 50})],
        ):
            self.assertRefusedCall("write", order.ids, {"order_line": commands}, words=words)
        self.assertRefusedCall(
            "create", [{**off, "order_id": order.id}], model="sale.order.line", words=words
        )
        cheap = self._quote(discount=50)
        self.assertRefusedCall(
            "write", cheap.order_line.ids, {"order_id": order.id}, model="sale.order.line", words=words
        )

    def test_a_confirmed_order_is_changed_within_authority_and_that_is_noted(self):
        order = self._quote(quantity=2)
        order.action_confirm()
        self._call("write", order.ids, {"order_line": [Command.update(order.order_line.id, {"discount": 5})]})
        self._call("write", order.order_line.ids, {"product_uom_qty": 1}, model="sale.order.line")
        self.assertEqual(self._log(order), ["changed"])
        self.assertEqual(
            self.env["retail.authority.fund"]._get_used(self.seller, self.company)["discount_used"], 10
        )

    def test_lines_that_are_changed_together_are_looked_at_together(self):
        order = self._quote(discount=10, order_line=[])
        order.order_line = [
            Command.create({"product_id": self.tea.id, "product_uom_qty": quantity}) for quantity in (1, 9)
        ]
        order.action_confirm()
        small, large = order.order_line
        # 100 off the small one alone would be 10 % of 1000: within the percentage, as both together are
        small.discount = 50
        self._call(
            "write",
            order.ids,
            {
                "order_line": [
                    Command.update(large.id, {"discount": 10}),
                    Command.update(small.id, {"discount": 0}),
                ]
            },
        )
        self.assertEqual((small.discount, large.discount), (0, 10))

    def test_a_copy_and_an_order_that_is_opened_again_are_looked_at_again(self):
        order = self._quote(discount=20)
        self._answers(self._asks(order))
        order.action_confirm()
        self.assertRefusedCall("action_confirm", order.copy().ids)
        order._action_cancel()
        order.action_draft()
        self.assertRefusedCall("action_confirm", order.ids)
        self.assertEqual(self._log(order), ["asked", "approved", "confirmed", "returned"])

    def test_orders_older_than_the_addon_are_looked_at_when_they_change(self):
        order = self._quote(price=80)
        self.env.cr.execute("UPDATE sale_order SET state = 'sale' WHERE id = %s", [order.id])
        self.env.cr.execute(
            "UPDATE sale_order_line SET retail_list_price = NULL, retail_known_cost = NULL WHERE order_id = %s",
            [order.id],
        )
        self.env.invalidate_all()
        self.assertRefusedCall(
            "write", order.order_line.ids, {"price_unit": 60}, model="sale.order.line", words="is confirmed"
        )
        self._call("write", order.order_line.ids, {"price_unit": 90}, model="sale.order.line")


@tagged("post_install", "-at_install")
class TestAuthorityCustomers(PathsCommon, HttpCase):
    """What customers bring about: they sign and pay."""

    def _signs(self, order):
        order.sudo()._portal_ensure_token()
        self.env.flush_all()
        return self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"access_token": order.sudo().access_token, "name": "Anna", "signature": "iVBORw0KGgo="},
        )

    def test_a_customer_cannot_sign_what_waits_for_approval(self):
        order = self._quote(discount=20, require_signature=True, require_payment=False, state="sent")
        self.assertIn("error", self._signs(order))
        self.assertEqual(order.state, "sent")

    def test_a_salesperson_borrows_nobodys_authority_by_letting_the_customer_sign(self):
        order = self._quote(discount=20, require_signature=True, require_payment=False, state="sent")
        order.write({"user_id": self.approver.id})
        public = new_test_user(self.env, "a_visitor", groups="base.group_public")
        with self.assertUndone(REFUSED):
            order.with_user(public).sudo()._validate_order()

    def test_a_customer_signs_what_a_manager_promised(self):
        order = self._quote(discount=20, user=self.manager, require_signature=True, require_payment=False)
        public = new_test_user(self.env, "a_visitor", groups="base.group_public")
        order.with_user(public).sudo()._validate_order()
        self.assertEqual(order.state, "sale")
        note = self.env["retail.authority.log"].search([("document_id", "=", order.id)])
        self.assertEqual(
            (note.kind, note.fund_user_id, note.promised_by_id), ("granted", self.manager, self.manager)
        )

    # ------------------------------------------------------------------ paying

    def _pays(self, order, amount, env=None, state="done"):
        providers = self.env["payment.provider"].sudo()
        provider = providers.search([("company_id", "=", self.company.id)], limit=1) or providers.create(
            {"name": "Bank card", "company_id": self.company.id, "code": "none"}
        )
        provider.support_manual_capture = "full_only"
        methods = self.env["payment.method"].sudo().with_context(active_test=False)
        method = methods.search([], limit=1) or methods.create({"name": "Bank card", "code": "bank_card"})
        return (env or self.env(su=True))["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"{order.name}-{amount}",
                "amount": amount,
                "currency_id": order.currency_id.id,
                "partner_id": self.anna.id,
                "state": state,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )

    def _clerk(self):
        return self._person("clerk", "sales_team.group_sale_salesman_all_leads,account.group_account_invoice")

    def test_what_a_customer_has_paid_online_is_confirmed(self):
        for state in ("done", "authorized"):
            order = self._quote(discount=50, state="sent", require_payment=True)
            confirmed = self._pays(order, order.amount_total, state=state)._check_amount_and_confirm_order()
            self.assertEqual((confirmed, order.state), (order, "sale"))

    def test_a_payment_that_is_pending_or_too_small_confirms_nothing(self):
        order = self._quote(discount=50, state="sent")
        self._pays(order, order.amount_total, state="pending")
        self.assertRefusedCall("action_confirm", order.ids)
        self._pays(order, 10)
        self.assertRefusedCall("action_confirm", order.ids)

    def test_a_price_that_was_lowered_after_the_payment_is_no_paid_order(self):
        order = self._quote(state="sent")
        self._pays(order, order.amount_total)
        order.order_line.discount = 50
        self.assertRefusedCall("action_confirm", order.ids)

    def test_a_confirmed_order_that_was_paid_is_not_made_cheaper(self):
        order = self._quote(state="sent", require_payment=True)
        self._pays(order, order.amount_total)._check_amount_and_confirm_order()
        self.assertRefusedCall(
            "write", order.order_line.ids, {"discount": 50}, model="sale.order.line", words="is confirmed"
        )

    def test_a_down_payment_is_taken_and_the_order_goes_on_waiting(self):
        order = self._quote(discount=50, state="sent", require_payment=True, prepayment_percent=0.1)
        self.assertFalse(self._pays(order, 5)._check_amount_and_confirm_order())
        self.assertEqual((order.state, order.amount_paid), ("sent", 5))

    def test_a_payment_that_a_person_wrote_confirms_nothing(self):
        clerk = self._person(
            "clerk", "sales_team.group_sale_salesman_all_leads,account.group_account_invoice"
        )
        order = self._quote(discount=50, user=clerk)
        self._pays(order, order.amount_total, env=self._as(clerk))
        self.assertRefusedCall("action_confirm", order.ids, user=clerk)

    def test_nobody_puts_a_payment_on_another_order(self):
        clerk = self._clerk()
        paid, order = self._quote(state="sent"), self._quote(price=50)
        transaction = self._pays(paid, 50)
        self._call("write", order.ids, {"transaction_ids": [Command.set(transaction.ids)]}, user=clerk)
        self.assertFalse(order.sudo().transaction_ids)
        self.assertRefusedCall("action_confirm", order.ids)

    def test_nothing_to_pay_is_not_paid(self):
        order = self._quote(discount=100)
        self.assertRefusedCall("action_confirm", order.ids)
