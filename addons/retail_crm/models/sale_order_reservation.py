from collections import defaultdict
from decimal import Decimal

from odoo import fields, models

from ..points.exact import ZERO, to_points


class SaleOrder(models.Model):
    """What quotations can use, mean to use, and so reserve."""

    _inherit = "sale.order"

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        points = super()._get_real_points_for_coupon(coupon, post_confirm=post_confirm)
        wallet = coupon.sudo().retail_wallet_id
        if wallet and coupon.sudo()._is_barred():
            return 0
        if not wallet:
            return points
        # Odoo rounds to the digits of the currency, at times up to a reward that is not reached
        exact = min(wallet._to_points(points), self._get_unrounded_points(coupon)) - to_points(wallet.past)
        if self.state not in ("sale", "done"):
            exact -= self._get_held_by_others(wallet) + self._get_used_by_other_cards(coupon, wallet)
            exact -= self._get_points_for_later(coupon)
        return float(exact)

    def _reserve_points(self):
        """Hold what quotations mean to use, and let go what they no longer use."""
        for order in self.sudo():
            wanted = order._get_wanted_points()
            held = {
                reservation.wallet_id: reservation
                for reservation in order.retail_reservation_ids
                if reservation.expires_at > fields.Datetime.now()
            }
            for wallet, amount in wanted.items():
                if wallet not in held or to_points(held[wallet].amount) != amount:
                    self.env["retail.points.reservation"].sudo()._reserve(order, wallet, amount)
            gone = order.retail_reservation_ids.filtered(
                lambda row, wanted=wanted: row.wallet_id not in wanted
            )
            gone.unlink()

    def _get_wanted_points(self):
        """``{wallet: points}`` that the rewards of the quotation cost; nothing once it is cancelled."""
        wanted = defaultdict(Decimal)
        if self.state in ("draft", "sent"):
            for line in self.order_line:
                if line.points_cost > 0 and (wallet := line.coupon_id.retail_wallet_id):
                    wanted[wallet] += to_points(line.points_cost)
        return wanted

    def _get_points_of_own(self, wallet):
        """What the quotation itself will earn and may use at once."""
        entries = self.coupon_point_ids.filtered(
            lambda entry: (
                entry.coupon_id.retail_wallet_id == wallet
                and entry.coupon_id.program_id.applies_on != "future"
                and entry.coupon_id.program_id._gives_points_at_once()
            )
        )
        return sum((max(to_points(entry.points), ZERO) for entry in entries), ZERO)

    def _get_points_for_later(self, card):
        """What Odoo counts as usable in the very order that earns it, where the program gives it later."""
        if card.program_id.applies_on == "future" or card.program_id.sudo()._gives_points_at_once():
            return ZERO
        return self._get_points_for_card(card)

    def _get_points_for_card(self, card):
        """What this order earns on ``card``."""
        entries = self.coupon_point_ids.filtered(lambda entry: entry.coupon_id == card)
        return sum((to_points(entry.points) for entry in entries), ZERO)

    def _get_unrounded_points(self, card):
        """What Odoo counts as usable: the balance, and of a quotation what it earns less what it uses."""
        points = to_points(card.points)
        if self.state in ("sale", "done"):
            return points
        used = self.order_line.filtered(lambda line: line.coupon_id == card)
        points -= sum((to_points(line.points_cost) for line in used), ZERO)
        return points if card.program_id.applies_on == "future" else points + self._get_points_for_card(card)

    def _get_held_by_others(self, wallet):
        return sum(
            (
                to_points(amount)
                for order, amount in (wallet.held or {}).items()
                if order != str(self._origin.id)
            ),
            ZERO,
        )

    def _get_used_by_other_cards(self, card, wallet):
        """What rewards of this quotation cost that were claimed by another card of the same wallet."""
        lines = self.order_line.filtered(
            lambda line: line.coupon_id != card and line.coupon_id.sudo().retail_wallet_id == wallet
        )
        return sum((to_points(line.points_cost) for line in lines), ZERO)
