import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command, Date
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger
from odoo.tools.sql import existing_tables

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

from ..models.loyalty_card import BY_FLOW, FLOW

CLIENTS = 8
CUSTOMER = "Customer of eight clients"


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
            cls._put_others_aside(cr)
            cls.product_id = cls._create_product(env)
            cls.program_id = cls._create_program(env)

    @classmethod
    def _env(cls, cr):
        return api.Environment(cr, SUPERUSER_ID, {**DISABLED_MAIL_CONTEXT, "lang": "en_US"})

    @classmethod
    def _put_others_aside(cls, cr):
        """Programs that are there, such as the demo's, would earn from these orders as well.

        Terms, and the limits of the addon for authority where it is installed, would stop them.
        """
        tables = ("loyalty_program", "retail_term", "retail_authority")
        for table in existing_tables(cr, tables):
            cr.execute(SQL("UPDATE %s SET active = FALSE WHERE active RETURNING id", SQL.identifier(table)))
            cls.addClassCleanup(cls._bring_back, table, [row_id for (row_id,) in cr.fetchall()])
        cls.registry.clear_cache()

    @classmethod
    def _bring_back(cls, table, row_ids):
        with cls.registry.cursor() as cr:
            cr.execute(SQL("UPDATE %s SET active = TRUE WHERE id = ANY(%s)", SQL.identifier(table), row_ids))

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
                    """CREATE TEMPORARY TABLE strangers ON COMMIT DROP AS
                       SELECT id FROM res_partner WHERE name = %(name)s;
                       CREATE TEMPORARY TABLE gone ON COMMIT DROP AS
                       SELECT id FROM retail_points_wallet
                        WHERE program_id = %(program)s OR partner_id IN (SELECT id FROM strangers);
                       DELETE FROM sale_order_line WHERE order_partner_id IN (SELECT id FROM strangers);
                       DELETE FROM sale_order WHERE partner_id IN (SELECT id FROM strangers);
                       DELETE FROM loyalty_card WHERE retail_wallet_id IN (SELECT id FROM gone);
                       DELETE FROM retail_points_seal WHERE wallet_id IN (SELECT id FROM gone);
                       DELETE FROM retail_points_move WHERE wallet_id IN (SELECT id FROM gone);
                       DELETE FROM retail_points_lot WHERE wallet_id IN (SELECT id FROM gone);
                       DELETE FROM retail_points_wallet WHERE id IN (SELECT id FROM gone);
                       UPDATE loyalty_program SET active = FALSE WHERE id = %(program)s;
                       DELETE FROM res_partner WHERE id IN (SELECT id FROM strangers)""",
                    program=cls.program_id,
                    name=CUSTOMER,
                )
            )
            for table in ("move", "seal"):
                cr.execute(
                    SQL("ALTER TABLE %s ENABLE TRIGGER USER", SQL.identifier(f"retail_points_{table}"))
                )

    def setUp(self):
        super().setUp()
        self.customer_id = self._create_customer()

    def _give(self, points, customer_id=None):
        """The customer's only card, with that balance."""
        with self.registry.cursor() as cr:
            env = self._env(cr)
            values = {"program_id": self.program_id, "partner_id": customer_id or self.customer_id}
            card = env["loyalty.card"].search([(name, "=", value) for name, value in values.items()])
            card = card or env["loyalty.card"].create(values)
            card.points = points
            return card.retail_wallet_id.id

    def _create_customer(self):
        with self.registry.cursor() as cr:
            return self._env(cr)["res.partner"].create({"name": CUSTOMER}).id

    def _create_orders(self, number, price, redeem=False, customer_id=None):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            orders = env["sale.order"].create(
                [
                    {
                        "partner_id": customer_id or self.customer_id,
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

    def _cancel(self, order_id):
        return lambda env: env["sale.order"].browse(order_id)._action_cancel()

    def _deliver_unseen(self, order_id):
        """Delivered, and not looked at yet."""

        def deliver(env):
            order = env["sale.order"].browse(order_id).with_context(**{FLOW: BY_FLOW})
            order.order_line.qty_delivered = order.order_line.product_uom_qty

        return deliver

    def _look_at(self, order_id):
        return lambda env: env["sale.order"].browse(order_id)._book_points()

    def _expire(self, today):
        return lambda env: env["retail.points.ageing"]._expire_batch(today)

    def _claim(self, order_id):
        def claim(env):
            order = env["sale.order"].browse(order_id)
            order._update_programs_and_rewards()
            reward = env["loyalty.program"].browse(self.program_id).reward_ids
            if refusal := order._apply_program_reward(reward, order.applied_coupon_ids):
                raise UserError(refusal["error"])

        return claim

    def _adjust(self, wallet_id, points, **options):
        return lambda env: env["retail.points.wallet"].browse(wallet_id)._adjust(points, "Because", **options)

    @contextmanager
    def _began_earlier(self):
        """A transaction that sees the database as it was before what happens inside; committed at the end."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1 FROM retail_points_wallet LIMIT 1")
            yield self._env(cr)

    @contextmanager
    def _refused_for_having_seen_too_little(self):
        with (
            self.assertRaises(SerializationFailure),
            mute_logger("odoo.sql_db"),
            self._began_earlier() as env,
        ):
            yield env

    def _get_moves(self, wallet_id, kind):
        with self.registry.cursor() as cr:
            moves = self._env(cr)["retail.points.move"].search(
                [("wallet_id", "=", wallet_id), ("kind", "=", kind)]
            )
            return moves.mapped("amount")

    def assertBalance(self, wallet_id, available, debt=0):
        with self.registry.cursor() as cr:
            wallet = self._env(cr)["retail.points.wallet"].browse(wallet_id)
            self.assertEqual((wallet.available, wallet.debt), (available, debt))
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

    def test_bulk_confirmation_of_eight_orders_that_redeem_one_reward_writes_nothing(self):
        wallet = self._give(100)
        orders = self._create_orders(CLIENTS, 5, redeem=True)
        outcomes, _retries = self._at_once([lambda env: env["sale.order"].browse(orders).action_confirm()])
        self.assertRegex(str(outcomes[0]), "invalid|not enough")
        self.assertBalance(wallet, 100)
        with self.registry.cursor() as cr:
            orders = self._env(cr)["sale.order"].browse(orders)
            self.assertEqual(set(orders.mapped("state")), {"draft"})
            self.assertFalse(orders._get_booked_points())

    def test_one_of_eight_quotations_reserves_the_only_reward(self):
        wallet = self._give(100)
        orders = self._create_orders(CLIENTS, 5)
        outcomes, _retries = self._at_once([self._claim(order) for order in orders])
        self.assertEqual(outcomes.count(None), 1, outcomes)
        with self.registry.cursor() as cr:
            held = self._env(cr)["retail.points.reservation"].search([("wallet_id", "=", wallet)])
            self.assertEqual(held.mapped("amount"), [100])
        self.assertBalance(wallet, 100)

    def test_points_that_expire_and_are_redeemed_at_once_go_one_way_only(self):
        for _round in range(4):
            self.customer_id = self._create_customer()
            wallet = self._give(0)
            last, later = Date.add(Date.today(), days=2), Date.add(Date.today(), days=4)

            def give(env, wallet=wallet, last=last):
                env["retail.points.wallet"].browse(wallet)._adjust(100, "Gift")
                lot = env["retail.points.lot"].search([("wallet_id", "=", wallet), ("remaining", ">", 0)])
                lot.expires_on = last

            self._at_once([give])
            order = self._create_orders(1, 5, redeem=True)[0]
            before = [sum(self._get_moves(wallet, kind)) for kind in ("redeem", "expire")]
            outcomes, _retries = self._at_once([self._confirm(order), self._expire(later)])
            after = [sum(self._get_moves(wallet, kind)) for kind in ("redeem", "expire")]
            went = [new - old for new, old in zip(after, before, strict=True)]
            self.assertIsNone(outcomes[1])
            self.assertEqual(went, [0, -100] if outcomes[0] else [-100, 0])
            self.assertBalance(wallet, 0 if outcomes[0] else 5)

    def test_adjustment_and_reward_cannot_have_the_same_points(self):
        for _round in range(3):
            self.customer_id = self._create_customer()
            wallet = self._give(100)
            order = self._create_orders(1, 5, redeem=True)[0]
            outcomes, _retries = self._at_once([self._confirm(order), self._adjust(wallet, -60)])
            self.assertEqual(outcomes.count(None), 1, outcomes)
            self.assertBalance(wallet, 40 if outcomes[0] else 5)

    def test_balance_written_by_eight_clients_is_what_they_wrote(self):
        wallet = self._give(20)

        def write(env):
            env["loyalty.card"].search([("retail_wallet_id", "=", wallet)]).points = 100

        outcomes, _retries = self._at_once([write] * CLIENTS)
        self.assertEqual(outcomes.count(None), CLIENTS, outcomes)
        self.assertBalance(wallet, 100)

    def test_balance_written_by_two_who_do_not_see_each_other_is_not_written_twice(self):
        wallet = self._give(20)
        with self._refused_for_having_seen_too_little() as env:
            self._give(100)
            env["loyalty.card"].search([("retail_wallet_id", "=", wallet)]).points = 100
        self.assertBalance(wallet, 100)

    def test_forty_eight_first_orders_of_a_new_customer_open_one_wallet_with_one_card(self):
        orders = self._create_orders(48, 5)
        outcomes, retries = self._at_once([self._confirm(order) for order in orders])
        self.assertEqual(outcomes.count(None), 48, outcomes)
        # who began before the card was there cannot see it, and begins once more: each client at most once
        self.assertLess(retries, CLIENTS)
        with self.registry.cursor() as cr:
            cards = self._env(cr)["loyalty.card"].search([("partner_id", "=", self.customer_id)])
            self.assertEqual(cards.mapped("points"), [5 * 48])

    def test_what_comes_in_while_customers_are_merged_is_not_lost(self):
        for _round in range(3):
            guest, self.customer_id = self._create_customer(), self._create_customer()
            source, target = self._give(10, guest), self._give(0)
            order = self._create_orders(1, 5, customer_id=guest)[0]

            def merge(env, guest=guest):
                wizard = env["base.partner.merge.automatic.wizard"]
                customer = env["res.partner"].browse(self.customer_id)
                wizard._merge([guest, customer.id], customer)

            outcomes, _retries = self._at_once([merge, self._confirm(order), self._adjust(source, 7)])
            self.assertEqual(outcomes, [None] * 3)
            self.assertBalance(target, 22)
            self.assertBalance(source, 0)

    def test_points_added_while_customers_are_merged_follow_them(self):
        guest = self._create_customer()
        source, target = self._give(10, guest), self._give(0)
        with self._refused_for_having_seen_too_little() as env:
            with self.registry.cursor() as cr:
                wallets = self._env(cr)["retail.points.wallet"]
                wallets.browse(source)._merge_into(wallets.browse(target))
            self._adjust(source, 7)(env)
        # the server tries it again, and then it goes to the wallet that lives on
        outcomes, _retries = self._at_once([self._adjust(source, 7)])
        self.assertEqual(outcomes, [None])
        self.assertBalance(target, 17)

    def test_reward_of_who_owed_when_it_was_claimed_can_be_taken_back(self):
        wallet = self._give(0)
        first, used, second, third = (self._create_orders(1, price)[0] for price in (100, 5, 230, 5))
        for call in (self._confirm(first), self._claim(used), self._confirm(used)):
            self._at_once([call])
        with self._began_earlier() as env:
            with self.registry.cursor() as cr:
                self._env(cr)["sale.order"].browse(first)._action_cancel()
            self._confirm(second)(env)
        self.assertBalance(wallet, 135, debt=95)
        self._at_once([self._claim(third)])
        self._at_once([self._confirm(third)])
        self.assertBalance(wallet, 40)
        self.assertEqual(self._at_once([self._cancel(third)])[0], [None])
        self.assertBalance(wallet, 135)

    def test_order_looked_at_by_eight_clients_at_once_is_booked_once_for_all_of_them(self):
        """As when a delivery, a payment and a credit note come in at the same time."""
        wallet = self._give(0)
        with self.registry.cursor() as cr:
            self._env(cr)["loyalty.program"].browse(self.program_id).retail_earned_at = "delivery"
        order = self._create_orders(1, 9)[0]
        for call in (self._confirm(order), self._deliver_unseen(order)):
            self._at_once([call])
        outcomes, _retries = self._at_once([self._look_at(order)] * CLIENTS)
        with self.registry.cursor() as cr:
            self._env(cr)["loyalty.program"].browse(self.program_id).retail_earned_at = "confirmation"
        self.assertEqual(outcomes, [None] * CLIENTS)
        self.assertBalance(wallet, 9)
