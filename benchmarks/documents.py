"""What the addon adds to orders and imports."""

import csv
import datetime
import tempfile
from unittest.mock import patch

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.retail_crm.models.sale_order import SaleOrder
from odoo.addons.retail_crm.models.stock_move import StockMove

TRIGGERED = ("sale_order", "sale_order_line", "account_move", "account_move_line")
PAIRS = 15
UPDATES = 500


class Documents:
    def __init__(self, meter):
        self.meter = meter
        self.env = meter.env
        self.customer = self.env["retail.profile"].search([("segment_id", "!=", False)], limit=1).partner_id
        self.products = self.env["product.product"].search([("name", "like", "Product %")], limit=3)

    def measure(self):
        self._measure_orders()
        self._measure_triggers()
        for rows in (70_000, 200_000):
            self._measure_import(rows)

    def _measure_orders(self):
        with_addon = self.meter.undone(self._sell)
        without_overrides = self.meter.undone(self._sell_without_overrides)
        without_addon = self.meter.undone(self._sell_without_addon)
        with_addon()  # fills the caches
        queries = self.meter.count_queries(with_addon) - self.meter.count_queries(without_overrides)
        self.meter.report("order created and confirmed, queries of the addon", queries, "", at_most=3)
        ours, stock = self.meter.medians(with_addon, without_addon, times=PAIRS)
        self.meter.report("order created and confirmed / the same without the addon", ours / stock)

    def _sell(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": product.id}) for product in self.products],
            }
        )
        order.action_confirm()

    def _sell_without_addon(self):
        self._switch_triggers("DISABLE")
        self._sell_without_overrides()

    def _sell_without_overrides(self):
        def plain_values(self):
            return super(StockMove, self)._get_new_picking_values()

        with (
            patch.object(SaleOrder, "_apply_strategy", lambda *_arguments, **_options: None),
            patch.object(StockMove, "_get_new_picking_values", plain_values),
        ):
            self._sell()

    def _switch_triggers(self, state):
        for table in TRIGGERED:
            self.env.cr.execute(SQL("ALTER TABLE %s %s TRIGGER USER", SQL.identifier(table), SQL(state)))

    def _measure_triggers(self):
        """The cost of noting whose purchases changed, per statement that changes one order."""
        marked, silent = self.meter.medians(
            self.meter.undone(self._update_orders), self.meter.undone(self._update_orders_silently), times=5
        )
        self.meter.report("noting customers with news", (marked - silent) / UPDATES * 1e6, "µs a statement")

    def _update_orders(self):
        self.env.cr.execute(
            SQL(
                """DO $$ DECLARE number int4; BEGIN
                       FOR number IN SELECT id FROM sale_order WHERE state = 'sale' ORDER BY id LIMIT %s LOOP
                           UPDATE sale_order SET note = 'changed' WHERE id = number;
                       END LOOP; END $$""",
                UPDATES,
            )
        )

    def _update_orders_silently(self):
        self._switch_triggers("DISABLE")
        self._update_orders()

    def _measure_import(self, rows):
        """Purchases of customers who are known."""
        profiles = self.env["retail.profile"].search([("company_id", "=", self.env.company.id)], limit=20_000)
        refs = profiles.partner_id.mapped("ref")
        today = datetime.date.today()
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["customer_ref", "customer_name", "date", "reference", "amount"])
            for row in range(rows):
                day = today - datetime.timedelta(days=row % 300)
                writer.writerow([refs[row % len(refs)], "", day, row, 10])
            file.flush()
            seconds = self.meter.cpu(self.meter.undone(lambda: self._import(file.name)))
        self.meter.report(
            f"import of {rows:,} purchases of known customers", rows / seconds, "rows a CPU second"
        )

    def _import(self, path):
        self.env["retail.purchase.history"].import_csv(self.env.company, path, channel="bench")
