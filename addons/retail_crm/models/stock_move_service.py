from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _say_why_waiting(self):
        """Who or what comes before this move, in words."""
        words = {
            "product": self.product_id.display_name,
            "reserved": self.quantity,
            "needed": self.product_uom_qty,
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
        return self.env._("%(product)s, %(reserved)s of %(needed)s: waits for stock.", **words)

    def _get_protections_of_others(self):
        """Protections that keep free stock from this move."""
        found = self.env["retail.protection"].search(
            [("product_id", "=", self.product_id.id), ("is_active", "=", True)]
        )
        protections = self.with_context(retail_protections=found.ids)._get_protections()
        others = (protections - protections._serves(self)).filtered("remaining_quantity")
        free = others and self.env["stock.quant"]._get_available_quantity(self.product_id, self.location_id)
        return others if free else others.browse()

    def _get_first_in_line(self):
        """A delivery of a better class that has or wants the same product from the same place."""
        return self.search(
            [
                ("product_id", "=", self.product_id.id),
                ("location_id", "=", self.location_id.id),
                ("state", "in", ("confirmed", "partially_available", "assigned")),
                ("picking_id", "!=", self.picking_id.id),
                "|",
                ("priority", ">", self.priority or "0"),
                "&",
                ("priority", "=", self.priority or "0"),
                ("retail_rank", ">", self.retail_rank),
            ],
            order="priority desc, retail_rank desc, id",
            limit=1,
        )
