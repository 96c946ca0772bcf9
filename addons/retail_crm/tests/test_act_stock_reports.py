from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_act_stock import StockCommon


@tagged("post_install", "-at_install")
class TestActStockDeliveries(StockCommon):
    """On time in full, and returns, by the class of the moment when the delivery was made."""

    def _delivers(self, picking, quantity, hours_late=0, backorder=True):
        """Hand over ``quantity`` so many hours after (negative: before) the promised moment."""
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.with_context(cancel_backorder=not backorder)._action_done()
        picking.date_done = picking.date_deadline + timedelta(hours=hours_late)

    @staticmethod
    def _shipments(order):
        return order.picking_ids.filtered(lambda one: one.picking_type_code == "outgoing")

    def _row(self, picking):
        self.env.flush_all()
        self.env["retail.delivery"].invalidate_model()
        return self.env["retail.delivery"].browse(picking.id)

    def _figures(self, picking):
        row = self._row(picking)
        return (row.on_time_rate, row.in_full_rate, row.otif_rate, round(row.days_late, 1))

    def test_on_time_and_in_full(self):
        self._stocks(20)
        good, late, cut = (self._orders(self.alliance, 4) for _ in range(3))
        self._delivers(good, 4, hours_late=-1)
        self._delivers(late, 4, hours_late=36)
        self._delivers(cut, 3, hours_late=-1, backorder=False)
        self.assertEqual(self._figures(good), (100, 100, 100, 0))
        self.assertEqual(self._figures(late), (0, 100, 0, 1.5))
        self.assertEqual(self._figures(cut), (100, 0, 0, 0))

    def test_the_last_part_counts_and_a_backorder_is_not_in_full(self):
        self._stocks(20)
        first = self._orders(self.alliance, 4)
        self._delivers(first, 1, hours_late=-1)
        self._delivers(first.backorder_ids, 3, hours_late=12)
        self.assertEqual(self._figures(first), (0, 0, 0, 0.5))
        self.assertEqual(self._row(first).delivered_quantity, 4)
        self.assertFalse(self._row(first.backorder_ids).exists())

    def test_a_delivery_in_steps_is_judged_as_one_in_one(self):
        self.warehouse.delivery_steps = "pick_ship"
        self._stocks(20)
        order = self._sells(self.alliance, [(self.goods, 4, 10)])
        pick = order.picking_ids
        self._delivers(pick, 1, hours_late=-2)
        first = self._shipments(order)
        self._delivers(first, 1, hours_late=-1)
        self._delivers(pick.backorder_ids, 3, hours_late=-1)
        second = self._shipments(order) - first
        self._delivers(second, 3, hours_late=12)

        self.assertEqual(self._figures(first), (0, 0, 0, 0.5))
        self.assertEqual(self._row(first).delivered_quantity, 4)
        self.assertFalse(self._row(second).exists())

    def test_what_is_not_even_picked_is_not_in_full(self):
        self.warehouse.delivery_steps = "pick_ship"
        self._stocks(20)
        waited, cut = (self._sells(self.alliance, [(self.goods, 4, 10)]) for _ in range(2))
        for order, backorder in ((waited, True), (cut, False)):
            self._delivers(order.picking_ids, 1, hours_late=-2, backorder=backorder)
            self._delivers(self._shipments(order), 1, hours_late=-1)
        for order in (waited, cut):
            self.assertEqual(self._row(self._shipments(order)).in_full_rate, 0)

    def test_a_delivery_in_steps_that_is_complete_is_in_full(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        self._stocks(20)
        order = self._sells(self.alliance, [(self.goods, 4, 10)])
        for _step in range(3):
            self._delivers(order.picking_ids.filtered(lambda one: one.state != "done"), 4, hours_late=-1)
        self.assertEqual(self._figures(self._shipments(order)), (100, 100, 100, 0))

    def test_what_is_still_owed_after_the_promised_day_is_late(self):
        self._stocks(1)
        first = self._orders(self.alliance, 2, commitment_date=fields.Datetime.now() - timedelta(days=3))
        self._delivers(first, 1, hours_late=-1)
        self.assertEqual(self._figures(first)[:3], (0, 0, 0))
        self.assertEqual(round(self._row(first).days_late), 3)

    def test_what_was_promised_for_later_is_not_late_with_the_first_part(self):
        slow = self._product("Oven", type="consu", is_storable=True, sale_delay=10)
        self._stocks(1)
        self._stocks(1, slow)
        now = fields.Datetime.now()
        delivery = self._sells(self.alliance, [(self.goods, 1, 10), (slow, 1, 10)], moment=now).picking_ids
        kettle = delivery.move_ids.filtered(lambda move: move.product_id == self.goods)
        kettle.write({"quantity": 1, "picked": True})
        delivery._action_done()
        delivery.date_done = delivery.date_deadline - timedelta(hours=1)
        oven = delivery.backorder_ids
        self.assertEqual((oven.date_deadline - delivery.date_deadline).days, 10)
        for days_late, figures in ((-1, (100, 0, 0, 0)), (2, (0, 0, 0, 2))):
            if oven.state != "done":
                self._delivers(oven, 1)
            oven.date_done = oven.date_deadline + timedelta(days=days_late)
            self.assertEqual(self._figures(delivery), figures)

    def test_returns_are_a_share_of_what_was_delivered(self):
        self._stocks(4)
        delivery = self._orders(self.alliance, 4)
        self._delivers(delivery, 4)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=delivery.id, active_ids=delivery.ids, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": 1, "picked": True})
        back._action_done()
        row = self._row(delivery)
        self.assertEqual((row.returned_quantity, row.returned_rate), (1, 25))

    def test_figures_stay_with_the_class_of_then(self):
        self._stocks(4)
        delivery = self._orders(self.alliance, 1)
        self.alliance.retail_profile_id.write(
            {"segment_id": self._segment("risk").id, "strategy_id": self._strategy("risk").id}
        )
        self._delivers(delivery, 1)
        row = self._row(delivery)
        self.assertEqual((row.segment_id.code, row.strategy_id.code), ("strategic", "alliance"))
        self.assertEqual(row.partner_id, self.alliance)

    def test_members_read_it_and_the_warehouse_does_not(self):
        self._stocks(1)
        self._delivers(self._orders(self.alliance, 1), 1)
        self.env.flush_all()
        for group in ("group_user", "group_finance", "group_auditor"):
            user = self._user(group, f"retail_crm.{group}")
            groups = (
                self.env["retail.delivery"]
                .with_user(user)
                .formatted_read_group([], ["strategy_id"], ["otif_rate:avg", "__count"])
            )
            self.assertEqual([row["__count"] for row in groups], [1])
        with self.assertRaises(AccessError):
            self.env["retail.delivery"].with_user(self._user("worker", "stock.group_stock_user")).search([])


@tagged("post_install", "-at_install")
class TestActStockDemand(StockCommon):
    """What customers bought, were offered and wait for, by product."""

    def _demand(self, customer):
        self.env.flush_all()
        groups = self.env["retail.demand"]._read_group(
            [("partner_id", "=", customer.id), ("company_id", "=", self.company.id)],
            ["product_id"],
            ["bought_quantity:sum", "quoted_quantity:sum", "ordered_quantity:sum", "missing_quantity:sum"],
        )
        return {product: tuple(quantities) for product, *quantities in groups}

    def test_purchases_offers_and_what_is_missing(self):
        self._stocks(3)
        today = fields.Date.today()
        self._buys(self.alliance, 50, day=today - timedelta(days=20), product_id=self.goods.id, quantity=5)
        self._buys(self.alliance, 50, day=today - timedelta(days=400), product_id=self.goods.id, quantity=7)
        self._quotes(self.alliance, [(self.goods, 4, 10), (self.product, 1, 10)])
        self._orders(self.alliance, 10, day=today)
        self.assertEqual(self._demand(self.alliance), {self.goods: (15, 4, 10, 7)})

    def test_customers_to_grow_are_those_of_strategies_that_say_so(self):
        for customer in (self.alliance, self.cautious, self.new):
            self._quotes(customer, [(self.goods, 1, 10)])
        self.env.flush_all()
        rows = self.env["retail.demand"].search(
            [("wants_growth", "=", True), ("product_id", "=", self.goods.id)]
        )
        self.assertEqual(rows.partner_id, self.alliance)
        self._strategy("risk").wants_growth = True
        self.env.flush_all()
        rows = rows.search([("wants_growth", "=", True), ("product_id", "=", self.goods.id)])
        self.assertEqual(rows.partner_id, self.alliance | self.cautious)

    def test_what_is_delivered_is_wanted_no_more(self):
        self._stocks(10)
        delivery = self._orders(self.alliance, 6)
        delivery.move_ids.write({"quantity": 4, "picked": True})
        delivery._action_done()
        self.assertEqual(self._demand(self.alliance)[self.goods][2:], (2, 0))

    def test_what_will_never_be_delivered_is_not_waited_for(self):
        self._stocks(10)
        delivery = self._orders(self.alliance, 6)
        delivery.move_ids.write({"quantity": 4, "picked": True})
        delivery.with_context(cancel_backorder=True)._action_done()
        self.assertNotIn(self.goods, self._demand(self.alliance))

    def test_an_offer_that_is_over_is_no_demand(self):
        today = fields.Date.today()
        self._quotes(self.alliance, [(self.goods, 4, 10)], validity_date=today)
        self._quotes(self.alliance, [(self.goods, 2, 10)], validity_date=today - timedelta(days=1))
        self.assertEqual(self._demand(self.alliance)[self.goods][1], 4)

    def test_what_is_missing_is_missing_once_where_a_delivery_has_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        self._stocks(3)
        self._orders(self.alliance, 10)
        self.assertEqual(self._demand(self.alliance)[self.goods][2:], (10, 7))

    def test_quantities_are_in_the_unit_of_the_product(self):
        self._stocks(5)
        self._sells(self.alliance, [self._dozen()], day=fields.Date.today())
        self._quotes(self.alliance, [self._dozen()])
        self.assertEqual(self._demand(self.alliance), {self.goods: (12, 12, 12, 7)})

    def test_what_was_invoiced_by_the_dozen_is_in_the_unit_of_the_product_too(self):
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=self.company, install_demo=False
        )
        today = fields.Date.today()
        self.goods.invoice_policy = "order"
        invoice = self._sells(self.alliance, [self._dozen()], day=today)._create_invoices()
        invoice.invoice_date = today
        invoice.action_post()
        self.assertEqual(self._demand(self.alliance)[self.goods][0], 12)

    def _dozen(self):
        return {
            "product_id": self.goods.id,
            "product_uom_qty": 1,
            "product_uom_id": self.env.ref("uom.product_uom_dozen").id,
            "price_unit": 1,
        }
