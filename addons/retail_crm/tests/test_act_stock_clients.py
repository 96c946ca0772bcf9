from odoo.tests import tagged
from odoo.tools import SQL

from ..models.stock_move_reservation import LOCK_SLOTS, LOCK_SPACE
from .test_points_clients import CLIENTS, CUSTOMER, PointsClientsCommon


@tagged("post_install", "-at_install")
class TestActStockClients(PointsClientsCommon):
    """Orders for the same goods by clients at the same time, each with a connection of its own."""

    @classmethod
    def _create_product(cls, env):
        values = {"name": "Last kettle", "type": "consu", "is_storable": True, "list_price": 10}
        return env["product.product"].create({**values, "taxes_id": False}).id

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """CREATE TEMPORARY TABLE sold ON COMMIT DROP AS
                       SELECT id FROM sale_order
                        WHERE partner_id IN (SELECT id FROM res_partner WHERE name = %(customer)s);
                       ALTER TABLE retail_shortage_decision DISABLE TRIGGER USER;
                       DELETE FROM retail_shortage_decision WHERE product_id = %(product)s;
                       ALTER TABLE retail_shortage_decision ENABLE TRIGGER USER;
                       DELETE FROM stock_move_line WHERE product_id = %(product)s;
                       DELETE FROM stock_move WHERE product_id = %(product)s;
                       DELETE FROM stock_picking WHERE sale_id IN (SELECT id FROM sold);
                       DELETE FROM stock_quant WHERE product_id = %(product)s""",
                    customer=CUSTOMER,
                    product=cls.product_id,
                )
            )
        return super()._clean_up()

    def _stocks(self, quantity):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
            product = env["product.product"].browse(self.product_id)
            free = env["stock.quant"]._get_available_quantity(product, warehouse.lot_stock_id)
            env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, quantity - free)

    def _confirm_at_once(self, number):
        """Confirm orders at the same time; how many of them got their kettle."""
        orders = self._create_orders(number, 10)
        outcomes, _retries = self._at_once([self._confirm(order) for order in orders])
        self.assertEqual(outcomes, [None] * number)
        with self.registry.cursor() as cr:
            deliveries = self._env(cr)["sale.order"].browse(orders).picking_ids
            return deliveries.mapped("state").count("assigned")

    def assertNothingTwice(self):
        with self.registry.cursor() as cr:
            cr.execute(
                """SELECT sum(quantity - reserved_quantity), sum(reserved_quantity)
                     FROM stock_quant JOIN stock_location location ON location.id = stock_quant.location_id
                    WHERE product_id = %s AND location.usage = 'internal'""",
                [self.product_id],
            )
            free, reserved = cr.fetchone()
            self.assertGreaterEqual(free, 0)
            cr.execute(
                """SELECT sum(quantity) FROM stock_move
                    WHERE product_id = %s AND state IN ('assigned', 'partially_available')""",
                [self.product_id],
            )
            self.assertEqual(cr.fetchone()[0], reserved)

    def test_the_last_unit_goes_to_one_of_eight(self):
        for _round in range(3):
            self._stocks(1)
            self.assertEqual(self._confirm_at_once(CLIENTS), 1)
            self.assertNothingTwice()

    def test_where_there_is_plenty_nobody_waits(self):
        self._stocks(5000)
        order = self._create_orders(1, 10)[0]
        with self.registry.cursor() as cr:
            # somebody else who found plenty of it, and is not done yet
            cr.execute(
                "SELECT pg_advisory_xact_lock_shared(%s, %s)", [LOCK_SPACE, self.product_id % LOCK_SLOTS]
            )
            outcomes, retries = self._at_once([self._confirm(order)])
        self.assertEqual((outcomes, retries), ([None], 0))

    def test_who_takes_all_and_who_takes_one_do_not_take_the_same(self):
        for _round in range(3):
            self._stocks(100)
            orders = self._create_orders(CLIENTS, 10)

            def change(env, order=orders[0]):
                env["sale.order"].browse(order).order_line.product_uom_qty = 100

            self._at_once([change])
            self._at_once([self._confirm(order) for order in orders])
            self.assertNothingTwice()

    def test_two_who_apply_the_same_proposal_do_it_once(self):
        self._stocks(1)
        holder, waiting = self._create_orders(2, 10)
        for order in (holder, waiting):
            self._at_once([self._confirm(order)])
        with self.registry.cursor() as cr:
            move = self._env(cr)["sale.order"].browse(waiting).picking_ids.move_ids
            queue = [self.product_id, move.warehouse_id.id or move.picking_type_id.warehouse_id.id]
            queue.append([[move.id, "Wedding"]])
            fingerprint = self._env(cr)["retail.shortage"].get_queue(*queue)["fingerprint"]

        def apply(env):
            env["retail.shortage"].apply(*queue, fingerprint)

        outcomes, _retries = self._at_once([apply, apply])
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertIn("changed since you looked", str(next(filter(None, outcomes))))
        self.assertNothingTwice()
        with self.registry.cursor() as cr:
            self.assertEqual(self._env(cr)["sale.order"].browse(waiting).picking_ids.state, "assigned")
