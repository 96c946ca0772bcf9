"""The shop's everyday work through Odoo's own flows, with the dates of a past that never was."""

from collections import namedtuple
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from odoo import Command
from odoo.tools import SQL

MODULE = "retail_crm_demo"

# What a customer takes home on one day. ``customer`` names a partner of the story, ``basket`` is {product: quantity},
# ``store`` the code of a warehouse, ``paid_after`` the days between invoice and payment (None: nobody has paid).
Sale = namedtuple("Sale", "customer days_ago basket store paid_after", defaults=("WH", 0))


class Shop:
    """Sells, delivers, invoices, collects and takes back in one company. Days count back from today."""

    def __init__(self, env):
        # nothing is mailed, and no history of changes is kept of things that happened "long ago"
        self.env = env(
            context={**env.context, "tracking_disable": True, "loyalty_no_mail": True, "skip_sms": True}
        )
        self.company = self.ref("base.main_company")
        self.today = self.env["retail.run"]._today(self.company)

    # ------------------------------------------------------------------ names

    def ref(self, name):
        """The record that the story calls ``name``; names with a module are Odoo's own."""
        return self.env.ref(name if "." in name else f"{MODULE}.{name}")

    def call(self, name, record):
        """Let the story, its tests and its reader find ``record`` under ``name``."""
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": f"{MODULE}.{name}", "record": record, "noupdate": True}]
        )
        return record

    def knows(self, name):
        return bool(self.env.ref(f"{MODULE}.{name}", raise_if_not_found=False))

    def as_person(self, name, model):
        """``model`` in the hands of the user ``name``, who leaves traces in histories as in daily work."""
        # what was done before is noted in the name of whoever did it
        self.env.cr.flush()
        return self.env[model].with_user(self.ref(f"user_{name}")).with_context(tracking_disable=False)

    def store(self, code):
        """The warehouse of the shop with this code."""
        return self.env["stock.warehouse"].search(
            [("code", "=", code), ("company_id", "=", self.company.id)], limit=1
        )

    def day(self, days_ago):
        return self.today - timedelta(days=days_ago)

    def noon(self, days_ago):
        """A moment of that day which is the same day in nearly every time zone."""
        return datetime.combine(self.day(days_ago), time(12))

    @contextmanager
    def points_of(self, days_ago):
        """Points booked meanwhile were booked that day.

        The ledger refuses to be dated back, and rightly so; only a past that never was needs it, before the movements
        are sealed.
        """
        last = self.env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM retail_points_move"))[0][0]
        yield
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """ALTER TABLE retail_points_move DISABLE TRIGGER retail_crm_points_row;
                   UPDATE retail_points_move SET moment = %(noon)s WHERE id > %(last)s;
                   ALTER TABLE retail_points_move ENABLE TRIGGER retail_crm_points_row;
                   UPDATE retail_points_lot lot SET earned_on = %(day)s, expires_on = lot.expires_on - %(days_ago)s
                     FROM retail_points_move move
                    WHERE move.lot_id = lot.id AND move.id > %(last)s AND move.kind = 'earn'""",
                noon=self.noon(days_ago),
                day=self.day(days_ago),
                days_ago=days_ago,
                last=last,
            )
        )
        self.env.invalidate_all(flush=False)

    # ------------------------------------------------------------------ work

    def run(self, days_ago=0):
        """Compute the segments of that day, or of the last day computed, behind which no run can go; commits."""
        last = self.env["retail.run"]._get_last_done(self.company)
        day = self.day(days_ago)
        return self.env["retail.run"].run_company(self.company, as_of=max(day, last.as_of or day))

    def stock_up(self, store, quantities, days_ago):
        """Count what is on the shelves; ``quantities`` is {product: quantity}."""
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        counted = quants.create(
            [
                {
                    "product_id": self.ref(product).id,
                    "location_id": self.store(store).lot_stock_id.id,
                    "inventory_quantity": quantity,
                }
                for product, quantity in quantities.items()
            ]
        )
        counted.action_apply_inventory(date=self.noon(days_ago))

    def quote(self, customer, basket, store="WH", **values):
        """A quotation for ``basket``; what it does not say is proposed by Odoo and by the customer's strategy."""
        lines = [
            Command.create({"product_id": self.ref(product).id, "product_uom_qty": quantity})
            for product, quantity in basket.items()
        ]
        return self.env["sale.order"].create(
            {
                "partner_id": self.ref(customer).id,
                "warehouse_id": self.store(store).id,
                "order_line": lines,
                **values,
            }
        )

    def confirm(self, order, days_ago=0):
        with self.points_of(days_ago):
            order.action_confirm()
        if days_ago:
            order.date_order = self.noon(days_ago)
        return order

    def trade(self, sales):
        """Sell, deliver, invoice and collect, oldest first, so that the numbers of documents follow the calendar.

        Each step is done for all sales together, which is several times faster than sale by sale.
        """
        sales = sorted(sales, key=lambda sale: -sale.days_ago)
        orders = self.env["sale.order"].union(
            *(
                self.quote(sale.customer, sale.basket, sale.store, date_order=self.noon(sale.days_ago))
                for sale in sales
            )
        )
        orders.action_confirm()
        for order, sale in zip(orders, sales, strict=True):
            order.date_order = self.noon(sale.days_ago)
            self.deliver(order.picking_ids, sale.days_ago)
        for invoice, sale in zip(self.invoice(orders), sales, strict=True):
            if sale.paid_after is not None:
                self.pay(invoice, sale.days_ago - sale.paid_after)
        return orders

    def deliver(self, pickings, days_ago):
        """Hand over everything and date it back."""
        pickings.scheduled_date = self.noon(days_ago)
        pickings.move_ids.picked = True
        pickings.button_validate()
        pickings.date_done = self.noon(days_ago)

    def invoice(self, orders):
        """Post one invoice per order on the day of the order, in the order of ``orders``."""
        orders._create_invoices(grouped=True)
        invoices = self.env["account.move"].union(*(order.invoice_ids for order in orders))
        for invoice, order in zip(invoices, orders, strict=True):
            self.date(invoice, order.date_order.date())
        invoices.action_post()
        return invoices

    @staticmethod
    def date(invoice, day):
        """Date an invoice; without payment terms Odoo would let it fall due today."""
        invoice.invoice_date = day
        if not invoice.invoice_payment_term_id:
            invoice.invoice_date_due = day

    def pay(self, invoice, days_ago):
        """Register the payment of an invoice, or pay back a credit note."""
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        with self.points_of(days_ago):
            register.create({"payment_date": self.day(days_ago)})._create_payments()

    def take_back(self, order, quantities, days_ago):
        """The customer brings something back: return transfer, credit note, money back."""
        wizard = self.env["stock.return.picking"].create({"picking_id": order.picking_ids.id})
        for line in wizard.product_return_moves:
            line.quantity = next(
                (quantity for name, quantity in quantities.items() if self.ref(name) == line.product_id), 0
            )
        with self.points_of(days_ago):
            self.deliver(wizard._create_return(), days_ago)
            credit_note = order._create_invoices(final=True)
            self.date(credit_note, self.day(days_ago))
            credit_note.action_post()
        self.pay(credit_note, days_ago)
        return credit_note

    def expect(self, supplier, quantities, days_ahead):
        """Goods on their way from a supplier, to be received by the warehouse."""
        warehouse = self.store("WH")
        source = self.ref(supplier).property_stock_supplier
        return self.env["stock.picking"].create(
            {
                "partner_id": self.ref(supplier).id,
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": source.id,
                "location_dest_id": warehouse.lot_stock_id.id,
                "scheduled_date": self.noon(-days_ahead),
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.ref(product).id,
                            "product_uom_qty": quantity,
                            "location_id": source.id,
                            "location_dest_id": warehouse.lot_stock_id.id,
                        }
                    )
                    for product, quantity in quantities.items()
                ],
            }
        )
