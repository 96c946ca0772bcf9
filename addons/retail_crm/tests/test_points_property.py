"""Random histories of orders: whatever happens, the ledger adds up and ends where it should."""

from hypothesis import HealthCheck, given, settings, strategies

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_points_returns import PointsReturnsCommon

# The same examples on every machine; an example costs about a second.
in_profile = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
PICK = strategies.integers(0, 3)
QUANTITY = strategies.integers(1, 4)
ORDER = strategies.tuples(strategies.just("order"), QUANTITY, strategies.booleans(), strategies.booleans())
STEPS = strategies.one_of(
    ORDER,
    *(
        strategies.tuples(strategies.just(kind), PICK)
        for kind in ("confirm", "cancel", "draft", "invoice", "deliver", "pay", "expire", "release", "merge")
    ),
    strategies.tuples(strategies.just("quantity"), PICK, QUANTITY),
    strategies.tuples(strategies.just("return"), PICK, QUANTITY),
    strategies.tuples(strategies.just("credit"), PICK, strategies.integers(1, 60)),
    strategies.tuples(strategies.just("adjust"), PICK, strategies.integers(-80, 80)),
)
# some orders first, for most of the other steps need one
HISTORY = strategies.tuples(
    strategies.lists(ORDER, min_size=2, max_size=3), strategies.lists(STEPS, min_size=8, max_size=12)
).map(lambda parts: parts[0] + parts[1])


@tagged("post_install", "-at_install")
class TestPointsProperty(PointsReturnsCommon):
    @in_profile
    @given(HISTORY)
    def test_ledger_adds_up_at_every_step_of_any_history(self, steps):
        self._live(steps)

    @in_profile
    @given(HISTORY)
    def test_ledger_adds_up_with_late_pending_and_expiring_points(self, steps):
        values = {"retail_earned_at": "payment", "retail_pending_days": 5}
        self._live(steps, **values, retail_expiry="days", retail_expiry_days=30)

    def _live(self, steps, **options):
        savepoint = self.env.cr.savepoint()
        try:
            self.program.write(options)
            self.orders, self.member = self.env["sale.order"], self._customer("Somebody")
            self._card(self.member, 350)
            for kind, *details in steps:
                self._try(getattr(self, f"_step_{kind}"), *details)
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertAddsUp(self.env["retail.points.wallet"].with_context(active_test=False).search([]))
            self._end()
        finally:
            savepoint.rollback()
            savepoint.close()
            self.env.invalidate_all(flush=False)

    def _try(self, step, *details):
        """What Odoo or the ledger refuses has happened not at all."""
        try:
            with self.env.cr.savepoint():
                step(*details)
                self.env.flush_all()
        except UserError:
            self.env.invalidate_all(flush=False)

    def _end(self):
        """When every order is cancelled, nothing earned or spent is left in the books of the orders."""
        for order in self.orders.filtered(lambda order: order.state == "sale"):
            order._action_cancel()
        for points in self.orders.sudo()._get_booked_points().values():
            self.assertEqual(points.used, 0)
            self.assertGreaterEqual(points.earned, 0)
        for order in self.orders:
            before = self.env["retail.points.move"].search_count([])
            order._book_points()
            self.assertEqual(self.env["retail.points.move"].search_count([]), before)

    def _pick(self, number):
        return self.orders[number % len(self.orders)] if self.orders else self.orders

    def _step_order(self, quantity, redeems, confirms):
        order = self._quotes(self.member, [(self.goods, quantity, 30)])
        self.orders |= order
        if redeems:
            self._redeems(order)
        if confirms or redeems:
            order.action_confirm()

    def _step_confirm(self, pick):
        self._pick(pick).filtered(lambda order: order.state == "draft").action_confirm()

    def _step_cancel(self, pick):
        self._pick(pick)._action_cancel()

    def _step_draft(self, pick):
        self._pick(pick).action_draft()

    def _step_quantity(self, pick, quantity):
        line = self._pick(pick).order_line.filtered(lambda line: not line.reward_id)
        line.write({"product_uom_qty": quantity, "price_unit": 30})

    def _step_invoice(self, pick):
        order = self._pick(pick)
        if order.state == "sale":
            self._invoices(order)

    def _step_deliver(self, pick):
        if self._pick(pick).picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel")):
            self._deliver(self._pick(pick))

    def _step_return(self, pick, quantity):
        done = self._pick(pick).picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.picking_type_id.code == "outgoing"
        )
        if done:
            self._return(done[0], quantity)

    def _step_credit(self, pick, amount):
        invoices = self._pick(pick).invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        if invoices:
            self._credits(invoices[0], amount=amount)

    def _step_pay(self, pick):
        invoices = self._pick(pick).invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.payment_state == "not_paid"
        )
        if invoices and invoices[0].state == "posted":
            self._pays(invoices[0])

    def _step_adjust(self, _pick, points):
        if points:
            self._wallet(self.member)._adjust(points, "because")

    def _step_expire(self, _pick):
        self.env["retail.points.ageing"]._expire_batch(self.today.replace(year=2099))

    def _step_release(self, _pick):
        self.env["retail.points.ageing"]._release_batch(self.today.replace(year=2099))

    def _step_merge(self, _pick):
        other = self._customer("Somebody else")
        self._card(other, 20)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        self.env.flush_all()
        wizard._merge((self.member | other).ids, other)
        self.member = other
        self.env.invalidate_all()
