import random

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import RetailAccountingCommon
from .test_act_terms import TermsCommon


class GuardCommon(TermsCommon):
    """Salespersons, and a kettle of 100 that costs 60."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strategy.write({"pricelist_id": False, "discount_ceiling": 10})
        cls.kettle = cls._product("Kettle", cost=60, list_price=100)

    def _sale(self, price=None, discount=None, quantity=1, user=None, lines=(), customer=None, **values):
        """A quotation for kettles, at the price of the shop unless given, as the salesperson makes it."""
        user = user or self.staff
        line = {"product_id": self.kettle.id, "product_uom_qty": quantity}
        if price is not None:
            line["price_unit"] = price
        if discount is not None:
            line["discount"] = discount
        customer = customer or self.customer
        return (
            self.env["sale.order"]
            .with_user(user)
            .create(
                {
                    "partner_id": customer.id,
                    "user_id": user.id,
                    "order_line": [Command.create(line), *(Command.create(line) for line in lines)],
                    **values,
                }
            )
        )

    def _pricelist(self, percent, name="Friends"):
        rule = {"compute_price": "percentage", "percent_price": percent, "applied_on": "3_global"}
        return self.env["product.pricelist"].create(
            {"name": name, "company_id": self.company.id, "item_ids": [Command.create(rule)]}
        )


@tagged("post_install", "-at_install")
class TestActTermsCeiling(GuardCommon):
    """Staff give what the terms allow; more is a manager's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.everybody = cls._term()

    def assertBlocked(self, order, words="discount by staff. Without a manager"):
        with self.assertUndone(words):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_within_the_ceiling_staff_confirm(self):
        order = self._sale(discount=10)
        self.assertFalse(order.order_line.retail_ceiling_warning or order.retail_ceiling_problem)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_above_the_ceiling_staff_are_refused_in_words_and_managers_confirm(self):
        order = self._sale(discount=20)
        self.assertTrue(order.order_line.retail_ceiling_warning)
        self.assertIn("Kettle: 20 % discount", order.retail_ceiling_problem)
        self.assertIn("10 % at most (Alliance)", order.retail_ceiling_problem)
        self.assertBlocked(order)
        order.with_user(self.manager).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_a_changed_price_is_a_discount(self):
        self.assertBlocked(self._sale(price=85))
        self.assertBlocked(self._sale(price=95, discount=6))
        # what a client says of the price that the server computed does not count
        order = self._sale(price=85)
        order.order_line.write({"technical_price_unit": 85, "price_unit": 85})
        self.assertBlocked(order)
        with self.assertRaises(AccessError):
            order.order_line.retail_reference_price = 85
        self._sale(price=120).action_confirm()

    def test_a_discount_of_the_whole_order_counts_with_those_of_its_lines(self):
        taken_off = {"product_id": self.product.id, "product_uom_qty": 1, "price_unit": -6}
        self._sale(lines=[taken_off]).action_confirm()
        self.assertBlocked(self._sale(discount=6, lines=[taken_off]), "The order: 12 % discount")
        self.assertBlocked(self._sale(lines=[{**taken_off, "product_uom_qty": -1, "price_unit": 20}]))

    def test_odoo_s_wizard_is_no_way_around(self):
        self.company.sale_discount_product_id = self.product
        order = self._sale()
        wizard = self.env["sale.order.discount"].create(
            {"sale_order_id": order.id, "discount_type": "so_discount", "discount_percentage": 0.3}
        )
        wizard.action_apply_discount()
        self.assertBlocked(order, "The order: 30 % discount")

    def test_the_price_list_and_rewards_are_no_discount_of_the_salesperson(self):
        friends = self._pricelist(30)
        order = self._sale(pricelist_id=friends.id)
        self.assertEqual(order.order_line.discount, 30)
        self.assertFalse(order.order_line.retail_ceiling_warning)
        order.action_confirm()
        self.assertBlocked(self._sale(pricelist_id=friends.id, discount=40), "14.29 % discount")

    def test_a_form_shows_the_line_at_once(self):
        order = self._sale()
        with Form(order) as form:
            with form.order_line.edit(0) as line:
                line.discount = 20
                self.assertTrue(line.retail_ceiling_warning)
                line.discount = 5
                self.assertFalse(line.retail_ceiling_warning)

    def test_without_any_rule_the_strategy_s_ceiling_warns_and_holds_nobody_up(self):
        self.everybody.unlink()
        order = self._sale(discount=20)
        self.assertIn("10 % at most (Alliance)", order.retail_ceiling_problem)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_a_rule_s_ceiling_replaces_that_of_the_strategy(self):
        self._term(tenure="old", has_discount_ceiling=True, discount_ceiling=0)
        self.assertBlocked(self._sale(discount=1), "Customers for a year or longer")
        self.env["retail.term"].search([("has_discount_ceiling", "=", True)]).discount_ceiling = 100
        self._sale(discount=100).action_confirm()

    def test_customers_without_terms_have_no_ceiling(self):
        self._sale(discount=90, customer=self._customer("Prospect")).action_confirm()

    def test_prices_in_another_currency_and_unit_are_compared_in_theirs(self):
        self._rate(self.euro, {fields.Date.today(): 0.5})
        euros = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": self.euro.id, "company_id": self.company.id}
        )
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {"product_id": self.kettle.id, "product_uom_id": dozen.id, "product_uom_qty": 1}
        order = self._sale(pricelist_id=euros.id, lines=[line])
        self.assertEqual(order.order_line.mapped("price_unit"), [50, 600])
        order.order_line.discount = 10
        order.copy().action_confirm()
        order.order_line[1].discount = 11
        self.assertBlocked(order, "11 % discount")

    def test_taxes_that_a_customer_does_not_pay_are_no_discount(self):
        country = self.env.ref("base.be").id
        group = self.env["account.tax.group"].create({"name": "VAT", "country_id": country}).id
        shared = {"tax_group_id": group, "country_id": country}
        included, none = self.env["account.tax"].create(
            [
                {**shared, "name": "25 % included", "amount": 25, "price_include_override": "tax_included"},
                {**shared, "name": "Export", "amount": 0},
            ]
        )
        abroad = self.env["account.fiscal.position"].create({"name": "Abroad"})
        none.write(
            {
                "fiscal_position_ids": [Command.set(abroad.ids)],
                "original_tax_ids": [Command.set(included.ids)],
            }
        )
        self.kettle.taxes_id = included
        order = self._sale(fiscal_position_id=abroad.id)
        self.assertEqual(order.order_line.price_unit, 80)
        order.action_confirm()

    def test_the_customer_s_signature_does_not_lift_the_ceiling_but_the_payment_does(self):
        portal = self._user("terms_portal", "base.group_portal", partner_id=self.customer.id)
        order = self._sale(discount=20)
        order.action_quotation_sent()
        signed = order.with_user(portal).sudo()
        with self.assertUndone("Without a manager"):
            signed._validate_order()
        self._pay(order)
        signed.action_confirm()
        self.assertEqual(order.state, "sale")

    def _pay(self, order, state="done"):
        provider = self.env["payment.provider"].sudo().search([("code", "=", "none")], limit=1)
        method = self.env["payment.method"].sudo().with_context(active_test=False).search([], limit=1)
        self.env["payment.transaction"].sudo().create(
            {
                "provider_id": provider.copy({"company_id": self.company.id}).id,
                "payment_method_id": method.id,
                "reference": f"terms-{order.id}",
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "sale_order_ids": [Command.set(order.ids)],
                "state": state,
            }
        )

    def test_no_key_of_a_client_lifts_the_ceiling(self):
        order = self._sale(discount=20)
        for key in ("retail_may_exceed", "is_paid", "force", "retail_authority_looked_at_later"):
            self.assertBlocked(order.with_context(**{key: True}))

    def test_confirming_costs_one_query_more_within_the_terms(self):
        """The costs of the products; terms and prices are on the order, the rest Odoo reads anyway."""
        self._term(tenure="old", has_discount_ceiling=True, discount_ceiling=20)
        self.company.write({"retail_has_margin_floor": True, "retail_margin_floor": 10})
        self._queries_of_confirming()
        ours = self._queries_of_confirming()
        refusal = type(self.env["sale.order"])._get_terms_refusal
        self.patch(type(self.env["sale.order"]), "_get_terms_refusal", lambda order: False)
        stock = self._queries_of_confirming()
        self.patch(type(self.env["sale.order"]), "_get_terms_refusal", refusal)
        self.assertLessEqual(ours - stock, 1)

    def _queries_of_confirming(self):
        order = self._sale(
            discount=15, lines=[{"product_id": self.product.id}, {"product_id": self.kettle.id}]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        order.action_confirm()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestActTermsFloor(GuardCommon):
    """Price lists, discounts and rewards together leave the margin that the shop wants to keep."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.strategy.discount_ceiling = 100
        cls.company.write({"retail_has_margin_floor": True, "retail_margin_floor": 25})

    def _reward(self, order, amount):
        """A reward of so much money on the order, as Odoo puts it there."""
        program = self.env["loyalty.program"].create(
            {
                "name": "Voucher",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [Command.create({"minimum_qty": 1})],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": amount,
                            "discount_mode": "per_order",
                            "required_points": 1,
                        }
                    )
                ],
            }
        )
        order._update_programs_and_rewards()
        [(coupon, rewards)] = order._get_claimable_rewards().items()
        order._apply_program_reward(rewards, coupon)
        self.assertEqual(program.reward_ids, order.order_line.reward_id)

    def test_above_the_floor_nothing_is_said(self):
        order = self._sale(discount=20)
        self.assertFalse(order.retail_margin_steps)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_below_the_floor_each_cause_is_named_and_staff_are_refused(self):
        order = self._sale(pricelist_id=self._pricelist(10).id)
        order.order_line.discount = 19
        self._reward(order, 6)
        steps = order.retail_margin_steps
        self.assertEqual(
            [(step["cause"], round(step["amount"], 2), round(step["percent"], 1)) for step in steps["steps"]],
            [("pricelist", -10, 33.3), ("discount", -9, 25.9), ("reward", -6, 20)],
        )
        self.assertEqual((steps["start"]["percent"], steps["floor"]), (40, 25))
        self.assertAlmostEqual(steps["missing"], 5)
        with self.assertUndone("margin of the order is 20 %, the floor is 25 %: Price list Friends .*10.00"):
            order.action_confirm()
        order.with_user(self.manager).action_confirm()
        self.assertEqual(order.state, "sale")

    def test_a_rule_has_its_own_floor(self):
        term = self._term(tenure="old", has_margin_floor=True, margin_floor=35)
        with self.assertUndone("the floor is 35 %"):
            self._sale(discount=20).action_confirm()
        term.margin_floor = 0
        self._sale(discount=39).action_confirm()
        with self.assertUndone("the floor is 0 %"):
            self._sale(discount=41).action_confirm()

    def test_a_lower_cost_that_somebody_typed_does_not_count(self):
        order = self._sale(discount=30)
        order.order_line.purchase_price = 1
        with self.assertUndone("the floor is 25 %"):
            order.action_confirm()

    def test_the_margin_of_an_order_in_another_currency_is_the_same(self):
        self._rate(self.euro, {fields.Date.today(): 0.5})
        euros = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": self.euro.id, "company_id": self.company.id}
        )
        self._sale(pricelist_id=euros.id, discount=20).action_confirm()
        order = self._sale(pricelist_id=euros.id, discount=21)
        self.assertAlmostEqual(order.retail_margin_steps["missing"], 0.5)
        with self.assertUndone("€"):
            order.action_confirm()

    def test_goods_given_away_are_below_every_floor(self):
        with self.assertUndone("margin of the order is -100 %"):
            self._sale(discount=100).action_confirm()

    def test_another_company_has_a_floor_of_its_own_and_a_branch_that_of_its_main_company(self):
        other = self._create_company("Other Shop")
        branch = self._create_company("Branch", parent_id=self.company.id)
        for company, is_below in ((other, False), (branch, True)):
            self.kettle.with_company(company).standard_price = 60
            order = self._quotes(self.customer, [(self.kettle, 1, 70)], company=company)
            self.assertEqual(bool(order._get_margin_floor_problem()), is_below)

    def test_the_steps_add_up_for_random_orders(self):
        """Catalogue plus all that was taken is what is paid; the floor holds exactly when plain arithmetic says so."""
        dice = random.Random(7)
        for _number in range(15):
            percent, discount, quantity = dice.choice([0, 5, 20]), dice.choice([0, 7, 33]), dice.randint(1, 4)
            order = self._sale(quantity=quantity, pricelist_id=self._pricelist(percent).id)
            order.order_line.discount = discount
            paid, cost = 100 * quantity * (1 - discount / 100), 60 * quantity
            is_below = round(paid - cost, 2) < round(paid * 0.25, 2)
            self.assertEqual(order._is_below_margin_floor(), is_below)
            steps = order._get_margin_steps()
            self.assertAlmostEqual(
                steps["start"]["amount"] + sum(step["amount"] for step in steps["steps"]), paid, 2
            )


@tagged("post_install", "-at_install")
class TestActTermsReturns(GuardCommon):
    """Goods come back within the days that the order keeps; later a manager says why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kettle.write({"type": "consu", "is_storable": True})
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.env["stock.quant"]._update_available_quantity(cls.kettle, cls.warehouse.lot_stock_id, 100)
        cls.worker = cls._user("terms_worker", "stock.group_stock_user")
        cls.boss = cls._user("terms_boss", "stock.group_stock_user,retail_crm.group_manager")
        cls.term = cls._term(tenure="old", has_return_window=True, return_days=30)

    def _delivers(self, days_ago):
        order = self._sale()
        order.action_confirm()
        delivery = order.sudo().picking_ids
        delivery.move_ids.write({"quantity": 1, "picked": True})
        delivery._action_done()
        delivery.date_done = fields.Datetime.subtract(fields.Datetime.now(), days=days_ago)
        return order, delivery

    def _return(self, delivery, user, **values):
        wizard = (
            self.env["stock.return.picking"]
            .with_user(user)
            .with_context(active_model="stock.picking", active_id=delivery.id, active_ids=delivery.ids)
            .create(values)
        )
        wizard.product_return_moves.quantity = 1
        return wizard

    def test_in_time_nothing_is_asked(self):
        order, delivery = self._delivers(days_ago=30)
        wizard = self._return(delivery, self.worker)
        self.assertFalse(wizard.retail_return_warning or order.retail_return_warning)
        self.assertTrue(wizard.action_create_returns()["res_id"])

    def test_too_late_the_warehouse_is_refused_and_a_manager_gives_a_reason(self):
        order, delivery = self._delivers(days_ago=31)
        self.term.return_days = 90
        wizard = self._return(delivery, self.worker, retail_return_reason="I say so")
        self.assertIn("is over: 30 days", wizard.retail_return_warning)
        self.assertTrue(order.retail_return_warning)
        for button in ("action_create_returns", "action_create_returns_all", "action_create_exchanges"):
            with self.assertUndone("Ask a manager"):
                getattr(wizard, button)()
        with self.assertUndone("Say why"):
            self._return(delivery, self.boss).action_create_returns()
        self._return(delivery, self.boss, retail_return_reason="Arrived broken").action_create_returns()
        self.assertEqual(order.retail_late_return_reason, "Arrived broken")

    def test_once_a_manager_accepts_it_on_the_order_the_warehouse_goes_on(self):
        order, delivery = self._delivers(days_ago=31)
        with self.assertRaises(AccessError):
            order.with_user(self.staff).retail_late_return_reason = "Please"
        order.with_user(self.manager).retail_late_return_reason = "A friend"
        wizard = self._return(delivery, self.worker)
        self.assertTrue(wizard.retail_return_is_accepted)
        self.assertTrue(wizard.action_create_returns()["res_id"])

    def test_a_worker_who_splits_a_delivery_keeps_its_class(self):
        order = self._sale(quantity=2)
        order.action_confirm()
        delivery = order.sudo().picking_ids
        delivery.move_ids.write({"quantity": 1, "picked": True})
        delivery.with_user(self.worker)._action_done()
        self.assertEqual(delivery.backorder_ids.retail_frozen_strategy_id, self.strategy)

    def test_without_a_window_or_an_order_goods_come_back_any_time(self):
        self.term.has_return_window = False
        _order, delivery = self._delivers(days_ago=400)
        self._return(delivery, self.worker).action_create_returns()


@tagged("post_install", "-at_install")
class TestActTermsCreditNotes(RetailAccountingCommon):
    """Money goes back within the days that the order keeps, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._user("terms_clerk", "account.group_account_invoice")
        cls.boss = cls._user("terms_cashier", "account.group_account_invoice,retail_crm.group_manager")
        cls.env["retail.term"].create(
            {"company_id": cls.company.id, "has_return_window": True, "return_days": 14}
        )

    def _wizard(self, days_ago, user, **values):
        order = self._sells(self._customer(), [(self.product, 1, 100)])
        invoice = self._invoices(order)
        order.date_order = fields.Datetime.subtract(fields.Datetime.now(), days=days_ago)
        return (
            self.env["account.move.reversal"]
            .with_user(user)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, **values})
        )

    def test_in_time_money_goes_back_without_a_question(self):
        wizard = self._wizard(14, self.clerk)
        self.assertFalse(wizard.retail_return_warning)
        self.assertTrue(wizard.refund_moves()["res_id"])

    def test_too_late_a_clerk_is_refused_and_a_manager_gives_a_reason(self):
        wizard = self._wizard(15, self.clerk)
        self.assertIn("is over: 14 days", wizard.retail_return_warning)
        with self.assertUndone("Ask a manager"):
            wizard.refund_moves()
        with self.assertUndone("Say why"):
            self._wizard(15, self.boss).refund_moves()
        wizard = self._wizard(15, self.boss, retail_return_reason="Arrived broken")
        self.assertTrue(wizard.refund_moves()["res_id"])
        order = wizard.sudo().move_ids.line_ids.sale_line_ids.order_id
        self.assertEqual(order.retail_late_return_reason, "Arrived broken")

    def test_correcting_an_invoice_is_no_return(self):
        self.assertTrue(self._wizard(15, self.clerk).modify_moves()["res_id"])
