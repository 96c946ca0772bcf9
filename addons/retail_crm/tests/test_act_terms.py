import random
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import RetailCommon

CONDITIONS = ("strategy_id", "tenure", "relationship", "store_id")


class TermsCommon(RetailCommon):
    """A strategic customer of two years, and price lists and payment terms to give away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user").implied_ids = [
            Command.link(cls.env.ref("product.group_product_pricelist").id),
            Command.link(cls.env.ref("sale.group_discount_per_so_line").id),
        ]
        cls.customer = cls._customer("Anna")
        cls.profile = cls._known(cls.customer, "strategic", days=730)
        cls.strategy = cls._strategy("strategic")
        cls.prices, cls.vip_prices, cls.old_prices = cls.env["product.pricelist"].create(
            [{"name": name, "company_id": cls.company.id, "sequence": 1} for name in ("Public", "VIP", "Old")]
        )
        cls.days_30, cls.days_45 = cls.env["account.payment.term"].create(
            [{"name": name, "company_id": cls.company.id} for name in ("30 days", "45 days")]
        )
        cls.strategy.write({"pricelist_id": cls.vip_prices.id, "payment_term_id": cls.days_30.id})
        cls.staff = cls._user("terms_staff", "sales_team.group_sale_salesman_all_leads")
        cls.manager = cls._user(
            "terms_manager", "sales_team.group_sale_salesman_all_leads,retail_crm.group_manager"
        )

    @classmethod
    def _known(cls, customer, segment, days=0, purchases=10, **values):
        """A customer who first bought so many days ago, on so many days."""
        since = fields.Date.today() - timedelta(days=days)
        return cls._in_segment(
            customer, segment, first_purchase_date=since, purchase_days=purchases, **values
        )

    @classmethod
    def _term(cls, **values):
        return cls.env["retail.term"].create({"company_id": cls.company.id, **values})

    def _order(self, customer=None, price=10, **values):
        return self._quotes(customer or self.customer, [(self.product, 1, price)], **values)


@tagged("post_install", "-at_install")
class TestActTerms(TermsCommon):
    """New orders take the terms of the rule that fits their customer best, and say so."""

    def test_old_customers_of_a_strategy_get_what_their_rule_says(self):
        term = self._term(
            strategy_id=self.strategy.id,
            tenure="old",
            pricelist_id=self.old_prices.id,
            payment_term_id=self.days_45.id,
            has_discount_ceiling=True,
            discount_ceiling=12,
        )
        order = self._order()
        self.assertEqual(order.retail_term_id, term)
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.old_prices, self.days_45))
        self.assertEqual(
            order.retail_terms_text,
            "Alliance, customers for a year or longer: price list Old, 45 days, up to 12 % discount",
        )

    def test_customers_of_the_last_year_and_prospects_are_new(self):
        term = self._term(tenure="new", payment_term_id=self.days_45.id)
        young = self._customer("Young")
        self._known(young, "key", days=364)
        self.assertEqual(self._order(young).retail_term_id, term)
        self.assertEqual(self._order(self._customer("Prospect")).payment_term_id, self.days_45)
        self.assertFalse(self._order().retail_term_id)
        self.profile.first_purchase_date = fields.Date.today() - timedelta(days=365)
        self.assertFalse(self._order().retail_term_id)
        self.company.retail_old_customer_days = 366
        self.assertEqual(self._order().retail_term_id, term)

    def test_a_relationship_is_long_term_by_its_purchase_days(self):
        term = self._term(relationship="long_term")
        guest = self._customer("Guest")
        profile = self._known(guest, "transactional", purchases=2)
        self.assertFalse(self._order(guest).retail_term_id)
        profile.purchase_days = 3
        self.assertEqual(self._order(guest).retail_term_id, term)

    def test_a_rule_of_a_store_holds_for_orders_from_its_warehouse(self):
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)], limit=1)
        term = self._term(store_id=warehouse.retail_store_id.id, payment_term_id=self.days_45.id)
        order = self._order()
        self.assertEqual((order.retail_term_id, order.payment_term_id), (term, self.days_45))
        other = warehouse.copy({"name": "Harbour", "code": "HARB"})
        self.assertFalse(self._order(warehouse_id=other.id).retail_term_id)

    def test_where_a_rule_is_silent_the_strategy_speaks(self):
        self._term(tenure="old", has_return_window=True, return_days=60)
        order = self._order()
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.vip_prices, self.days_30))
        self.assertEqual(
            order.retail_terms_text,
            "Customers for a year or longer: returns within 60 days;"
            " Alliance: price list VIP, 30 days, up to 15 % discount",
        )

    def test_without_rules_the_strategy_alone_speaks(self):
        order = self._order()
        self.assertFalse(order.retail_term_id)
        self.assertEqual(order.retail_terms_text, "Alliance: price list VIP, 30 days, up to 15 % discount")
        self.assertFalse(self._order(self._customer("Prospect")).retail_terms_text)

    def test_the_customer_s_own_settings_go_first(self):
        self._term(tenure="old", pricelist_id=self.old_prices.id, payment_term_id=self.days_45.id)
        self.customer.specific_property_product_pricelist = self.prices
        order = self._order()
        self.assertEqual((order.pricelist_id, order.payment_term_id), (self.prices, self.days_45))
        self.assertTrue(order.retail_terms_differ)

    def test_what_a_salesperson_chose_stays_until_they_take_the_terms(self):
        self._term(tenure="old", pricelist_id=self.old_prices.id)
        form = Form(self.env["sale.order"].with_user(self.staff))
        form.partner_id = self.customer
        self.assertEqual(form.pricelist_id, self.old_prices)
        form.pricelist_id = self.prices
        order = form.save()
        order.write({"note": "Thank you", "user_id": self.manager.id})
        self.assertEqual(order.pricelist_id, self.prices)
        self.assertTrue(order.retail_terms_differ)
        order.action_take_retail_terms()
        self.assertEqual(order.pricelist_id, self.old_prices)
        self.assertFalse(order.retail_terms_differ)

    def test_an_order_keeps_its_terms_whatever_becomes_of_rule_and_customer(self):
        term = self._term(tenure="old", has_return_window=True, return_days=60)
        quotation, order = self._order(), self._order()
        order.action_confirm()
        term.return_days = 5
        self.profile.first_purchase_date = fields.Date.today()
        for document in (quotation, order):
            self.assertEqual((document.retail_term_id, document._get_term_value("return_days")), (term, 60))
        term.unlink()
        self.env.invalidate_all()
        self.assertIn("returns within 60 days", order.retail_terms_text)

    def test_a_copy_and_another_customer_get_terms_anew(self):
        term = self._term(tenure="old")
        order = self._order()
        self.profile.first_purchase_date = fields.Date.today()
        self.assertFalse(order.copy().retail_term_id)
        order.partner_id = self._customer("Prospect")
        self.assertFalse(order.retail_term_id)
        self.profile.first_purchase_date = fields.Date.today() - timedelta(days=400)
        order.partner_id = self.customer
        self.assertEqual(order.retail_term_id, term)

    def test_a_quotation_that_is_older_than_the_terms_gets_them_when_confirmed(self):
        order = self._order()
        term = self._term(tenure="old")
        order.sudo().write({"retail_terms": False, "retail_term_id": False})
        order.action_confirm()
        self.assertEqual((order.retail_term_id, order.retail_terms["term_id"]), (term, term.id))

    def test_the_customer_s_form_says_what_a_new_order_would_get(self):
        self._term(tenure="old", has_free_delivery=True, free_delivery_from=100)
        contact = self._customer("Buyer", parent_id=self.customer.id)
        self.customer.is_company = True
        for partner in (self.customer, contact):
            self.assertIn(
                "free delivery from $\N{NO-BREAK SPACE}100.00",
                partner.with_user(self.staff).retail_terms_text,
            )

    def test_free_delivery_counts_goods_in_the_currency_of_the_company(self):
        self._term(has_free_delivery=True, free_delivery_from=100)
        self.assertFalse(self._order(price=99).retail_has_free_delivery)
        self.assertTrue(self._order(price=100).retail_has_free_delivery)
        self._rate(self.euro, {fields.Date.today(): 0.5})
        self.prices.currency_id = self.euro
        self.assertFalse(self._order(price=49, pricelist_id=self.prices.id).retail_has_free_delivery)
        self.assertTrue(self._order(price=50, pricelist_id=self.prices.id).retail_has_free_delivery)

    def test_companies_keep_their_terms_apart_and_branches_share_them(self):
        term = self._term(tenure="old", payment_term_id=self.days_45.id)
        other = self._create_company("Other Shop")
        order = self._order(company=other)
        self.assertFalse(order.retail_term_id)
        branch = self._create_company("Branch", parent_id=self.company.id)
        order = self._order(company=branch)
        self.assertEqual((order.retail_term_id, order.payment_term_id), (term, self.days_45))

    def test_staff_read_terms_and_managers_write_them(self):
        term = self._term(tenure="old")
        self.assertEqual(term.with_user(self.staff).tenure, "old")
        with self.assertRaises(AccessError):
            term.with_user(self.staff).tenure = "new"
        term.with_user(self.manager).tenure = "new"

    def test_staff_cannot_give_an_order_other_terms_than_the_server_found(self):
        generous = self._term(store_id=False, sequence=99, has_discount_ceiling=True, discount_ceiling=90)
        order = self._order(user_id=self.staff.id).with_user(self.staff)
        for values in ({"retail_term_id": generous.id}, {"retail_terms": {"discount_ceiling": 90}}):
            with self.assertRaises(AccessError):
                order.write(values)
            with self.assertRaises(AccessError):
                self.env["sale.order"].with_user(self.staff).create(
                    {"partner_id": self.customer.id, **values}
                )
            with self.assertRaises(AccessError):
                self.env["sale.order"].with_user(self.staff).with_context(
                    **{f"default_{name}": value for name, value in values.items()}
                ).create({"partner_id": self.customer.id})

    def test_numbers_out_of_range_are_refused(self):
        for values in ({"discount_ceiling": 101}, {"return_days": -1}, {"free_delivery_from": -1}):
            with self.subTest(values), mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
                with self.env.cr.savepoint():
                    self._term(**values)

    def test_the_rule_that_wins_is_the_one_that_a_plain_reading_finds(self):
        """Random rules and customers, against the sentence "most conditions, then sequence, then age" in Python."""
        dice = random.Random(5)
        strategies = self.env["retail.strategy"].search([("company_id", "=", self.company.id)])
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)], limit=1)
        stores = warehouse.retail_store_id | self.env["retail.store"].create(
            {"name": "Harbour", "code": "HARB"}
        )
        choices = {
            "strategy_id": [False, *strategies.ids],
            "tenure": [False, "new", "old"],
            "relationship": [False, "temporary", "long_term"],
            "store_id": [False, *stores.ids],
        }
        rules = [
            {
                "sequence": dice.randint(1, 3),
                **{name: dice.choice(values + [False] * 2) for name, values in choices.items()},
            }
            for _number in range(40)
        ]
        terms = [self._term(**rule) for rule in rules]
        for _number in range(200):
            facts = {name: dice.choice(values) for name, values in choices.items()}
            facts["tenure"], facts["relationship"] = (
                facts["tenure"] or "new",
                facts["relationship"] or "temporary",
            )
            chosen = self.env["retail.term"]._choose(self.company, facts)
            self.assertEqual(chosen, self._read_plainly(rules, terms, facts), facts)

    def _read_plainly(self, rules, terms, facts):
        best, best_key = self.env["retail.term"], None
        for rule, term in zip(rules, terms, strict=True):
            said = [name for name in CONDITIONS if rule[name]]
            if any(rule[name] != facts[name] for name in said):
                continue
            key = (len(said), -rule["sequence"], -term.id)
            if best_key is None or key > best_key:
                best, best_key = term, key
        return best
