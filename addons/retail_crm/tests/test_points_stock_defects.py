"""Where Odoo's own points go wrong, ours do not; and the work of a salesperson from quotation to refund."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Date
from odoo.service.model import call_kw
from odoo.tests import tagged

from .points_common import PointsCommon
from .test_points_returns import PointsReturnsCommon

SALESPERSON = "sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
class TestStockDefects(PointsReturnsCommon):
    """Each test is named after what happens in Odoo 19 alone, proved by trying, and shows that it does not here."""

    def test_points_stay_after_a_full_refund(self):
        order = self._sell(25, quantity=4)
        invoice = self._invoices(order)
        self._pays(invoice)
        self.assertPoints(100)
        self._return(self._deliver(order), 4)
        self._credits(invoice)
        self.assertPoints(0)

    def test_two_quotations_confirmed_together_spend_the_same_points(self):
        self.program.rule_ids.reward_point_amount = 0.001
        self._card(points=100)
        first, second = self._order(50), self._order(50)
        self.assertFalse(self._redeems(first))
        self.assertIn("error", self._redeems(second))
        (first | second).action_confirm()
        self.assertPoints(0.1)
        self.assertEqual([kind for kind, *_rest in self._moves()].count("redeem"), 1)

    def test_quotations_that_have_reserved_enough_are_confirmed_together(self):
        self.program.rule_ids.reward_point_amount = 0.001
        self._card(points=200)
        orders = self._order(50) | self._order(50)
        for order in orders:
            self.assertFalse(self._redeems(order))
        orders.action_confirm()
        self.assertPoints(0.1)
        self.assertFalse(orders.sudo().retail_reservation_ids)

    def test_salesperson_writes_any_balance_without_a_trace(self):
        card = self._card(points=10).with_user(self._user("defect_staff", SALESPERSON))
        before = self._wallet().move_ids
        with self.assertRaises(UserError), self.env.cr.savepoint():
            card.points = 100000
        for model in ("move", "lot", "wallet", "reservation"):
            with self.assertRaises(AccessError):
                self.env[f"retail.points.{model}"].with_user(card.env.user).check_access("write")
        # whatever a salesperson may do within a limit is written down
        changes = self._wallet().move_ids - before
        self.assertEqual(changes.mapped("user_id"), card.env.user if changes else changes.user_id)
        self.assertPoints(10 + sum(changes.mapped("amount")))

    def test_cancelling_deletes_history(self):
        order = self._sell(50)
        before = self._moves()
        order._action_cancel()
        self.assertEqual(self._moves(), [*before, ("reverse", -50, -50)])

    def test_nothing_expires(self):
        self.program.write({"retail_expiry": "days", "retail_expiry_days": 10})
        self._sell(50)
        last = self._wallet().lot_ids.expires_on
        self.env["retail.points.ageing"]._expire_batch(Date.add(last, days=1))
        self.assertPoints(0)
        self.assertEqual(self._moves()[-1], ("expire", -50, -50))

    def test_each_contact_of_a_company_has_its_own_card(self):
        house = self._customer("Tea House", is_company=True)
        contacts = [self._customer(name, parent_id=house.id) for name in ("Buyer", "Cook")]
        for contact in contacts:
            self._order(60, customer=contact).action_confirm()
        self.assertPoints(120, customer=house)
        order = self._order(30, customer=contacts[0])
        self.assertFalse(self._redeems(order), "what both have collected is enough for a reward")
        order.action_confirm()
        self.assertPoints(50, customer=house)

    def test_contact_that_joins_a_company_brings_the_points(self):
        contact = self._customer("Buyer")
        self._order(60, customer=contact).action_confirm()
        house = self._customer("Tea House", is_company=True)
        self._card(house, 40)
        contact.parent_id = house
        self._order(10, customer=contact).action_confirm()
        self.assertPoints(110, customer=house)

    def test_expired_cards_can_still_be_redeemed(self):
        card = self._card(points=500)
        card.expiration_date = Date.subtract(Date.today(), days=1)
        order = self._order(50)
        order._update_programs_and_rewards()
        self.assertIn("error", order._apply_program_reward(self.reward, card))
        order.action_confirm()
        self.assertPoints(500)

    def test_reward_on_a_confirmed_order_and_a_later_cancel_take_the_wrong_amount(self):
        self._card(points=300)
        order = self._sell(100)
        order.order_line.filtered(lambda line: not line.reward_id).product_uom_qty = 2
        order.action_open_reward_wizard()
        order._recompute_prices()
        order._action_cancel()
        self.assertPoints(300)

    def test_archived_card_strands_its_balance(self):
        card = self._card(points=300)
        card.active = False
        self._sell(100)
        self.assertPoints(300)
        card.active = True
        self.assertFalse(self._redeems(order := self._order(30)))
        order.action_confirm()
        self.assertPoints(230)

    def test_invoice_that_is_corrected_keeps_its_points(self):
        """ "Reverse and create invoice": the goods stay with the customer."""
        for earned_at in ("confirmation", "payment"):
            self.program.retail_earned_at = earned_at
            before = self._wallet().available
            order = self._sell(100)
            invoice = self._invoices(order)
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({"journal_id": invoice.journal_id.id, "date": self.today})
            )
            corrected = self.env["account.move"].browse(wizard.modify_moves()["res_id"])
            self._posts(corrected)
            if earned_at == "payment":
                self.assertPoints(before)
                self._pays(corrected)
            self.assertPoints(before + 100)


@tagged("post_install", "-at_install")
class TestSalesperson(PointsReturnsCommon):
    """A plain salesperson works as the web client does, by ``call_kw``: nothing is refused that the work needs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._user("points_seller", SALESPERSON)
        cls.warehouse = cls._user("points_warehouse", "stock.group_stock_user")
        cls.accountant = cls._user("points_accountant", "account.group_account_invoice")

    def _call(self, user, records, method, *arguments, **options):
        """As a request of the web client."""
        self.env.flush_all()
        self.env.invalidate_all()
        model = self.env(user=user, su=False)[records._name]
        options["context"] = {**self.env.context, **options.get("context", {})}
        ids = [records.ids] if records else []
        result = call_kw(model, method, [*ids, *arguments], options)
        self.env.flush_all()
        self.env.invalidate_all()
        return result

    def _quotation(self, quantity=4, price=50):
        values = {
            "partner_id": self.customer.id,
            "company_id": self.company.id,
            "order_line": [
                Command.create(
                    {"product_id": self.goods.id, "product_uom_qty": quantity, "price_unit": price}
                )
            ],
        }
        order = self._call(self.staff, self.env["sale.order"], "create", values)
        return self.env["sale.order"].browse(order)

    def _claim(self, order):
        """The button "Reward"; with one reward to claim it claims that one."""
        self._call(self.staff, order, "action_open_reward_wizard")
        self.assertTrue(order.order_line.filtered("reward_id"))

    def test_quotation_reward_confirmation_and_cancellation(self):
        self._card(points=150)
        order = self._quotation()
        self._claim(order)
        self.assertEqual(order.sudo().retail_reservation_ids.amount, 100)
        self._call(self.staff, order, "action_confirm")
        self.assertPoints(50 + 200)
        self._call(self.staff, order, "action_cancel")
        self.assertEqual(order.state, "cancel")
        self.assertPoints(150)
        self.assertEqual(self._wallet().move_ids[0].user_id, self.staff)
        self._call(self.staff, order, "action_draft")
        self._call(self.staff, order, "action_confirm")
        self.assertPoints(350)

    def test_quantity_delivery_return_invoice_and_refund(self):
        self._card(points=150)
        order = self._quotation()
        self._claim(order)
        self._call(self.staff, order, "action_confirm")
        line = order.order_line.filtered(lambda line: not line.reward_id)
        self._call(self.staff, line, "write", {"product_uom_qty": 6, "price_unit": 50})
        earned = sum(order.coupon_point_ids.mapped("points"))
        self.assertPoints(50 + earned)
        picking = self._work_in_the_warehouse(order)
        self._return_in_the_warehouse(picking, 3)
        self.assertPoints(150 - 50 + earned / 2)
        wizard = self._call(
            self.staff,
            self.env["sale.advance.payment.inv"],
            "create",
            {"advance_payment_method": "delivered", "sale_order_ids": [Command.set(order.ids)]},
        )
        self._call(self.staff, self.env["sale.advance.payment.inv"].browse(wizard), "create_invoices")
        invoice = order.invoice_ids
        invoice.invoice_date = self.today
        self._call(self.accountant, invoice, "action_post")
        self._refund(invoice)
        self.assertPoints(150)

    def _work_in_the_warehouse(self, order):
        picking = order.picking_ids
        self._call(self.warehouse, picking.move_ids, "write", {"picked": True})
        self._call(self.warehouse, picking, "button_validate")
        self.assertEqual(picking.state, "done")
        return picking

    def _return_in_the_warehouse(self, picking, quantity):
        context = {"active_id": picking.id, "active_ids": picking.ids, "active_model": "stock.picking"}
        model = self.env["stock.return.picking"]
        wizard = model.browse(self._call(self.warehouse, model, "create", {}, context=context))
        lines = wizard.product_return_moves
        self._call(self.warehouse, lines, "write", {"quantity": quantity, "to_refund": True})
        back = self.env["stock.picking"].browse(
            self._call(self.warehouse, wizard, "action_create_returns")["res_id"]
        )
        self._work_in_the_warehouse_on(back)

    def _work_in_the_warehouse_on(self, picking):
        self._call(self.warehouse, picking.move_ids, "write", {"picked": True})
        self._call(self.warehouse, picking, "button_validate")
        self.assertEqual(picking.state, "done")

    def _refund(self, invoice):
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        values = {"journal_id": invoice.journal_id.id, "date": self.today}
        model = self.env["account.move.reversal"]
        wizard = model.browse(self._call(self.accountant, model, "create", values, context=context))
        credit = self.env["account.move"].browse(
            self._call(self.accountant, wizard, "reverse_moves")["res_id"]
        )
        self._call(self.accountant, credit, "action_post")

    def test_salesperson_cannot_make_up_what_an_order_earns(self):
        order = self._quotation()
        self._call(self.staff, order, "action_confirm")
        entry = order.coupon_point_ids
        for method, *arguments in (("write", {"points": 99999}), ("unlink",)):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self._call(self.staff, entry, method, *arguments)
        self.assertPoints(200)


@tagged("post_install", "-at_install")
class TestLedgerStays(PointsCommon):
    def test_administrator_changes_and_deletes_nothing_by_call(self):
        self._card(points=10)
        admin = self.env.ref("base.user_admin")
        for model in ("retail.points.move", "retail.points.seal"):
            self.env["retail.points.seal"]._seal_batch()
            record = self.env[model].search([("wallet_id", "=", self._wallet().id)], limit=1)
            for method, *arguments in (("write", {"wallet_id": 1}), ("unlink",), ("copy",)):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    call_kw(self.env(user=admin)[model], method, [record.ids, *arguments], {})
        self.assertPoints(10)
