"""Random histories of orders: whatever happens, the ledger adds up and ends where it should."""

from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings, strategies

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..points.exact import to_points
from .test_points_returns import PointsReturnsCommon

CENT = Decimal("0.01")
# The same examples on every machine; an example costs about two seconds.
shared = settings(
    derandomize=True,
    database=None,
    deadline=None,
    # looking for a shorter example takes ten minutes
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
FEW, MANY = 5, 100
PICK = strategies.integers(0, 3)
QUANTITY = strategies.integers(1, 4)
DAYS = strategies.sampled_from([0, 10, 400])
ORDER = strategies.tuples(strategies.just("order"), QUANTITY, strategies.booleans(), strategies.booleans())
OF_AN_ORDER = (
    "confirm",
    "cancel",
    "draft",
    "claim",
    "unclaim",
    "invoice",
    "deliver",
    "pay",
    "unpay",
    "uncredit",
)
OF_THE_CUSTOMER = ("merge", "archive", "block", "seal")
STEPS = strategies.one_of(
    ORDER,
    *(strategies.tuples(strategies.just(kind), PICK) for kind in OF_AN_ORDER + OF_THE_CUSTOMER),
    *(strategies.tuples(strategies.just(kind), DAYS) for kind in ("expire", "release")),
    strategies.tuples(strategies.just("quantity"), PICK, strategies.integers(0, 4)),
    strategies.tuples(strategies.just("return"), PICK, QUANTITY, strategies.booleans()),
    strategies.tuples(strategies.just("credit"), PICK, strategies.integers(1, 60)),
    strategies.tuples(strategies.just("adjust"), strategies.integers(-80, 80)),
)
# some orders first, for most of the other steps need one
HISTORY = strategies.tuples(
    strategies.lists(ORDER, min_size=2, max_size=3), strategies.lists(STEPS, min_size=8, max_size=14)
).map(lambda parts: parts[0] + parts[1])
OPTIONS = strategies.fixed_dictionaries(
    {
        "retail_earned_at": strategies.sampled_from(["confirmation", "delivery", "payment"]),
        "retail_pending_days": strategies.sampled_from([0, 5]),
        "retail_expiry": strategies.sampled_from(["days", "month", "rolling", "year"]),
        "retail_expiry_days": strategies.just(30),
        "retail_base": strategies.sampled_from(["taxed", "untaxed"]),
        "retail_rounding": strategies.sampled_from(["cents", "down", "half_up"]),
    }
)


class PointsHistories(PointsReturnsCommon):
    """Steps of histories, and what must hold after each of them."""

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
                self._check()
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

    # ------------------------------------------------------------------ what must hold

    def _check(self):
        wallets = self.env["retail.points.wallet"].with_context(active_test=False).search([])
        self.assertAddsUp(wallets)
        for wallet in wallets:
            spendable = sum(wallet.lot_ids.filtered(lambda lot: not lot.is_pending).mapped("remaining"))
            # who owes has nothing left to spend: the debt alone goes below nothing
            self.assertFalse(wallet.debt and spendable, "points that can be spent repay the debt at once")
        self._check_nothing_is_left_to_book()
        if self.program.retail_earned_at == "confirmation" and self.program.retail_rounding == "cents":
            self._check_orders_have_what_the_oracle_says()

    def _check_nothing_is_left_to_book(self):
        """No step that matters to an order went unnoticed."""
        before = self.env["retail.points.move"].search_count([])
        self.orders._book_points()
        self.assertEqual(self.env["retail.points.move"].search_count([]), before)

    def _check_orders_have_what_the_oracle_says(self):
        """From the documents alone: a point for each dollar of what was bought and neither returned nor credited."""
        booked = self.orders.sudo()._get_booked_points()
        for order in self.orders:
            points = [points for (of, _wallet), points in booked.items() if of == order]
            earned = sum((each.earned for each in points), Decimal(0))
            lots = self.env["retail.points.lot"].sudo().search([("document_id", "=", order.id)])
            if not order.coupon_point_ids or "expire" in lots.wallet_id.move_ids.mapped("kind"):
                continue
            self.assertEqual(earned, self._oracle_earned(order), order.name)

    def _oracle_earned(self, order):
        if order.state != "sale":
            return Decimal(0)
        goods = order.order_line.filtered(lambda line: not line.reward_id)
        if not goods.product_uom_qty:
            return Decimal(0)
        back = order.picking_ids.move_ids.filtered(
            lambda move: move.state == "done" and move.location_id.usage == "customer" and move.to_refund
        )
        lines = goods.invoice_lines.filtered(lambda line: line.parent_state == "posted")
        credited, invoiced = (
            sum(lines.filtered(lambda line, kind=kind: line.move_type == kind).mapped("price_subtotal"))
            for kind in ("out_refund", "out_invoice")
        )
        # what was invoiced anew is kept
        credited -= max(invoiced - goods.price_subtotal, 0)
        gone = max(
            to_points(sum(back.mapped("quantity")) / goods.product_uom_qty),
            to_points(credited / goods.price_subtotal),
        )
        return (to_points(order.coupon_point_ids.points) * max(1 - gone, Decimal(0))).quantize(
            CENT, "ROUND_HALF_UP"
        )

    def _end(self):
        """When every order is cancelled, nothing earned or spent is left in the books of the orders."""
        for order in self.orders.filtered(lambda order: order.state == "sale"):
            order._action_cancel()
        for points in self.orders.sudo()._get_booked_points().values():
            self.assertEqual(points.used, 0)
            self.assertGreaterEqual(points.earned, 0)
        self._check()

    # ------------------------------------------------------------------ steps

    def _pick(self, number):
        return self.orders[number % len(self.orders)] if self.orders else self.orders

    def _get_documents(self, pick, kind):
        return self._pick(pick).invoice_ids.filtered(
            lambda move: move.move_type == kind and move.state == "posted"
        )[:1]

    def _step_order(self, quantity, redeems, confirms):
        order = self._quotes(self.member, [(self.goods, quantity, 30)])
        self.orders |= order
        if redeems:
            self._claim(order)
        if confirms or redeems:
            order.action_confirm()

    def _step_confirm(self, pick):
        self._pick(pick).filtered(lambda order: order.state == "draft").action_confirm()

    def _step_cancel(self, pick):
        self._pick(pick)._action_cancel()

    def _step_draft(self, pick):
        self._pick(pick).action_draft()

    def _step_claim(self, pick):
        """On quotations and, by the button "Reward", on confirmed orders."""
        order = self._pick(pick)
        if order.state in ("draft", "sale"):
            self._claim(order)

    def _claim(self, order):
        if self.env["loyalty.card"].search_count([("partner_id", "=", order.partner_id.id)], limit=1):
            self._redeems(order)

    def _step_unclaim(self, pick):
        self._pick(pick).order_line.filtered("reward_id").unlink()

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

    def _step_return(self, pick, quantity, to_refund):
        done = self._pick(pick).picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.picking_type_id.code == "outgoing"
        )
        if done:
            self._return(done[0], quantity, to_refund)

    def _step_credit(self, pick, amount):
        if invoice := self._get_documents(pick, "out_invoice"):
            self._credits(invoice, amount=amount)

    def _step_uncredit(self, pick):
        """A credit note that was a mistake."""
        if credit := self._get_documents(pick, "out_refund"):
            credit.button_draft()

    def _step_pay(self, pick):
        invoice = self._get_documents(pick, "out_invoice")
        if invoice and invoice.payment_state == "not_paid":
            self._pays(invoice, amount=20 if pick == 1 else None)

    def _step_unpay(self, pick):
        self._get_documents(pick, "out_invoice").line_ids.remove_move_reconcile()

    def _step_adjust(self, points):
        if points:
            self._wallet(self.member)._adjust(points, "because")

    def _step_expire(self, days):
        self.env["retail.points.ageing"]._expire_batch(self._get_later(days))

    def _step_release(self, days):
        self.env["retail.points.ageing"]._release_batch(self._get_later(days))

    def _get_later(self, days):
        return self.env.cr.now().date().fromordinal(self.env.cr.now().toordinal() + days)

    def _step_merge(self, _pick):
        other = self._customer("Somebody else")
        self._card(other, 20)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        self.env.flush_all()
        wizard._merge((self.member | other).ids, other)
        self.member = other
        self.env.invalidate_all()

    def _step_archive(self, _pick):
        """The card goes into the drawer, or comes out of it."""
        card = self.env["loyalty.card"].with_context(active_test=False)
        card = card.search([("partner_id", "=", self.member.id)], limit=1)
        card.active = not card.active

    def _step_block(self, _pick):
        wallet = self._wallet(self.member)
        wallet.is_blocked = not wallet.is_blocked

    def _step_seal(self, _pick):
        self.env["retail.points.seal"]._seal_batch()


@tagged("post_install", "-at_install")
class TestPointsProperty(PointsHistories):
    @settings(shared, max_examples=FEW)
    @given(HISTORY)
    def test_ledger_adds_up_at_every_step_of_any_history(self, steps):
        self._live(steps)

    @settings(shared, max_examples=FEW)
    @given(HISTORY, OPTIONS)
    def test_ledger_adds_up_whatever_the_options_of_the_program(self, steps, options):
        self._live(steps, **options)


@tagged("post_install", "-at_install", "-standard", "retail_data")
class TestPointsManyHistories(PointsHistories):
    """Hundreds of histories, some ten minutes."""

    @settings(shared, max_examples=MANY)
    @given(HISTORY)
    def test_ledger_adds_up_at_every_step_of_hundreds_of_histories(self, steps):
        self._live(steps)

    @settings(shared, max_examples=2 * MANY)
    @given(HISTORY, OPTIONS)
    def test_ledger_adds_up_in_hundreds_of_histories_whatever_the_options(self, steps, options):
        self._live(steps, **options)
