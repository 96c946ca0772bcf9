from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ..points.event import PointsEvent
from ..points.exact import ZERO, to_points
from .loyalty_card import BY_FLOW, FLOW

# in the context of a confirmation, with BY_FLOW as value: there is nothing to reserve, and nothing was returned yet
CONFIRMING = "retail_points_confirming"


@dataclass
class Points:
    """Of one order in one wallet. ``spent`` is ``[(lot id, points)]`` in the order of spending."""

    earned: Decimal = ZERO
    used: Decimal = ZERO
    spent: list = field(default_factory=list)
    last_move: int = 0


class SaleOrder(models.Model):
    """Points of orders: what they should be is compared with what is booked, and the difference is booked.

    So it does not matter what happened to an order, how often, or in which order.
    """

    _inherit = "sale.order"

    retail_reservation_ids = fields.One2many(
        "retail.points.reservation", "order_id", string="Reserved points", groups="base.group_user"
    )

    retail_former_documents = fields.Json(
        copy=False,
        groups="base.group_user",
        help="Deliveries and invoices up to these numbers belong to an earlier confirmation of the order.",
    )

    retail_opening_points = fields.Json(
        copy=False,
        groups="base.group_user",
        help="By the id of the wallet: points earned and used when the ledger began; they are in its opening balance.",
    )

    # ------------------------------------------------------------------ what Odoo does with points

    def action_confirm(self):
        return super(SaleOrder, self.with_context(**{CONFIRMING: BY_FLOW})).action_confirm()

    def _action_confirm(self):
        if len(self) > 1:
            self._keep_multipliers()
        # before deliveries are made and mails are sent: not enough points refuse the whole confirmation
        self.sudo().filtered("retail_former_documents")._note_former_documents()
        self._book_points()
        return super()._action_confirm()

    def _action_cancel(self):
        confirmed = self.filtered(lambda order: order.state == "sale")
        result = super()._action_cancel()
        confirmed.sudo()._note_former_documents()
        self._book_points()
        return result

    def _get_point_changes(self):
        """Without the cards whose points we book."""
        changes = super()._get_point_changes()
        return defaultdict(
            int, {card: change for card, change in changes.items() if not card.sudo().retail_wallet_id}
        )

    def _add_points_for_coupon(self, coupon_points):
        if self.state != "sale":
            return super()._add_points_for_coupon(coupon_points)
        order = self.with_context(**{FLOW: BY_FLOW})
        # the cards may come from anywhere
        by_flow = {card.with_context(**{FLOW: BY_FLOW}): points for card, points in coupon_points.items()}
        result = super(SaleOrder, order)._add_points_for_coupon(by_flow)
        self._book_points()
        return result

    def _update_programs_and_rewards(self):
        order = self.with_context(**{FLOW: BY_FLOW})
        result = super(SaleOrder, order)._update_programs_and_rewards()
        self._points_changed()
        return result

    def _apply_program_reward(self, reward, coupon, **kwargs):
        order = self.with_context(**{FLOW: BY_FLOW})
        result = super(SaleOrder, order)._apply_program_reward(reward, coupon, **kwargs)
        self._points_changed()
        return result

    def _note_former_documents(self):
        """What is sold anew after a cancellation was not returned yet: returns and credit notes so far are history."""
        for order in self:
            lines = order.order_line
            order.retail_former_documents = {
                "stock.move": max(lines.move_ids.ids, default=0),
                "account.move": max(lines.invoice_lines.move_id.ids, default=0),
            }

    def _is_former(self, document):
        """Whether a stock move or an invoice belongs to an earlier confirmation of the order."""
        return document.id <= (self.sudo().retail_former_documents or {}).get(document._name, 0)

    # ------------------------------------------------------------------ what should be, what is, and the difference

    def _points_changed(self):
        """After anything that may have changed the points of these orders."""
        confirmed = self.filtered(lambda order: order.state == "sale")
        if confirmed:
            confirmed._book_points()
        if not self._is_confirming():
            (self - confirmed)._reserve_points()

    def _is_confirming(self):
        return self.env.context.get(CONFIRMING) is BY_FLOW

    def _book_points(self):
        """Book the difference between what the points should be and what is booked.

        4 queries for an order that earns, 6 more when it uses points or gives some back.
        """
        orders = self.sudo()
        # a confirmation writes the order itself
        if not self._is_confirming():
            orders._lock_points()
        booked = orders._get_booked_points()
        should_be = orders._get_points_that_should_be(booked)
        events = []
        for order, wallet in dict.fromkeys([*should_be, *booked]):
            events += order._get_points_events(
                wallet, should_be.get((order, wallet), Points()), booked.get((order, wallet), Points())
            )
        if events:
            self.env["retail.points.wallet"]._book(events)
            # the booking let go what was reserved
            orders.invalidate_recordset(["retail_reservation_ids"], flush=False)

    def _lock_points(self):
        """Deliveries, payments and credit notes of an order come in at once, and none sees the others (1 query).

        The second one fails to serialize, and is retried by the server.
        """
        self.env["sale.order.coupon.points"].flush_model(["points"])
        self.env.cr.execute(
            SQL("UPDATE sale_order_coupon_points SET points = points WHERE order_id = ANY(%s)", self.ids)
        )

    def _get_points_that_should_be(self, booked):
        """``{(order, wallet): Points}``: of confirmed orders only.

        What an order has in a wallet stays there, though its customer may have left the household meanwhile.
        """
        points = defaultdict(Points)
        homes = {
            (order, wallet.program_id): wallet
            for (order, wallet), known in booked.items()
            if known.earned or known.used
        }
        for order in self.filtered(lambda order: order.state == "sale"):
            for entry in order.coupon_point_ids:
                if wallet := entry.coupon_id.retail_wallet_id:
                    wallet = homes.get((order, wallet.program_id), wallet)
                    points[order, wallet].earned += order._get_points_earned(entry)
            for line in order.order_line:
                if line.reward_id and (wallet := line.coupon_id.retail_wallet_id):
                    wallet = homes.get((order, wallet.program_id), wallet)
                    points[order, wallet].used += order._get_points_used(line)
        return points

    def _get_booked_points(self):
        """``{(order, wallet): Points}`` as the ledger says (1 query)."""
        rows = self.env.execute_query(
            SQL(
                """SELECT move.document_id, COALESCE(wallet.merged_into_id, wallet.id), move.lot_id,
                          move.kind = 'redeem' OR move.kind = 'reverse' AND move.amount > 0 AS is_use,
                          sum(move.amount), max(move.id)
                     FROM retail_points_move move JOIN retail_points_wallet wallet ON wallet.id = move.wallet_id
                    WHERE move.document_model = 'sale.order' AND move.document_id = ANY(%s)
                      AND move.kind IN ('earn', 'redeem', 'reverse')
                    GROUP BY 1, 2, 3, 4 ORDER BY min(move.id)""",
                self.ids,
            )
        )
        points = self._get_opening_points()
        for order, wallet, lot, is_use, amount, last in rows:
            booked = points[self.browse(order), self.env["retail.points.wallet"].browse(wallet)]
            booked.last_move = max(booked.last_move, last)
            if not is_use:
                booked.earned += to_points(amount)
            elif amount:
                booked.used -= to_points(amount)
                booked.spent.append((lot, -to_points(amount)))
        return points

    def _get_opening_points(self):
        """``{(order, wallet): Points}`` of orders that were confirmed before the ledger began."""
        points = defaultdict(Points)
        for order in self:
            for wallet_id, (earned, used) in (order.retail_opening_points or {}).items():
                wallet = self.env["retail.points.wallet"].browse(int(wallet_id))._get_current()
                points[order, wallet].earned += to_points(earned)
                points[order, wallet].used += to_points(used)
        return points

    def _get_points_events(self, wallet, should_be, booked):
        """Give back before taking back, earn before spending: the points of an order may pay for its rewards."""
        program = wallet.program_id.with_company(self.company_id)
        # a payment must not fail for it; what is earned meanwhile is booked when the wallet is unblocked
        more = ZERO if wallet.is_blocked else should_be.earned - booked.earned
        key = f"{self._name}:{self.id}:{wallet.id}:{booked.last_move}"
        back = max(booked.used - should_be.used, ZERO)
        # what was spent before the ledger began came from no lot
        known = min(back, sum((max(amount, ZERO) for _lot, amount in booked.spent), ZERO))
        changes = (
            ("give_back", "reverse", known),
            ("restore", "reverse", back - known),
            ("add", "earn", more),
            (
                "take_back",
                "reverse",
                self._limit_taking_back(wallet, booked.earned - should_be.earned, booked),
            ),
            ("spend", "redeem", should_be.used - booked.used),
        )
        return [
            PointsEvent(
                wallet=wallet,
                operation="add" if operation == "restore" else operation,
                kind=kind,
                amount=amount,
                key=f"{key}:{operation}",
                document=self,
                **(program._get_points_dates() if operation in ("add", "restore") else {}),
                spent=tuple(booked.spent),
                lot_ids=self._get_own_lots() if operation == "take_back" else (),
            )
            for operation, kind, amount in changes
            if amount > 0
        ]

    def _limit_taking_back(self, wallet, amount, booked):
        """What has expired is gone already: it is not taken once more (1 query, none without something to take)."""
        if amount <= 0:
            return ZERO
        expired = self.env.execute_query(
            SQL(
                """SELECT -COALESCE(sum(move.amount), 0) FROM retail_points_move move
                     JOIN retail_points_lot lot ON lot.id = move.lot_id
                     JOIN retail_points_wallet wallet ON wallet.id = lot.wallet_id
                    WHERE lot.document_model = 'sale.order' AND lot.document_id = %(order)s AND move.kind = 'expire'
                      AND COALESCE(wallet.merged_into_id, wallet.id) = %(wallet)s""",
                order=self.id,
                wallet=wallet.id,
            )
        )[0][0]
        return min(amount, booked.earned - to_points(expired))

    def _get_own_lots(self):
        """Ids of the lots that this order filled, also of their copies in merged wallets (1 query)."""
        lots = self.env["retail.points.lot"]._search(
            [("document_model", "=", self._name), ("document_id", "=", self.id)]
        )
        return tuple(lots)
