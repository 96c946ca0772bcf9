import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

READING_CONTRIBUTION = ("retail_crm.group_manager", "retail_crm.group_finance", "retail_crm.group_auditor")
DECIDING = ("retail_crm.group_manager", "stock.group_stock_user")
# the page is for deciding; who has more products in shortage looks at the most urgent ones first
PRODUCT_LIMIT = 200


class RetailShortage(models.AbstractModel):
    """The page Shortages: of which products there is too little, who waits, who would be served, and doing it.

    The warehouse decides as managers do, and sees service classes; what it brings in contribution is for who may
    read contributions elsewhere. Deliveries are read in superuser mode after the check: managers have no part in
    the stock otherwise.
    """

    _name = "retail.shortage"
    _description = "Shortages"

    @api.readonly
    @api.model
    def get_products(self):
        """Products of which somebody waits for more than there is, in the current companies (2 queries).

        :return: list of dicts, the most urgent first
        :raise AccessError: the user has neither a role in Retail CRM nor in the stock
        """
        self._check_may_read()
        for model in ("stock.move", "stock.quant", "stock.location", "stock.warehouse"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(self._sql_products())
        products = self.env["product.product"].sudo().browse([row["product_id"] for row in rows])
        names = {product.id: (product.display_name, product.uom_id.name) for product in products}
        warehouses = self.env["stock.warehouse"].sudo().browse({row["warehouse_id"] for row in rows})
        warehouse_names = {warehouse.id: warehouse.name for warehouse in warehouses}
        return [
            {
                **row,
                "name": names[row["product_id"]][0],
                "unit": names[row["product_id"]][1],
                "warehouse": warehouse_names[row["warehouse_id"]],
            }
            for row in rows
        ]

    @api.readonly
    @api.model
    def get_queue(self, product_id, warehouse_id, reasons=None):
        """Who wants the product, who would be served under the policy, and what that means.

        :param reasons: pairs of a move's id and why it is served before its turn, in the order of serving
        :return: dict of ``rows``, ``now`` and ``proposed`` (sums), ``fingerprint`` (of what is shown)
        :raise AccessError: see :meth:`get_products`
        """
        self._check_may_read()
        product, warehouse = self._read(product_id, warehouse_id)
        requests, pool = self._propose(product, warehouse, self._read_reasons(reasons))
        receipt = self._get_next_receipt(product, warehouse)
        rows = self._get_rows(requests, receipt)
        return {
            "product": product.display_name,
            "unit": product.uom_id.name,
            "warehouse": warehouse.name,
            "quantity": pool,
            "receipt": receipt,
            "protections": self._get_protections(product, warehouse),
            "rows": rows,
            "now": self._sum_up(rows, "reserved"),
            "proposed": self._sum_up(rows, "proposed"),
            "currency_id": warehouse.company_id.currency_id.id,
            "has_changes": any(request.is_changed or request.reason for request in requests),
            "may_apply": self._may_decide(),
            "may_open": self.env["stock.picking"].has_access("read"),
            "may_protect": self.env["retail.protection"].has_access("create"),
            "fingerprint": self._get_fingerprint(requests, pool),
        }

    @api.model
    def apply(self, product_id, warehouse_id, reasons, fingerprint):
        """Re-distribute exactly as shown: take from who comes later, reserve for who comes first, note it.

        :param fingerprint: of the proposal that the user saw
        :raise UserError: stock or deliveries changed since; nothing is changed
        """
        if not self._may_decide():
            raise AccessError(self.env._("Only managers and warehouse staff re-distribute stock."))
        product, warehouse = self._read(product_id, warehouse_id)
        # whoever reserves the product at this moment goes first, and what they do shows in the fingerprint
        self.env["stock.move"]._wait_for_stock([(product.id, warehouse.lot_stock_id.parent_path)])
        requests, pool = self._propose(product, warehouse, self._read_reasons(reasons))
        if self._get_fingerprint(requests, pool) != fingerprint:
            raise UserError(
                self.env._(
                    "Stock or deliveries of %(product)s have changed since you looked, so nothing was done. "
                    "Look at the new proposal and apply that.",
                    product=product.display_name,
                )
            )
        self._reserve(requests)
        self.env["retail.shortage.decision"]._log(warehouse, requests)
        return True

    def _propose(self, product, warehouse, reasons):
        requests, pool = self.env["retail.shortage.proposal"].sudo()._propose(product, warehouse, reasons)
        if unknown := reasons.keys() - {request.move.id for request in requests if not request.is_fixed}:
            raise UserError(
                self.env._(
                    "A delivery that you want to serve first no longer waits for %(product)s (%(count)s). "
                    "Look at the new proposal.",
                    product=product.display_name,
                    count=len(unknown),
                )
            )
        return requests, pool

    def _reserve(self, requests):
        """Make it so: unreserve what changes, then reserve in the order of the proposal."""
        moves = (
            self.env["stock.move"].sudo().union(*(request.move for request in requests if request.is_changed))
        )
        moves._do_unreserve()
        moves.with_context(retail_keeps_order=True)._action_assign()
        reserved = self.env["retail.shortage.proposal"].sudo()._get_reserved(moves)
        for request in requests:
            unit = request.move.product_id.uom_id
            if request.is_changed and unit.compare(reserved[request.move], request.proposed) != 0:
                raise UserError(
                    self.env._(
                        "%(delivery)s cannot get exactly %(quantity)s %(unit)s, because of lots or packages. "
                        "Reserve it on the delivery itself; nothing was done.",
                        delivery=request.move.picking_id.name or request.move.reference,
                        quantity=request.proposed,
                        unit=unit.name,
                    )
                )

    def _get_rows(self, requests, receipt):
        contributions = self._get_contributions(requests)
        return [
            {
                "move_id": request.move.id,
                "picking_id": request.move.picking_id.id,
                "picking": request.move.picking_id.name or request.move.reference or "",
                "order": request.move.sale_line_id.order_id.name or request.move.origin or "",
                "customer": request.move.picking_id._get_retail_customer().display_name or "",
                "service_class": request.move.picking_id.retail_service_class or "",
                "is_urgent": request.move.priority == "1",
                "is_fixed": request.is_fixed,
                "deadline": self._say_day(request.move.date_deadline),
                "is_late": bool(request.move.date_deadline)
                and request.move.date_deadline < fields.Datetime.now(),
                "breaks_promise": self._breaks_promise(request.move, receipt),
                "need": request.need,
                "reserved": request.reserved,
                "proposed": request.proposed,
                "reason": request.reason,
                "contribution": contributions and contributions[request.move],
                "why": self._say_why(request, requests),
            }
            for request in requests
        ]

    def _breaks_promise(self, move, receipt):
        """Whether the promised day passes before more comes, if the delivery has to wait for it."""
        return bool(move.date_deadline) and (
            not receipt or self._say_day(move.date_deadline) < receipt["day"]
        )

    def _say_why(self, request, requests):
        """Why a delivery is served, or waits, in words."""
        if request.is_fixed:
            return self.env._("Being picked")
        unit = request.move.product_id.uom_id
        before = requests[: requests.index(request)]
        if request.reason:
            return self.env._("Served before its turn: %(reason)s", reason=request.reason)
        if unit.is_zero(request.missing):
            return self._say_rank(request)
        if request.held_back:
            return self.env._("Waits: the rest is protected for others")
        served = [one for one in before if one.proposed and not one.is_fixed]
        if not served:
            return self.env._("Waits: nothing is left")
        first = served[-1]
        if self._get_standing(first) == self._get_standing(request):
            return self.env._("Waits: others were promised an earlier day or came first")
        return self.env._("Waits: %(first)s comes first", first=self._say_rank(first))

    def _say_rank(self, request):
        if request.reason:
            return self.env._("a delivery chosen by hand")
        name = request.move.picking_id.retail_service_class or self.env._("Without service class")
        return self.env._("%(name)s, urgent", name=name) if request.move.priority == "1" else name

    def _get_standing(self, request):
        return bool(request.reason), request.move.priority, request.move.retail_rank

    def _get_contributions(self, requests):
        """{move: what all of it brings in company currency}, at today's view of its order line; None: not for you."""
        if not any(self.env.user.has_group(group) for group in READING_CONTRIBUTION):
            return None
        result = {}
        for request in requests:
            line = request.move.sale_line_id
            share = request.move.product_uom_qty / line.product_uom_qty if line.product_uom_qty else 0
            rate = line.order_id.currency_rate or 1
            result[request.move] = line.margin * min(share, 1) / rate
        return result

    def _sum_up(self, rows, name):
        """What it means if each row had its quantity ``name``: deliveries served, promises broken, contribution."""
        complete = [row for row in rows if row[name] >= row["need"]]
        waiting = [row for row in rows if row[name] < row["need"]]
        return {
            "served": len(complete),
            "waiting": len(waiting),
            "broken": sum(row["breaks_promise"] for row in waiting),
            "contribution": None
            if any(row["contribution"] is None for row in rows)
            else sum(row["contribution"] * row[name] / row["need"] for row in rows if row["need"]),
        }

    def _get_protections(self, product, warehouse):
        protections = self.env["retail.protection"].search(
            [("product_id", "=", product.id), ("warehouse_id", "=", warehouse.id), ("is_active", "=", True)]
        )
        return [
            {
                "id": protection.id,
                "remaining": protection.remaining_quantity,
                "classes": protection.service_classes,
                "until": fields.Date.to_string(protection.release_on),
            }
            for protection in protections
        ]

    def _get_next_receipt(self, product, warehouse):
        """The next expected arrival in the warehouse: ``day`` and ``quantity``; None when none is planned."""
        move = (
            self.env["stock.move"]
            .sudo()
            .search(
                [
                    ("product_id", "=", product.id),
                    ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
                    ("location_dest_id", "child_of", warehouse.view_location_id.id),
                    "!",
                    ("location_id", "child_of", warehouse.view_location_id.id),
                ],
                order="date, id",
                limit=1,
            )
        )
        return {"day": self._say_day(move.date), "quantity": move.product_qty} if move else None

    def _say_day(self, moment):
        """The day of a UTC moment in the user's zone, as the client reads days."""
        return fields.Date.to_string(fields.Datetime.context_timestamp(self, moment)) if moment else False

    def _get_fingerprint(self, requests, pool):
        """Of all that a proposal depends on and says."""
        told = [
            [
                request.move.id,
                request.need,
                request.reserved,
                request.proposed,
                request.is_fixed,
                request.reason,
                request.move.picking_id.retail_service_class or "",
            ]
            for request in requests
        ]
        return hashlib.sha256(json.dumps([pool, told]).encode()).hexdigest()

    def _read(self, product_id, warehouse_id):
        """Product and warehouse in superuser mode, if the user may know the warehouse."""
        warehouse = self.env["stock.warehouse"].browse(int(warehouse_id)).exists()
        product = self.env["product.product"].browse(int(product_id)).exists()
        if not warehouse or not product:
            raise UserError(self.env._("This product or warehouse is no longer there."))
        warehouse.check_access("read")
        product.check_access("read")
        return product.sudo(), warehouse.sudo().with_company(warehouse.sudo().company_id)

    def _read_reasons(self, reasons):
        """{id of a move: reason} in their order; of the client comes a list, whose order survives the way."""
        result = {int(move): (reason or "").strip() for move, reason in reasons or ()}
        if not all(result.values()):
            raise UserError(self.env._("Say why this delivery is served before its turn."))
        return result

    def _check_may_read(self):
        self.env["retail.shortage.decision"].check_access("read")

    def _may_decide(self):
        return any(self.env.user.has_group(group) for group in DECIDING)

    def _sql_products(self) -> SQL:
        """Per product and warehouse what its queue looks like; products of which nobody waits are left out."""
        return SQL(
            """
            WITH queue AS (
                SELECT move.product_id, warehouse.id AS warehouse_id, warehouse.lot_stock_id, stock.parent_path,
                       move.product_qty AS needed,
                       COALESCE(move.quantity * move.product_qty / NULLIF(move.product_uom_qty, 0), 0) AS reserved,
                       move.date_deadline,
                       COALESCE(move.priority, '0')::int * 1000 + COALESCE(move.retail_rank, 0) AS standing
                  FROM stock_move move
                  JOIN stock_location location ON location.id = move.location_id
                  JOIN stock_warehouse warehouse ON warehouse.id = location.warehouse_id
                  JOIN stock_location stock ON stock.id = warehouse.lot_stock_id
                  JOIN stock_location destination ON destination.id = move.location_dest_id
                  JOIN product_product product ON product.id = move.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id AND template.is_storable
                 WHERE move.state IN ('confirmed', 'partially_available', 'assigned')
                   AND move.procure_method = 'make_to_stock'
                   AND move.company_id = ANY(%(companies)s)
                   AND location.parent_path LIKE stock.parent_path || '%%'
                   AND destination.parent_path NOT LIKE stock.parent_path || '%%'
                   AND NOT EXISTS (SELECT FROM stock_move_move_rel link WHERE link.move_dest_id = move.id)
            ), shortage AS (
                SELECT product_id, warehouse_id, parent_path,
                       sum(needed)::float8 AS needed, sum(reserved)::float8 AS reserved,
                       count(*) FILTER (WHERE reserved < needed) AS waiting,
                       count(*) FILTER (WHERE reserved < needed
                                          AND date_deadline < now() AT TIME ZONE 'UTC') AS late,
                       -- somebody who comes later holds what somebody who comes first waits for
                       COALESCE(max(standing) FILTER (WHERE reserved < needed)
                                > min(standing) FILTER (WHERE reserved > 0), FALSE) AS is_unfair
                  FROM queue
                 GROUP BY product_id, warehouse_id, parent_path
                HAVING count(*) FILTER (WHERE reserved < needed) > 0
            )
            SELECT shortage.product_id, shortage.warehouse_id, shortage.needed, shortage.reserved, shortage.waiting,
                   shortage.late, shortage.is_unfair,
                   COALESCE((SELECT sum(quant.quantity)
                               FROM stock_quant quant
                               JOIN stock_location location ON location.id = quant.location_id
                              WHERE quant.product_id = shortage.product_id
                                AND location.parent_path LIKE shortage.parent_path || '%%'), 0)::float8 AS on_hand
              FROM shortage
             ORDER BY shortage.is_unfair DESC, shortage.late DESC, shortage.waiting DESC, shortage.product_id
             LIMIT %(limit)s
            """,
            companies=self.env.companies.ids,
            limit=PRODUCT_LIMIT,
        )
