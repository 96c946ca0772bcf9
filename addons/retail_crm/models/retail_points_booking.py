from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..points.event import PointsEvent
from ..points.exact import ZERO, to_points
from ..points.purse import Lot, NotEnough, Part, Purse, joined

# what changes lots that are there; adding makes a new one and needs no lock
DEBITS = ("spend", "take_back", "give_back", "release", "expire", "settle")


class RetailPointsBooking(models.AbstractModel):
    """Books events: the only place that writes lots, moves and debts.

    Adding points only inserts, so that the purchases of one customer do not wait for each other. Whatever touches lots
    that are there updates the wallet first and looks at the lots then: a transaction that started before another
    debit's commit fails at once with a serialization error and is retried by the server.
    """

    _name = "retail.points.booking"
    _description = "Booking of points"

    @api.model
    def _book(self, events):
        """Write ``events`` down, in their order.

        3 queries for points added, 3 more when lots are touched as well.

        :raise UserError: not enough points, or the wallet is blocked
        :raise psycopg2.IntegrityError: an event with this key was booked before
        """
        events = [event for event in events if event.amount or event.lot_ids]
        for event in events:
            event.wallet = event.wallet._get_current()
            self._check(event)
        new_lots = self._create_lots([event for event in events if event.operation == "add"])
        purses = self._open_purses(
            self._get_touched(events), self._bring_lots(events), self._get_spending_orders(events)
        )
        rows = []
        for event in events:
            purse = purses.get(event.wallet.id)
            if event.kind == "redeem":
                rows += self._expire_past(purse, event)
            if event.operation == "add":
                parts = [self._part_of_new(new_lots[event.key])]
            else:
                parts = getattr(self, f"_do_{event.operation}")(purse, event)
            rows += self._move_values(event, parts)
        for event in events:
            if event.operation == "give_back":
                rows += self._expire_past(purses[event.wallet.id], event)
        rows += self._repay(purses, events)
        self._close_purses(purses)
        self.env["retail.points.move"].create(rows)
        self._forget_balances()

    # ------------------------------------------------------------------ operations

    def _do_spend(self, purse, event):
        is_order = event.document is not None and event.document._name == "sale.order"
        others = purse.get_held_by_others(event.document.id if is_order else None)
        try:
            return joined(purse.spend(event.amount, others))
        except NotEnough:
            raise UserError(self._say_not_enough(event, purse.available, others)) from None

    def _do_take_back(self, purse, event):
        return joined(purse.take_back(event.amount, event.lot_ids))

    def _do_give_back(self, purse, event):
        return joined(
            purse.give_back(event.amount, event.spent, event.wallet.program_id._get_renewed_until())
        )

    def _do_release(self, purse, event):
        return [part for lot_id in event.lot_ids for part in purse.release(lot_id)]

    def _do_expire(self, purse, event):
        return [part for lot_id in event.lot_ids for part in purse.expire(lot_id)]

    def _do_settle(self, purse, event):
        """Nothing but what every booking ends with: a debt is repaid."""
        return []

    # ------------------------------------------------------------------ steps

    def _check(self, event):
        if event.amount < 0:
            raise UserError(self.env._("A negative amount of points cannot be booked."))
        if not event.wallet.active:
            raise UserError(self.env._("The wallet %(wallet)s is closed.", wallet=event.wallet.display_name))
        if event.wallet.is_blocked and event.kind in ("earn", "redeem"):
            raise UserError(self.env._("The wallet %(wallet)s is blocked.", wallet=event.wallet.display_name))

    def _say_not_enough(self, event, available, reserved):
        if reserved:
            return self.env._(
                "%(customer)s has %(available)s points, of which %(reserved)s are reserved by other quotations:"
                " not enough for %(amount)s.",
                customer=event.wallet.partner_id.display_name or event.wallet.display_name,
                available=f"{available:.2f}",
                reserved=f"{reserved:.2f}",
                amount=f"{event.amount:.2f}",
            )
        return self.env._(
            "%(customer)s has %(available)s points: not enough for %(amount)s.",
            customer=event.wallet.partner_id.display_name or event.wallet.display_name,
            available=f"{available:.2f}",
            amount=f"{event.amount:.2f}",
        )

    def _create_lots(self, events):
        """``{key of the event: its new lot}`` (1 query)."""
        lots = self.env["retail.points.lot"].create(
            [
                {
                    "wallet_id": event.wallet.id,
                    "amount": float(event.amount),
                    "remaining": float(event.amount),
                    "is_pending": bool(event.release_on),
                    "release_on": event.release_on,
                    "earned_on": event.earned_on or event.wallet.program_id._get_today(),
                    "expires_on": event.expires_on,
                    **self._document_values(event),
                }
                for event in events
            ]
        )
        return {event.key: lot for event, lot in zip(events, lots, strict=True)}

    def _part_of_new(self, lot):
        amount = to_points(lot.amount)
        return Part(lot.id, amount, ZERO if lot.is_pending else amount)

    def _get_touched(self, events):
        """Wallets whose lots will change: those of debits, and those whose debt new points repay.

        And those that are adjusted: two who write the same balance, or one while customers are merged, must meet.
        """
        wallets = self.env["retail.points.wallet"].union(*(event.wallet for event in events))
        debited = {event.wallet.id for event in events if event.operation in DEBITS or event.kind == "adjust"}
        return wallets.filtered(lambda wallet: wallet.id in debited or wallet.debt)

    def _bring_lots(self, events):
        """Ids of the lots that points go back to; lots of a merged wallet get a copy in the one that lives on."""
        named = set()
        for event in events:
            if event.operation == "give_back":
                event.spent = tuple(
                    (self._bring_lot(lot, event.wallet).id, amount) for lot, amount in event.spent
                )
                named.update(lot for lot, _amount in event.spent)
        return named

    def _bring_lot(self, lot_id, wallet):
        lot = self.env["retail.points.lot"].browse(lot_id)
        if lot.wallet_id == wallet:
            return lot
        copies = lot.search([("wallet_id", "=", wallet.id), ("origin_id", "=", lot_id)], limit=1)
        return copies or lot.copy({"wallet_id": wallet.id, "amount": 0, "remaining": 0, "origin_id": lot_id})

    def _get_spending_orders(self, events):
        """Ids of the orders that spend points now: they reserve none any more."""
        spending = [event.document for event in events if event.operation == "spend" and event.document]
        return [document.id for document in spending if document._name == "sale.order"]

    def _open_purses(self, wallets, named=(), spending=()):
        """``{wallet id: purse}``, locked until the end of the transaction (1 query).

        In the order of their ids, so that two transactions never wait for each other. The purses hold the lots that
        are not empty and those ``named``. What the orders ``spending`` reserved is let go.
        """
        if not wallets:
            return {}
        Lots = self.env["retail.points.lot"]
        Lots._flush_days()
        self.env["retail.points.reservation"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """WITH in_order AS (
                       SELECT id FROM retail_points_wallet WHERE id = ANY(%(wallets)s) ORDER BY id FOR NO KEY UPDATE),
                   locked AS (
                       UPDATE retail_points_wallet wallet SET debit_count = debit_count + 1
                         FROM in_order WHERE wallet.id = in_order.id
                       RETURNING wallet.id, wallet.debt, wallet.program_id, wallet.company_id),
                   let_go AS (
                       DELETE FROM retail_points_reservation WHERE order_id = ANY(%(spending)s))
                   SELECT wallet.id, wallet.debt, lot.id, lot.remaining, lot.is_pending, %(is_past)s, held.points
                     FROM locked wallet %(join_day)s
                     LEFT JOIN (SELECT wallet_id, jsonb_object_agg(order_id, amount) AS points
                                  FROM retail_points_reservation
                                 WHERE wallet_id = ANY(%(wallets)s) AND expires_at > %(now)s
                                   AND order_id <> ALL(%(spending)s) GROUP BY 1) held
                       ON held.wallet_id = wallet.id LEFT JOIN retail_points_lot lot
                       ON lot.wallet_id = wallet.id AND (lot.remaining > 0 OR lot.id = ANY(%(named)s))
                    ORDER BY lot.expires_on, lot.earned_on, lot.id""",
                wallets=wallets.ids,
                named=list(named),
                spending=list(spending),
                now=fields.Datetime.now(),
                is_past=Lots._sql_is_past(),
                join_day=Lots._sql_join_day(),
            )
        )
        purses = {}
        for wallet, debt, lot, remaining, is_pending, is_past, held in rows:
            purse = purses.setdefault(wallet, Purse([], to_points(debt), held or {}))
            if lot:
                purse.lots.append(Lot(lot, to_points(remaining), bool(is_pending), bool(is_past)))
        return purses

    def _expire_past(self, purse, event):
        """Values of the moves by which lots expire whose last day is over, though the nightly job was not here yet.

        Before points are redeemed, and after points came back to such a lot.
        """
        expiry = PointsEvent(event.wallet, "expire", "expire", ZERO, f"{event.key}:expire")
        return self._move_values(expiry, joined(purse.expire_past()))

    def _repay(self, purses, events):
        """Values of the moves by which debts are paid from what the wallet now has."""
        last = {event.wallet.id: event for event in events}
        rows = []
        for wallet, purse in purses.items():
            event = last[wallet]
            repayment = PointsEvent(
                event.wallet, "repay", "repay", ZERO, f"{event.key}:repay", event.document
            )
            rows += self._move_values(repayment, joined(purse.repay()))
        return rows

    def _close_purses(self, purses):
        """Write what the purses have come to (2 queries at most)."""
        lots = [lot for purse in purses.values() for lot in purse.lots if lot.id in purse.changed]
        if lots:
            self.env["retail.points.lot"]._store(lots)
        wallets = self.env["retail.points.wallet"].browse(purses)
        changed = [wallet for wallet in wallets if to_points(wallet.debt) != purses[wallet.id].debt]
        for wallet in changed:
            wallet.debt = float(purses[wallet.id].debt)
        wallets.browse([wallet.id for wallet in changed]).flush_recordset(["debt"])

    def _move_values(self, event, parts):
        return [
            {
                "wallet_id": event.wallet.id,
                "lot_id": part.lot_id,
                "kind": event.kind,
                "amount": float(part.amount),
                "available_amount": float(part.available),
                "source_key": event.key,
                "part": number,
                "user_id": self.env.uid,
                "reason": event.reason,
                **self._document_values(event),
            }
            for number, part in enumerate(parts, 1)
        ]

    def _document_values(self, event):
        if not event.document:
            return {}
        return {"document_model": event.document._name, "document_id": event.document.id}

    def _forget_balances(self):
        self.env["loyalty.card"].invalidate_model(["points", "points_display"])
        self.env["retail.points.wallet"].invalidate_model(
            ["available", "pending", "held", "past"], flush=False
        )

    # ------------------------------------------------------------------ merging

    @api.model
    def _merge(self, source, target):
        """Re-create the lots of ``source`` in ``target`` by a pair of moves each, with their dates and documents."""
        purses = self._open_purses(source | target)
        key = f"merge:{source.id}:{target.id}"
        leaving = PointsEvent(source, "merge", "merge", ZERO, f"{key}:out", target)
        coming = PointsEvent(target, "merge", "merge", ZERO, f"{key}:in", source)
        out, into = purses[source.id], purses[target.id]
        parts_out, parts_in = self._copy_lots(source, target, out, into)
        if out.debt:
            parts_in.append(Part(None, -out.debt, -out.debt))
            parts_out.append(Part(None, out.debt, out.debt))
            into.debt += out.debt
            out.debt = ZERO
        rows = self._move_values(leaving, parts_out) + self._move_values(coming, parts_in)
        rows += self._repay({target.id: into}, [coming])
        self._close_purses(purses)
        self.env["retail.points.move"].create(rows)
        self._close_wallet(source, target)
        self._forget_balances()

    def _copy_lots(self, source, target, out, into):
        """Parts that empty the lots of ``source`` and those that fill their copies in ``target``."""
        lots = self.env["retail.points.lot"].browse([lot.id for lot in out.lots if lot.remaining])
        copies = self.env["retail.points.lot"].create(
            [
                {
                    **lot.copy_data()[0],
                    "wallet_id": target.id,
                    "amount": lot.remaining,
                    "remaining": lot.remaining,
                    "origin_id": lot.id,
                }
                for lot in lots
            ]
        )
        parts_out = [part for lot in lots for part in out.expire(lot.id)]
        parts_in = [self._part_of_new(copy) for copy in copies]
        into.lots += [Lot(copy.id, to_points(copy.remaining), copy.is_pending) for copy in copies]
        order = {lot.id: place for place, lot in enumerate(self._in_spending_order(into))}
        into.lots.sort(key=lambda lot: order[lot.id])
        return parts_out, parts_in

    def _in_spending_order(self, purse):
        return self.env["retail.points.lot"].search([("id", "in", [lot.id for lot in purse.lots])])

    def _close_wallet(self, source, target):
        """The cards of the source open the target from now on, and so do wallets merged into the source before."""
        # archived cards as well: orders still have them
        wallets = source.with_context(active_test=False)
        wallets.card_ids.retail_wallet_id = target
        self.env["retail.points.reservation"]._move(source, target)
        if source.is_blocked and not target.is_blocked:
            target.write({"is_blocked": True, "block_reason": source.block_reason})
        (wallets.search([("merged_into_id", "=", source.id)]) | source).write(
            {"merged_into_id": target.id, "active": False}
        )
