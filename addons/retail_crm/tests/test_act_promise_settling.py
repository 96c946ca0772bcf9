from datetime import timedelta

from odoo.tests import tagged

from .test_act_promise import ActPromiseCommon


@tagged("post_install", "-at_install")
class TestActPromiseSettling(ActPromiseCommon):
    """What becomes of promises by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kettle = cls._product("Kettle", type="consu")

    def _order(self, hours=48, customer=None, **values):
        """A confirmed order of goods whose delivery is promised in so many hours."""
        order = self._quotes(
            customer or self.anna,
            [(self.kettle, 2, 10)],
            user_id=self.dora.id,
            commitment_date=self.now + timedelta(hours=hours),
            **values,
        )
        order.action_confirm()
        return order

    def _of(self, order):
        return self.env["retail.promise"].search([("order_id", "=", order.id)], order="id")

    def _delivers(self, order):
        for picking in order.picking_ids:
            picking.move_ids.quantity = 2
            picking.move_ids.picked = True
            picking._action_done()

    # ------------------------------------------------------------------ delivery dates

    def test_a_confirmed_order_promises_its_date_once(self):
        order = self._order()
        self.assertFalse(self._of(order))
        self._settle()
        self._settle()

        promise = self._of(order)
        self.assertEqual((len(promise), promise.kind, promise.keeper_id), (1, "date", self.dora))
        self.assertEqual((promise.due_at, promise.source), (order.commitment_date, "order"))
        self.assertEqual(promise.segment_id, self._segment("key"))
        self.assertIn(order.name, promise.text)
        self._act()
        self.assertEqual(promise.activity_id.user_id, self.dora)

    def test_services_quotations_and_orders_without_a_date_promise_nothing(self):
        quotation = self._quotes(
            self.anna, [(self.kettle, 1, 5)], commitment_date=self.now + timedelta(days=3)
        )
        service = self._quotes(
            self.anna, [(self.product, 1, 5)], commitment_date=self.now + timedelta(days=3)
        )
        service.action_confirm()
        plain = self._sells(self.anna, [(self.kettle, 1, 5)])
        self._settle()
        self.assertFalse(self._of(quotation) | self._of(service) | self._of(plain))

    def test_delivered_in_time_is_kept(self):
        order = self._order()
        self._settle()
        self._delivers(order)
        self._act()
        promise = self._of(order)
        self.assertState(promise, "kept", "delivery")
        self.assertEqual((promise.late_hours, promise.closed_by_id), (0, self.env["res.users"]))
        self.assertFalse(promise.activity_id)
        self.assertFalse(self.anna.activity_ids.filtered("active"))

    def test_delivered_in_time_is_kept_however_late_the_job_comes(self):
        order = self._order()
        self._settle()
        self._delivers(order)
        self._settle(self.now + timedelta(days=5))
        self.assertState(self._of(order), "kept")

    def test_a_part_of_the_delivery_keeps_nothing(self):
        order = self._order()
        self._settle()
        picking = order.picking_ids
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(len(order.picking_ids), 2)
        self._settle()
        self.assertState(self._of(order), "open")

    def test_not_delivered_in_time_is_broken_once_and_done_late(self):
        order = self._order()
        self._settle()
        late = self.now + timedelta(hours=49)
        self._settle(late)
        promise = self._of(order)
        self.assertState(promise, "broken", "overdue")
        closed_at = promise.closed_at
        self._settle(late + timedelta(hours=1))
        self.assertEqual(promise.closed_at, closed_at)

        self._delivers(order)
        order.picking_ids.date_done = order.commitment_date + timedelta(hours=6)
        self._settle(late + timedelta(hours=9))
        self.assertState(promise, "broken", "overdue")
        self.assertAlmostEqual(promise.late_hours, 6, 1)

    def test_another_date_on_the_order_is_seen_at_once(self):
        order = self._order()
        self._settle()
        first = order.commitment_date
        order.with_user(self.dora).commitment_date = first + timedelta(days=1)

        old, new = self._of(order)
        self.assertState(old, "moved", "order_date")
        self.assertEqual((old.closed_by_id, new.replaces_id), (self.dora, old))
        self.assertState(new, "open")
        # and back again
        order.commitment_date = first
        self.assertEqual(self._of(order).mapped("state"), ["moved", "moved", "open"])
        self.assertEqual(self._of(order)[-1].due_at, first)

    def test_no_date_any_more_withdraws_and_a_cancelled_order_too(self):
        dateless, cancelled = self._order(), self._order()
        self._settle()
        dateless.commitment_date = False
        cancelled._action_cancel()
        self.assertState(self._of(dateless), "withdrawn", "order_date")
        self.assertState(self._of(cancelled), "withdrawn", "cancelled")
        self._settle()
        self.assertEqual(len(self._of(dateless) | self._of(cancelled)), 2)

    def test_a_date_in_the_past_is_no_way_out(self):
        order = self._order()
        self._settle()
        order.commitment_date = self.now - timedelta(days=1)
        self.assertState(self._of(order), "open")

    def test_what_a_person_withdrew_is_not_promised_again(self):
        order = self._order()
        self._settle()
        self._as(self.dora, self._of(order))._withdraw("The customer comes and fetches it")
        self._settle()
        self.assertEqual(self._of(order).mapped("state"), ["withdrawn"])

    def test_confirming_an_order_costs_promises_no_query(self):
        order = self._quotes(self.anna, [(self.kettle, 2, 10)], commitment_date=self.now + timedelta(days=1))
        statements = []
        run = type(self.env.cr).execute

        def spy(cursor, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)))
            return run(cursor, query, *args, **kwargs)

        self.patch(type(self.env.cr), "execute", spy)
        order.action_confirm()
        self.env.flush_all()
        self.assertFalse([statement for statement in statements if "retail_promise" in statement])

    # ------------------------------------------------------------------ prices and calls

    def _price(self, price=8, **values):
        values = {"kind": "price", "text": "Tea for less", "product_id": self.product.id, **values}
        return self._promise(price=price, **values)

    def _sells_now(self, customer, price, hours=1, **values):
        return self._sells(
            customer,
            [{"product_id": self.product.id, "price_unit": price, **values}],
            moment=self.now + timedelta(hours=hours),
        )

    def test_a_price_is_kept_by_an_order_at_that_price_or_less(self):
        branch = self._customer("Anna's shop", parent_id=self.anna.id)
        exact, cheaper, discounted = (self._price(price) for price in (8, 9, 4))
        dearer = self._price(3)
        self._sells_now(branch, 8, discount=50)
        self._sells_now(self.anna, 8)
        self._settle()
        for promise in exact | cheaper | discounted:
            self.assertState(promise, "kept", "price")
        self.assertState(dearer, "open")

    def test_a_price_by_the_dozen_is_that_of_one(self):
        promise = self._price(8)
        dozen = self.env.ref("uom.product_uom_dozen")
        self._sells_now(self.anna, 96.12, product_uom_id=dozen.id)
        self._settle()
        self.assertState(promise, "open")
        self._sells_now(self.anna, 96, product_uom_id=dozen.id)
        self._settle()
        self.assertState(promise, "kept")

    def test_a_price_in_another_currency_is_converted(self):
        self._rate(self.euro, {self.now.date() - timedelta(days=1): 0.5})
        pricelist = self.env["product.pricelist"].create({"name": "Euro", "currency_id": self.euro.id})
        promise = self._price(8)
        line = {"product_id": self.product.id, "price_unit": 4}
        self._sells(self.anna, [line], moment=self.now + timedelta(hours=1), pricelist_id=pricelist.id)
        self._settle()
        self.assertState(promise, "kept")

    def test_a_price_charged_dearer_is_broken_and_one_not_asked_for_is_not(self):
        refused = self._price(8)
        other = self._product("Coffee")
        unused = self._price(8, product_id=other.id)
        self._sells_now(self.anna, 9)
        self._settle(self.now + timedelta(hours=25))
        self.assertState(refused, "broken", "overdue")
        self.assertState(unused, "withdrawn", "unused")

    def test_a_price_after_the_day_is_too_late(self):
        promise = self._price(8)
        self._sells_now(self.anna, 9)
        self._sells_now(self.anna, 8, hours=30)
        self._settle(self.now + timedelta(hours=31))
        self.assertState(promise, "broken")
        self.assertAlmostEqual(promise.late_hours, 6, 1)

    def test_orders_of_others_and_of_before_keep_no_price(self):
        promise = self._price(8)
        self._sells_now(self._customer("Berta"), 5)
        self._sells_now(self.anna, 5, hours=-1)
        self._settle()
        self.assertState(promise, "open")

    def test_a_call_keeps_the_promise_to_call_at_once(self):
        promise = self._promise()
        gift = self._promise(kind="gift", text="A gift")
        action = self._action(kind="call", user_id=self.dora.id)
        self._as(self.dora, action)._log_outcome(self._ending("reached"))
        self.assertState(promise, "kept", "call")
        self.assertEqual(promise.kept_by_id, self.dora)
        self.assertFalse(promise.activity_id)
        self.assertState(gift, "open")

    def test_a_call_taken_back_keeps_no_promise(self):
        promise = self._promise()
        action = self._action(kind="call", user_id=self.dora.id)
        mine = self._as(self.dora, action)
        mine._log_outcome(self._ending("reached"))
        mine._take_back()

        self.assertState(promise, "open")
        self.assertFalse(promise.kept_at or promise.closed_at or promise.ending)
        self.assertEqual(promise.activity_id.user_id, self.dora)

    def test_a_visit_is_no_call(self):
        promise = self._promise()
        self._done(self._action(kind="visit", user_id=self.dora.id))
        self._settle()
        self.assertState(promise, "open")

    # ------------------------------------------------------------------ broken ones

    def test_a_broken_promise_becomes_one_task(self):
        promise = self._promise(hours=1)
        self._passes(promise)
        self._act()
        self._act()
        self.assertState(promise, "broken", "overdue")
        action = self._actions(event="promise_broken")
        self.assertEqual(len(action), 1)
        self.assertEqual((action.res_model, action.res_id), ("retail.promise", promise.id))
        self.assertEqual(action.user_id, self.dora)
        self.assertTrue(action.activity_id)
        self.assertFalse(promise.activity_id)

    def test_settling_once_or_twice_is_the_same(self):
        self._order()
        promises = self._promise(hours=1) | self._price() | self._promise(kind="gift", text="A gift")
        self._passes(promises[0])
        self._settle()
        all_promises = self.env["retail.promise"].search([("company_id", "=", self.company.id)])
        before = all_promises.read()
        self._settle()
        self.assertEqual(all_promises.read(), before)

    def test_the_share_of_broken_promises_is_of_those_that_ended(self):
        emils = self._promise(user=self.emil, hours=1)
        broken, kept, moved = (self._promise(hours=hours) for hours in (1, 48, 48))
        self._promise(hours=48)
        self._passes(emils | broken)
        self._as(self.dora, kept).action_keep()
        self._as(self.dora, moved)._move(self.now + timedelta(days=4), "Asked for")
        self._settle()

        groups = self.env["retail.promise.report"]._read_group(
            [("company_id", "=", self.company.id)],
            ["keeper_id"],
            ["broken_share:avg", "promise_count:sum", "moved_count:sum"],
        )
        self.assertEqual(
            {user: figures for user, *figures in groups}, {self.dora: [50, 5, 1], self.emil: [100, 1, 0]}
        )
