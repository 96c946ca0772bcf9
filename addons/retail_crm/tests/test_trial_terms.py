from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..trial import TrialTerms
from .common import RetailCommon


@tagged("post_install", "-at_install")
class TestTrialTerms(RetailCommon):
    """What terms would have done to past purchases, computed by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["loyalty.program"].search([]).active = False
        cls.days = [cls.today - timedelta(days=60), cls.today - timedelta(days=30), cls.today]
        cls.customer = cls._customer("Ann")
        cls.shirt = cls._product("Shirt", list_price=100)
        cls.key, cls.plain = cls._strategy("key"), cls._strategy("transactional")
        (cls.key | cls.plain).write({"discount_ceiling": 100, "points_multiplier": 1, "pricelist_id": False})

    def _pricelist(self, **rule):
        return self.env["product.pricelist"].create(
            {
                "name": "Better prices",
                "company_id": self.company.id,
                "currency_id": self.currency.id,
                "item_ids": [Command.create({"applied_on": "3_global", **rule})],
            }
        )

    def _effects(self, position=1, draft="key", active="transactional"):
        """{store: (revenue, price, discount, points)} when Ann moves from one segment to the other."""
        self.env.flush_all()
        Facts = self.env["retail.purchase.facts"]
        Facts._forget()
        facts = Facts._get_all(self.company, extra=("product_id",))
        terms = TrialTerms(self.env, self.company, facts, self.days)
        terms.prepare()
        segments = SQL(
            "SELECT %s AS partner_id, %s AS draft_segment_id, %s AS active_segment_id",
            self.customer.id,
            self._segment(draft).id,
            self._segment(active).id,
        )
        rows = self.env.execute_query(terms.sql_effects(position, segments))
        terms.forget(self.env)
        Facts._forget()
        return {
            self.env["retail.store"].browse(store).name: tuple(round(amount, 2) for amount in amounts)
            for _segment, store, *amounts in rows
        }

    def test_price_list_takes_its_discount_off_what_was_bought_in_the_month(self):
        self.key.pricelist_id = self._pricelist(compute_price="percentage", percent_price=10)
        self._sells(self.customer, [(self.shirt, 3, 100)], days_ago=5)
        self._sells(self.customer, [(self.shirt, 7, 100)], days_ago=45)
        self._buys(self.customer, 50, days_ago=6)
        self.assertEqual(self._effects(position=1)[False], (50, -5, 0, 0))
        self.assertEqual(sum(row[1] for row in self._effects(position=1).values()), -35)
        self.assertEqual(sum(row[1] for row in self._effects(position=0).values()), -70)

    def test_price_of_a_product_is_that_of_the_list(self):
        self.key.pricelist_id = self._pricelist(
            applied_on="1_product",
            product_tmpl_id=self.shirt.product_tmpl_id.id,
            compute_price="fixed",
            fixed_price=80,
        )
        self._sells(self.customer, [(self.shirt, 2, 90), (self.product, 1, 500)], days_ago=5)
        self._buys(self.customer, 50, days_ago=6)
        # a fifth off the shirts' 180; nothing is known of the rest
        self.assertEqual(sum(row[1] for row in self._effects().values()), -36)

    def test_ceiling_wins_back_what_was_given_beyond_it(self):
        self.key.discount_ceiling = 5
        self.plain.discount_ceiling = 15
        line = {"product_id": self.shirt.id, "product_uom_qty": 2, "price_unit": 100, "discount": 20}
        order = self._sells(self.customer, [line], days_ago=5)
        store = order.warehouse_id.retail_store_id.name
        # beyond 5%: 15% of 200; beyond 15%: 5% of 200
        self.assertEqual(self._effects()[store], (160, 0, 30 - 10, 0))
        self.assertEqual(self._effects(draft="transactional", active="key")[store][2], -20)

    def test_points_cost_what_they_bring_when_redeemed(self):
        self.key.points_multiplier = 3
        self.env["loyalty.program"].create(
            {
                "name": "Stars",
                "program_type": "loyalty",
                "company_id": self.company.id,
                "rule_ids": [Command.create({"reward_point_mode": "money", "reward_point_amount": 2})],
                "reward_ids": [
                    Command.create(
                        {"reward_type": "discount", "discount_mode": "per_point", "discount": 0.01}
                    )
                ],
            }
        )
        self._buys(self.customer, 400, days_ago=6)
        # two points a dollar, a cent a point, twice more than before
        self.assertEqual(self._effects()[False], (400, 0, 0, -400 * 2 * 0.01 * 2))

    def test_nobody_who_stays_in_a_segment_costs_anything(self):
        self.key.pricelist_id = self._pricelist(compute_price="percentage", percent_price=10)
        self._buys(self.customer, 400, days_ago=6)
        self.assertEqual(self._effects(active="key")[False], (400, 0, 0, 0))

    def test_company_without_strategies_has_no_effects(self):
        self.env["retail.strategy"].search([("company_id", "=", self.company.id)]).unlink()
        self._buys(self.customer, 400, days_ago=6)
        self.assertEqual(self._effects()[False], (400, 0, 0, 0))
