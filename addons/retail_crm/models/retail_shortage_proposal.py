from collections import defaultdict
from dataclasses import dataclass, field

from odoo import api, models
from odoo.fields import Datetime, Domain


@dataclass
class Request:
    """What one move wants of a product. Quantities in the unit of the product."""

    move: object
    need: float
    reserved: float
    # already in somebody's hands: nothing is taken from it or added to it
    is_fixed: bool
    # reason of who wants it served before its turn; empty: its turn under the policy
    reason: str = ""
    proposed: float = 0
    held_back: bool = field(default=False, compare=False)

    @property
    def is_changed(self):
        return self.move.product_id.uom_id.compare(self.proposed, self.reserved) != 0

    @property
    def missing(self):
        return max(self.need - self.proposed, 0)


class RetailShortageProposal(models.AbstractModel):
    """Who gets what there is of a product in a warehouse, under the strategies. Reads and proposes, changes nothing.

    Those who want it are moves that leave the stock of the warehouse and are reserved from it. The order is that of
    reservation: urgent ones, service class, then the promised day, the planned day and age.
    """

    _name = "retail.shortage.proposal"
    _description = "Proposal for scarce stock"

    @api.model
    def _propose(self, product, warehouse, reasons=None):
        """Requests in the order in which they are served, each with what it would get.

        :param reasons: {id of a move: why it is served before its turn}
        :return: requests, and the quantity there is for them (not negative)
        """
        requests = self._get_requests(product, warehouse, reasons or {})
        free = self.env["stock.quant"]._get_available_quantity(
            product, warehouse.lot_stock_id, allow_negative=True
        )
        pool = max(free + sum(request.reserved for request in requests if not request.is_fixed), 0)
        self._distribute(requests, pool, self._get_protections(product, warehouse, requests))
        return requests, pool

    def _get_requests(self, product, warehouse, reasons):
        moves = self.env["stock.move"].search(self._get_domain(product, warehouse))
        reserved = self._get_reserved(moves)
        requests = [
            Request(
                move=move,
                need=move.product_qty,
                reserved=reserved[move],
                is_fixed=move.picked or move.picking_id.printed,
                reason=reasons.get(move.id, ""),
            )
            for move in moves
            if reserved[move] or self._is_due(move)
        ]
        decided = list(reasons)
        return sorted(requests, key=lambda request: self._get_place(request, decided))

    def _get_domain(self, product, warehouse):
        stock = warehouse.lot_stock_id
        return Domain(
            [
                ("product_id", "=", product.id),
                ("state", "in", ("confirmed", "partially_available", "assigned")),
                ("location_id", "child_of", stock.id),
                ("procure_method", "=", "make_to_stock"),
                ("move_orig_ids", "=", False),
                "!",
                ("location_dest_id", "child_of", stock.id),
            ]
        )

    def _get_reserved(self, moves):
        """{move: quantity reserved} in the unit of the product (1 query)."""
        groups = self.env["stock.move.line"]._read_group(
            [("move_id", "in", moves.ids)], ["move_id"], ["quantity_product_uom:sum"]
        )
        return defaultdict(float, groups)

    def _is_due(self, move):
        """Whether Odoo would reserve it today."""
        return move.picking_type_id.reservation_method == "at_confirm" or (
            move.reservation_date and move.reservation_date <= Datetime.now().date()
        )

    def _get_place(self, request, decided):
        move = request.move
        return (
            # what is being picked has its quantity already
            not request.is_fixed,
            decided.index(move.id) if move.id in decided else len(decided),
            -int(move.priority or 0),
            -move.retail_rank,
            move.date_deadline or Datetime.to_datetime("9999-12-31"),
            move.date,
            move.id,
        )

    def _get_protections(self, product, warehouse, requests):
        """{protection: what would be left of it if nothing of the ``requests`` were reserved}."""
        protections = self.env["retail.protection"].search(
            [("product_id", "=", product.id), ("warehouse_id", "=", warehouse.id), ("is_active", "=", True)]
        )
        used = defaultdict(float)
        for request in requests:
            if not request.is_fixed:
                used[request.move.retail_protection_id] += request.reserved
        return {
            protection: max(protection.quantity - protection.used_quantity + used[protection], 0)
            for protection in protections
        }

    def _distribute(self, requests, pool, protections):
        """Give each request in its turn as much as there is for it, leaving others' protected quantities."""
        for request in requests:
            if request.is_fixed:
                request.proposed = request.reserved
                continue
            own = self._get_own(protections, request.move)
            kept = sum(left for protection, left in protections.items() if protection not in own)
            within = max(min(request.need, pool - kept), 0)
            request.held_back = within < min(request.need, pool)
            request.proposed = self._round_down(request.move, within)
            pool -= request.proposed
            if request.proposed and own:
                used = next((protection for protection in own if protections[protection]), own[0])
                protections[used] = max(protections[used] - request.proposed, 0)

    def _get_own(self, protections, move):
        strategy = move.picking_id.retail_frozen_strategy_id
        return [protection for protection in protections if strategy in protection.strategy_ids]

    def _round_down(self, move, quantity):
        """As Odoo does, which reserves no part of a unit of the move that cannot be parted."""
        unit = move.product_id.uom_id
        if move.product_uom == unit:
            return quantity
        in_unit_of_move = unit._compute_quantity(quantity, move.product_uom, rounding_method="DOWN")
        return move.product_uom._compute_quantity(in_unit_of_move, unit, rounding_method="HALF-UP")
