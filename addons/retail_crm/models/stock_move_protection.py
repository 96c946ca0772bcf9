from odoo import fields, models
from odoo.exceptions import UserError


class Protections(tuple):
    """Ids of protections, in the context of who reserves within them; no client can send such an object."""


class StockMove(models.Model):
    _inherit = "stock.move"

    retail_protection_id = fields.Many2one(
        "retail.protection",
        string="Served from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )

    def _update_reserved_quantity(
        self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        """Others leave what is protected; who it is protected for notes that they use it."""
        protections = self._get_protections()
        if not protections:
            return super()._update_reserved_quantity(need, location_id, lot_id, package_id, owner_id, strict)
        own = protections._serves(self)
        need = min(need, self._get_unprotected_quantity(protections - own))
        if need <= 0:
            return 0
        taken = super()._update_reserved_quantity(need, location_id, lot_id, package_id, owner_id, strict)
        if taken and own:
            # the one that ends first; when it is used up the next one
            self.sudo().retail_protection_id = next((one for one in own if one._get_remaining()), own[:1])
        return taken

    def _get_protections(self):
        """Protections in force of the product where the move takes it; goods that stay in the stock use none."""
        known = self.env.context.get("retail_protections")
        protections = (
            self.env["retail.protection"].sudo().browse(known if isinstance(known, Protections) else ())
        )
        return protections.filtered(
            lambda protection: (
                protection.product_id == self.product_id
                and self.location_id._child_of(protection.warehouse_id.lot_stock_id)
                and not self.location_dest_id._child_of(protection.warehouse_id.lot_stock_id)
            )
        )

    def _get_unprotected_quantity(self, protections):
        """Free stock of the warehouse above what these ``protections`` keep; without any, no limit."""
        if not protections:
            return float("inf")
        free = self.env["stock.quant"]._get_available_quantity(
            self.product_id, protections.warehouse_id[:1].lot_stock_id, allow_negative=True
        )
        return free - protections._get_remaining()

    def _check_protected(self):
        """Refuse what a person reserved by hand from the protected quantity of others.

        The till is not refused: the customer has the goods in the hand.
        """
        moves = self.sudo().filtered(
            lambda move: (
                not move._should_bypass_reservation() and not move.picking_type_id.hide_reservation_method
            )
        )
        protections = (
            self.env["retail.protection"]
            .sudo()
            .search([("product_id", "in", moves.product_id.ids), ("is_active", "=", True)])
        )
        for move in (
            moves.with_context(retail_protections=Protections(protections.ids)) if protections else ()
        ):
            others = move._get_protections()
            others -= others._serves(move)
            if move.product_id.uom_id.compare(move._get_unprotected_quantity(others), 0) < 0:
                move._refuse_protected(others)

    def _refuse_protected(self, protections):
        raise UserError(
            self.env._(
                "%(quantity)s %(unit)s of %(product)s are protected until %(day)s for customers of: %(classes)s. "
                "Take less, or ask a manager to release them.",
                quantity=protections._get_remaining(),
                unit=self.product_uom.name,
                product=self.product_id.display_name,
                day=max(protections.mapped("release_on")),
                classes=", ".join(protections.strategy_ids.mapped("name")),
            )
        )
