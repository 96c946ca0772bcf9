"""Random sequences of documents against an oracle that knows nothing of SQL."""

import dataclasses

from hypothesis import HealthCheck, given, settings, strategies

from odoo.fields import Command
from odoo.tests import tagged

from .common import RetailAccountingCommon

# The same examples on every machine; an example costs about half a second.
in_profile = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)

PICK = strategies.integers(0, 3)
# (quantity, price): whole numbers, so that rounding has no say; a negative price is a discount
LINES = strategies.lists(
    strategies.tuples(strategies.integers(1, 6), strategies.sampled_from([-5, 0, 3, 20, 70])),
    min_size=1,
    max_size=3,
)
STEPS = strategies.one_of(
    strategies.tuples(strategies.just("order"), LINES),
    strategies.tuples(
        strategies.just("invoice"), PICK, strategies.lists(strategies.integers(0, 7), min_size=3, max_size=3)
    ),
    strategies.tuples(strategies.just("credit"), PICK, strategies.none() | strategies.integers(1, 50)),
    strategies.tuples(strategies.just("cancel"), PICK),
    strategies.tuples(strategies.just("confirm_again"), PICK),
    strategies.tuples(strategies.just("bill"), strategies.integers(1, 90)),
    strategies.tuples(strategies.just("import"), strategies.integers(-40, 90)),
)


@dataclasses.dataclass
class OracleOrder:
    lines: list
    invoiced: list
    is_confirmed: bool = True

    def rest(self):
        """What is ordered and not invoiced, line by line, never beyond zero."""
        for (quantity, price), invoiced in zip(self.lines, self.invoiced):
            left = quantity * price - invoiced
            yield max(left, 0) if price > 0 else min(left, 0)


@dataclasses.dataclass
class Oracle:
    """The revenue of a customer: what is on documents, plus what confirmed orders still wait to invoice."""

    on_documents: int = 0
    orders: list = dataclasses.field(default_factory=list)

    @property
    def revenue(self):
        return self.on_documents + sum(sum(order.rest()) for order in self.orders if order.is_confirmed)


@tagged("post_install", "-at_install")
class TestPurchaseProperty(RetailAccountingCommon):
    @in_profile
    @given(strategies.lists(STEPS, min_size=3, max_size=8))
    def test_any_sequence_of_documents_counts_what_the_oracle_counts(self, steps):
        savepoint = self.env.cr.savepoint()
        with savepoint:
            self.customer = self._customer()
            self.oracle = Oracle()
            self.orders = []
            self.invoices = []
            for kind, *arguments in [("order", [(2, 20)]), *steps]:
                getattr(self, f"_step_{kind}")(*arguments)
            self.assertPurchases(self.customer, revenue=self.oracle.revenue)
            savepoint.rollback()

    def _step_order(self, lines):
        self.orders.append(self._sells(self.customer, [(self.product, *line) for line in lines]))
        self.oracle.orders.append(OracleOrder(lines, [0] * len(lines)))

    def _step_invoice(self, pick, quantities):
        """Some quantity of each line, more than ordered at times; 0 leaves the line out."""
        position = pick % len(self.orders)
        order, counted = self.orders[position], self.oracle.orders[position]
        chosen = [pair for pair in zip(order.order_line, quantities) if pair[1]]
        amounts = [price * quantity for (_ordered, price), quantity in zip(counted.lines, quantities)]
        if not chosen or sum(amounts) < 0:
            return
        lines = [Command.create(line._prepare_invoice_line(quantity=quantity)) for line, quantity in chosen]
        invoice = self.env["account.move"].create({**order._prepare_invoice(), "invoice_line_ids": lines})
        self.invoices.append(self._posts(invoice))
        counted.invoiced = [before + amount for before, amount in zip(counted.invoiced, amounts)]
        self.oracle.on_documents += sum(amounts)

    def _step_credit(self, pick, amount):
        if self.invoices:
            invoice = self.invoices[pick % len(self.invoices)]
            self._credits(invoice, amount=amount)
            self.oracle.on_documents -= amount or invoice.amount_untaxed

    def _step_cancel(self, pick):
        position = pick % len(self.orders)
        self.orders[position]._action_cancel()
        self.oracle.orders[position].is_confirmed = False

    def _step_confirm_again(self, pick):
        position = pick % len(self.orders)
        if self.orders[position].state == "cancel":
            self.orders[position].action_draft()
            self.orders[position].action_confirm()
            self.oracle.orders[position].is_confirmed = True

    def _step_bill(self, amount):
        self.invoices.append(self._bills(self.customer, amount))
        self.oracle.on_documents += amount

    def _step_import(self, amount):
        self._buys(self.customer, amount)
        self.oracle.on_documents += amount
