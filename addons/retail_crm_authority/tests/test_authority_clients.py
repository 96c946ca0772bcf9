from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.retail_crm.tests.test_points_clients import CLIENTS, PointsClientsCommon


@tagged("post_install", "-at_install")
class TestAuthorityClients(PointsClientsCommon):
    """People who grant and answer at the same time, over connections of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up_authority)
        with cls.registry.cursor() as cr:
            env = cls._env(cr)
            cls.company_id = env.ref("base.main_company").id
            manager = "sales_team.group_sale_salesman_all_leads,retail_crm.group_manager"
            cls.seller_id = cls._open_user(env, "sam", "sales_team.group_sale_salesman_all_leads")
            cls.manager_ids = [cls._open_user(env, name, manager) for name in ("mia", "max")]
            cls._limit(env)

    @classmethod
    def _limit(cls, env):
        """Above the seller are the managers, one above the other, whatever limits the roles have."""
        authorities, level = env["retail.authority"], env["retail.authority"]
        for user in reversed(cls.manager_ids):
            values = {
                "company_id": cls.company_id,
                "user_id": user,
                "is_unlimited": True,
                "next_id": level.id,
            }
            level = authorities.create(values)
        authorities.create(
            {
                "company_id": cls.company_id,
                "user_id": cls.seller_id,
                "discount_percent": 50,
                "discount_amount": 100,
                "month_amount": 9,
                "margin_percent": -1000,
                "next_id": level.id,
            }
        )

    @classmethod
    def _open_user(cls, env, name, groups):
        """People cannot be deleted: those of the last time work here again."""
        login = f"{name}.of.many.clients"
        users = env["res.users"].with_context(active_test=False)
        values = {
            "active": True,
            "group_ids": [Command.link(env.ref(group).id) for group in groups.split(",")],
            "company_id": cls.company_id,
            "company_ids": [Command.set([cls.company_id])],
        }
        known = users.search([("login", "=", login)])
        known.write(values)
        return (known or users.create({"name": name, "login": login, **values})).id

    @classmethod
    def _clean_up_authority(cls):
        with cls.registry.cursor() as cr:
            users = [cls.seller_id, *cls.manager_ids]
            cr.execute("ALTER TABLE retail_authority_log DISABLE TRIGGER USER")
            cr.execute(
                SQL(
                    """DELETE FROM retail_authority_log
                        WHERE user_id = ANY(%(users)s) OR asked_by_id = %(seller)s;
                       DELETE FROM mail_activity WHERE res_model = 'retail.authority.request' AND res_id IN
                              (SELECT id FROM retail_authority_request WHERE user_id = %(seller)s);
                       DELETE FROM mail_message WHERE model = 'retail.authority.request' AND res_id IN
                              (SELECT id FROM retail_authority_request WHERE user_id = %(seller)s);
                       DELETE FROM mail_followers WHERE res_model = 'retail.authority.request' AND res_id IN
                              (SELECT id FROM retail_authority_request WHERE user_id = %(seller)s);
                       DELETE FROM retail_authority_request WHERE user_id = %(seller)s;
                       DELETE FROM retail_authority_fund WHERE user_id = ANY(%(users)s);
                       DELETE FROM retail_authority WHERE user_id = ANY(%(users)s);
                       UPDATE res_users SET active = FALSE WHERE id = ANY(%(users)s)""",
                    users=users,
                    seller=cls.seller_id,
                )
            )
            cr.execute("ALTER TABLE retail_authority_log ENABLE TRIGGER USER")

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            cr.execute(SQL("DELETE FROM retail_authority_fund WHERE user_id = %s", self.seller_id))

    def _create_orders(self, number, discount):
        """Quotations over 10 of the seller."""
        with self.registry.cursor() as cr:
            env = self._env(cr)(user=self.seller_id)
            line = {"product_id": self.product_id, "discount": discount}
            return (
                env["sale.order"]
                .create(
                    [
                        {"partner_id": self.customer_id, "order_line": [Command.create(line)]}
                        for _number in range(number)
                    ]
                )
                .ids
            )

    def _as_seller(self, function, *args):
        return lambda env: function(env(user=self.seller_id), *args)

    def _confirms(self, order_id):
        return self._as_seller(lambda env: env["sale.order"].browse(order_id).action_confirm())

    def _read(self, function):
        with self.registry.cursor() as cr:
            return function(self._env(cr))

    def test_of_two_orders_that_need_the_last_of_the_fund_exactly_one_passes(self):
        orders = self._create_orders(2, discount=50)
        outcomes, retries = self._at_once([self._confirms(order) for order in orders])
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertIn("fund for discounts", str(next(filter(None, outcomes))))
        states = self._read(lambda env: env["sale.order"].browse(orders).mapped("state"))
        self.assertEqual(sorted(states), ["draft", "sale"])
        self.assertGreaterEqual(retries, 1)

    def test_eight_orders_at_once_do_not_pass_the_fund(self):
        orders = self._create_orders(CLIENTS, discount=20)
        outcomes, _retries = self._at_once([self._confirms(order) for order in orders])
        self.assertEqual(outcomes.count(None), 4, outcomes)
        fund = self._read(
            lambda env: (
                env["retail.authority.fund"]
                .search([("user_id", "=", self.seller_id)])
                .mapped("discount_used")
            )
        )
        self.assertEqual(fund, [8])

    def test_whose_months_have_no_limit_waits_for_nobody(self):
        self._give(0)
        orders = self._create_orders(CLIENTS, discount=20)
        manager = self.manager_ids[0]
        outcomes, retries = self._at_once(
            [
                lambda env, order=order: env(user=manager)["sale.order"].browse(order).action_confirm()
                for order in orders
            ]
        )
        self.assertEqual((outcomes.count(None), retries), (CLIENTS, 0), outcomes)

    def test_one_of_two_answers_counts_and_the_other_one_is_told(self):
        [order] = self._create_orders(1, discount=90)
        with self.registry.cursor() as cr:
            env = self._env(cr)(user=self.seller_id)
            request = env["retail.authority.request"].create({"order_id": order, "reason": "Friend"}).id

        def answer(user_id, state):
            return lambda env: (
                env(user=user_id)["retail.authority.request"].browse(request)._answer(state, "Words")
            )

        outcomes, _retries = self._at_once(
            [answer(self.manager_ids[0], "approved"), answer(self.manager_ids[1], "refused")]
        )
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertIn("answered this already", str(next(filter(None, outcomes))))

    def test_an_order_is_not_confirmed_while_its_price_is_lowered(self):
        orders = self._create_orders(4, discount=0)

        def lowers(order_id):
            return self._as_seller(
                lambda env: env["sale.order"].browse(order_id).order_line.write({"discount": 95})
            )

        for order in orders:
            self._at_once([self._confirms(order), lowers(order)])
        ends = self._read(
            lambda env: [
                (order.state, order.order_line.discount) for order in env["sale.order"].browse(orders)
            ]
        )
        self.assertNotIn(("sale", 95), ends)
