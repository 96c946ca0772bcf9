import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

CLIENTS = 8


class PointsClientsCommon(BaseCase):
    """Eight clients with connections of their own, retried as the server retries its requests.

    What they do is committed, and deleted at the end.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # the test runner holds this lock as long as tests run, and every new environment asks for it
        cls.startClassPatcher(patch.object(Registry, "_lock", DummyRLock()))
        cls.addClassCleanup(cls._clean_up)
        with cls.registry.cursor() as cr:
            env = cls._env(cr)
            cls.customer_id = env["res.partner"].create({"name": "Customer of eight clients"}).id
            cls.product_id = cls._create_product(env)
            cls.program_id = cls._create_program(env)

    @classmethod
    def _env(cls, cr):
        return api.Environment(cr, SUPERUSER_ID, {**DISABLED_MAIL_CONTEXT, "lang": "en_US"})

    @classmethod
    def _create_product(cls, env):
        values = {"name": "Tea", "type": "service", "taxes_id": [Command.clear()], "list_price": 10}
        return env["product.product"].create(values).id

    @classmethod
    def _create_program(cls, env):
        return (
            env["loyalty.program"]
            .create(
                {
                    "name": "Club of eight clients",
                    "program_type": "loyalty",
                    "applies_on": "both",
                    "trigger": "auto",
                    "rule_ids": [Command.create({"reward_point_mode": "money", "reward_point_amount": 1})],
                    "reward_ids": [
                        Command.create({"discount_mode": "per_order", "discount": 1, "required_points": 100})
                    ],
                }
            )
            .id
        )

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            for table in ("move", "seal"):
                cr.execute(
                    SQL("ALTER TABLE %s DISABLE TRIGGER USER", SQL.identifier(f"retail_points_{table}"))
                )
            cr.execute(
                SQL(
                    """CREATE TEMPORARY TABLE gone ON COMMIT DROP AS
                       SELECT id FROM retail_points_wallet
                        WHERE program_id = %(program)s OR partner_id = %(customer)s;
                       DELETE FROM sale_order_line WHERE order_partner_id = %(customer)s;
                       DELETE FROM sale_order WHERE partner_id = %(customer)s;
                       DELETE FROM loyalty_card WHERE retail_wallet_id IN (SELECT id FROM gone);
                       DELETE FROM retail_points_seal WHERE wallet_id IN (SELECT id FROM gone);
                       DELETE FROM retail_points_move WHERE wallet_id IN (SELECT id FROM gone);
                       DELETE FROM retail_points_lot WHERE wallet_id IN (SELECT id FROM gone);
                       DELETE FROM retail_points_wallet WHERE id IN (SELECT id FROM gone);
                       UPDATE loyalty_program SET active = FALSE WHERE id = %(program)s;
                       DELETE FROM res_partner WHERE id = %(customer)s""",
                    program=cls.program_id,
                    customer=cls.customer_id,
                )
            )
            for table in ("move", "seal"):
                cr.execute(
                    SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(f"retail_points_{table}"))
                )

    def _give(self, points):
        """The customer's only card, with that balance."""
        with self.registry.cursor() as cr:
            env = self._env(cr)
            card = env["loyalty.card"].search([("program_id", "=", self.program_id)])
            if not card:
                values = {"program_id": self.program_id, "partner_id": self.customer_id}
                card = env["loyalty.card"].create(values)
            card.points = points
            return card.retail_wallet_id.id

    def _create_orders(self, number, price, redeem=False):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            orders = env["sale.order"].create(
                [
                    {
                        "partner_id": self.customer_id,
                        "order_line": [Command.create({"product_id": self.product_id, "price_unit": price})],
                    }
                    for _ in range(number)
                ]
            )
            for order in orders if redeem else ():
                order._update_programs_and_rewards()
                reward = env["loyalty.program"].browse(self.program_id).reward_ids
                self.assertFalse(order._apply_program_reward(reward, order.applied_coupon_ids))
                # as if it had ended: the points are free, and all of the quotations count on them
                order.retail_reservation_ids.unlink()
                order.invalidate_model()
            return orders.ids

    def _at_once(self, calls):
        """Let the clients work through ``calls``; what each one came to (an error or None), and the retries."""
        barrier, attempts = threading.Barrier(min(CLIENTS, len(calls))), []

        def client(number):
            barrier.wait()
            return [self._call(call, attempts) for call in calls[number::CLIENTS]]

        with ThreadPoolExecutor(CLIENTS) as pool, mute_logger("odoo.sql_db", "odoo.service.model"):
            outcomes = [
                outcome for done in pool.map(client, range(min(CLIENTS, len(calls)))) for outcome in done
            ]
        return outcomes, len(attempts) - len(calls)

    def _call(self, call, attempts):
        with self.registry.cursor() as cr:
            env = self._env(cr)

            def attempt():
                attempts.append(1)
                call(env)
                env.flush_all()

            try:
                retrying(attempt, env)
            except UserError as error:
                cr.rollback()
                return error

    def _confirm(self, order_id):
        return lambda env: env["sale.order"].browse(order_id).action_confirm()

    def assertBalance(self, wallet_id, available):
        with self.registry.cursor() as cr:
            wallet = self._env(cr)["retail.points.wallet"].browse(wallet_id)
            self.assertEqual((wallet.available, wallet.debt), (available, 0))
            self.assertEqual(wallet._find_problems(), [])


@tagged("post_install", "-at_install")
class TestPointsClients(PointsClientsCommon):
    """Orders and events of one customer at the same time."""

    def test_one_of_eight_clients_redeems_the_only_reward(self):
        wallet = self._give(100)
        orders = self._create_orders(CLIENTS, 5, redeem=True)
        outcomes, _retries = self._at_once([self._confirm(order) for order in orders])
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertBalance(wallet, 5)

    def test_forty_eight_orders_of_one_customer_do_not_wait_for_each_other(self):
        wallet = self._give(0)
        orders = self._create_orders(48, 5)
        outcomes, retries = self._at_once([self._confirm(order) for order in orders])
        self.assertEqual(outcomes.count(None), 48, outcomes)
        self.assertLessEqual(retries, 2)
        self.assertBalance(wallet, 240)

    def test_one_event_submitted_eight_times_counts_once(self):
        wallet = self._give(0)

        def submit(env):
            env["retail.points.wallet"].browse(wallet)._adjust(5, "Import", key=f"import:{wallet}")

        outcomes, _retries = self._at_once([submit] * CLIENTS)
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertTrue(all("booked already" in str(error) for error in outcomes if error), outcomes)
        self.assertBalance(wallet, 5)

    def test_one_order_confirmed_by_eight_clients_earns_once(self):
        wallet = self._give(0)
        order = self._create_orders(1, 7)[0]
        outcomes, _retries = self._at_once([self._confirm(order)] * CLIENTS)
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertBalance(wallet, 7)
