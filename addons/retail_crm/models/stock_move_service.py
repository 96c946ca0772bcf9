from odoo import models
from odoo.fields import Domain

from .stock_move_protection import Protections


class StockMove(models.Model):
    _inherit = "stock.move"

    def _say_why_waiting(self):
        """Who or what comes before this move, in words."""
        words = {
            "product": self.product_id.display_name,
            "reserved": format_quantity(self.quantity),
            "needed": format_quantity(self.product_uom_qty),
        }
        if protections := self._get_protections_of_others():
            return self.env._(
                "%(product)s, %(reserved)s of %(needed)s: waits, the rest is protected for customers of %(classes)s.",
                classes=", ".join(protections.strategy_ids.mapped("name")),
                **words,
            )
        if first := self._get_first_in_line():
            return self.env._(
                "%(product)s, %(reserved)s of %(needed)s: waits, %(first)s comes first.",
                first=first.picking_id._say_service_class(),
                **words,
            )
        if self._is_held_by_later_ones():
            return self.env._(
                "%(product)s, %(reserved)s of %(needed)s: waits, while deliveries that come later hold some. The page "
                "Shortages can change that.",
                **words,
            )
        return self.env._("%(product)s, %(reserved)s of %(needed)s: waits for stock.", **words)

    def _get_protections_of_others(self):
        """Protections that keep free stock from this move."""
        found = self.env["retail.protection"].search(
            [("product_id", "=", self.product_id.id), ("is_active", "=", True)]
        )
        protections = self.with_context(retail_protections=Protections(found.ids))._get_protections()
        others = (protections - protections._serves(self)).filtered("remaining_quantity")
        free = others and self.env["stock.quant"]._get_available_quantity(self.product_id, self.location_id)
        return others if free else others.browse()

    def _get_first_in_line(self):
        """A delivery of a better class that has or wants the same product from the same place."""
        better = Domain("priority", ">", self.priority or "0") | (
            Domain("priority", "=", self.priority or "0") & Domain("retail_rank", ">", self.retail_rank)
        )
        return self.search(self._get_rivals() & better, order="priority desc, retail_rank desc, id", limit=1)

    def _is_held_by_later_ones(self):
        """Whether a delivery of a lesser class has some of the product reserved."""
        lesser = Domain("priority", "<", self.priority or "0") | (
            Domain("priority", "=", self.priority or "0") & Domain("retail_rank", "<", self.retail_rank)
        )
        return bool(self.search_count(self._get_rivals() & lesser & Domain("quantity", ">", 0), limit=1))

    def _get_rivals(self):
        return Domain(
            [
                ("product_id", "=", self.product_id.id),
                ("location_id", "=", self.location_id.id),
                ("state", "in", ("confirmed", "partially_available", "assigned")),
                ("picking_id", "!=", self.picking_id.id),
            ]
        )


def format_quantity(quantity):
    """3.0 -> 3, 2.50 -> 2.5"""
    return f"{quantity:.2f}".rstrip("0").rstrip(".")
