from odoo import api, models
from odoo.exceptions import UserError

from ..points.exact import ZERO, to_points
from .loyalty_card import BY_FLOW, FLOW

# of a line: what decides how many points the order earns
EARNING_FIELDS = {"product_id", "product_uom_qty", "product_uom_id", "price_unit", "discount", "tax_ids"}
# of a reward line: whose points it takes, and how many
REWARD_FIELDS = {"coupon_id", "points_cost", "reward_id"}
ALL = to_points(1)


class SaleOrderLine(models.Model):
    """Rewards added to, changed on or removed from an order, confirmed or not."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super(SaleOrderLine, self.with_context(**{FLOW: BY_FLOW})).create(vals_list)
        lines = lines.with_env(self.env)
        lines.filtered("coupon_id")._check_rewards_not_changed(REWARD_FIELDS)
        lines._book_points()
        lines._change_points({"product_uom_qty"})
        return lines

    def write(self, vals):
        self._check_rewards_not_changed(vals.keys())
        if not vals.keys() & {"points_cost", "coupon_id"}:
            result = super().write(vals)
            self._change_points(vals.keys())
            return result
        result = super(SaleOrderLine, self.with_context(**{FLOW: BY_FLOW})).write(vals)
        self._book_points()
        return result

    def unlink(self):
        orders = self._get_points_orders()
        result = super(SaleOrderLine, self.with_context(**{FLOW: BY_FLOW})).unlink()
        if not self._is_in_flow():
            orders._points_changed()
        return result

    def _check_rewards_not_changed(self, names):
        """Whoever could write what a reward costs could give points; the buttons of the order do it themselves."""
        by_hand = not self.env.su and not self._is_in_flow()
        if by_hand and names & REWARD_FIELDS and any(line.state == "sale" for line in self):
            raise UserError(
                self.env._("Rewards of a confirmed order are claimed with its button, or removed as a whole.")
            )

    def _book_points(self):
        """Quotations book nothing; inside a flow of the order, the flow books once at its end."""
        if not self._is_in_flow():
            self._get_points_orders().filtered(lambda order: order.state == "sale")._book_points()

    def _change_points(self, names):
        """What a confirmed order earns follows its lines, also what is delivered by hand."""
        if self._is_in_flow() or not names & {*EARNING_FIELDS, "qty_delivered"}:
            return
        orders = self.filtered(lambda line: line.state == "sale" and not line.reward_id).order_id
        if orders.coupon_point_ids and names & EARNING_FIELDS:
            orders._renew_points()
        elif orders.coupon_point_ids:
            orders._book_points()

    def _is_in_flow(self):
        return self.env.context.get(FLOW) is BY_FLOW

    def _get_points_orders(self):
        """Orders whose points these lines may change."""
        return self.filtered("coupon_id").order_id

    # ------------------------------------------------------------------ how much of a line counts

    def _get_counting_share(self, earned_at):
        """The share (0 to 1) of the line that counts: what was bought at the moment ``earned_at`` and not returned.

        Goods that came back and a credit note for them are one return: the larger of both counts.
        """
        self.ensure_one()
        reached = getattr(self, f"_get_share_at_{earned_at}")()
        return max(min(reached, ALL - self._get_returned_share(), ALL - self._get_credited_share()), ZERO)

    def _get_share_at_confirmation(self):
        return ALL

    def _get_share_at_delivery(self):
        """Services are delivered when somebody says so; where nobody does, when they are invoiced."""
        delivered = self.qty_delivered
        if self.product_id.type == "service":
            delivered = max(delivered, self._get_invoiced_quantity(lambda _invoice: 1))
        return self._get_share(delivered, self.product_uom_qty)

    def _get_share_at_payment(self):
        """Quantities on invoices, each as far as the invoice is paid, less what was paid back."""
        paid = self._get_invoiced_quantity(lambda invoice: invoice._get_paid_share())
        refunded = sum(
            line.price_subtotal * line.move_id._get_refunded_share()
            for line in self._get_posted_invoice_lines("out_refund")
        )
        paid_share = to_points(paid / self.product_uom_qty) if self.product_uom_qty else ALL
        return max(paid_share - self._get_share(refunded, self.price_subtotal), ZERO)

    def _get_invoiced_quantity(self, weigh):
        """In the unit of the line, on posted invoices, each times ``weigh(invoice)``."""
        return sum(
            line.product_uom_id._compute_quantity(line.quantity, self.product_uom_id) * weigh(line.move_id)
            for line in self._get_posted_invoice_lines("out_invoice")
        )

    def _get_returned_share(self):
        """Goods that came back for good; an exchange (nothing to refund) is no return.

        Neither is what was delivered again, nor what the order does not ask for any more.
        """
        returned = sum(
            move.product_uom._compute_quantity(move.quantity, self.product_uom_id)
            for move in self.move_ids
            if move.state == "done"
            and move.to_refund
            and move.location_id.usage == "customer"
            and not self.order_id._is_former(move)
        )
        missing = max(self.product_uom_qty - self.qty_delivered, 0)
        return self._get_share(min(returned, missing), self.product_uom_qty)

    def _get_credited_share(self):
        """By amount, so that a credit note for a part of the price counts as well.

        What was credited and invoiced anew, as when an invoice is corrected, is not given up.
        """
        credited, invoiced = (
            sum(
                line.price_subtotal
                for line in self._get_posted_invoice_lines(move_type)
                if not self.order_id._is_former(line.move_id)
            )
            for move_type in ("out_refund", "out_invoice")
        )
        # a discount is a line below zero
        sign = -1 if self.price_subtotal < 0 else 1
        anew = max(sign * (invoiced - self.price_subtotal), 0)
        return self._get_share(sign * credited - anew, abs(self.price_subtotal))

    def _get_posted_invoice_lines(self, move_type):
        return self.invoice_lines.filtered(
            lambda line: line.parent_state == "posted" and line.move_id.move_type == move_type
        )

    @staticmethod
    def _get_share(part, whole):
        if not whole:
            return ALL if part else ZERO
        return min(max(to_points(part / whole), ZERO), ALL)

    def _get_price_before_discount(self, price_type):
        """``price_total`` or ``price_subtotal`` as if the line had no discount."""
        if not self.discount:
            return self[price_type]
        taxes = self.tax_ids.compute_all(
            self.price_unit,
            self.currency_id,
            self.product_uom_qty,
            product=self.product_id,
            partner=self.order_id.partner_shipping_id,
        )
        return taxes["total_included" if price_type == "price_total" else "total_excluded"]
