from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from .retail_profile import ROLES_READING_PROFILES


class SaleOrder(models.Model):
    """An order beyond its terms is confirmed by managers only, by whatever way it is confirmed."""

    _inherit = "sale.order"

    retail_ceiling_problem = fields.Text(
        string="Above the discount ceiling",
        compute="_compute_retail_ceiling_problem",
        groups=ROLES_READING_PROFILES,
    )

    @api.depends("retail_terms", "order_line.price_subtotal", "order_line.retail_ceiling_warning")
    @api.depends_context("lang")
    def _compute_retail_ceiling_problem(self):
        for order in self:
            is_open = order.state in ("draft", "sent")
            order.retail_ceiling_problem = is_open and order._get_discount_ceiling_problem()

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered(lambda order: order.state == "sale")._check_terms()
        return orders

    def write(self, vals):
        """Also who writes the state, and does not choose Confirm, confirms."""
        is_confirmed = vals.get("state") == "sale" and not self._is_confirming()
        confirmed = self.filtered(lambda order: order.state != "sale") if is_confirmed else self.browse()
        result = super().write(vals)
        confirmed._check_terms()
        return result

    def _get_confirmed_within_terms(self):
        """Those that are confirmed and that this user could confirm: changes may not lead beyond the terms."""
        return self.filtered(lambda order: order.sudo().state == "sale" and not order._get_terms_refusal())

    def _check_terms(self):
        """:raise UserError: one is beyond its terms, and this user may not exceed them"""
        for order in self:
            if refusal := order._get_terms_refusal():
                raise UserError(refusal)

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or self._get_terms_refusal()

    def _get_terms_refusal(self):
        """Why this user cannot confirm the order, in words, False when nothing is in the way (1 query then).

        The ceiling of a strategy warns; it holds people up where a rule of terms has been made for the customer.
        """
        problem = self._get_terms().get("term_id") and self._get_discount_ceiling_problem()
        problem = problem or self._get_margin_floor_problem()
        return False if not problem or self._may_exceed_terms() else problem

    def _may_exceed_terms(self):
        """Whether terms hold nobody up: a manager confirms, a scheduled job does, or the customer has paid.

        Asked of the server's own records; public and portal users work with the rights of the superuser, and are not.
        """
        return (
            self.env.uid == SUPERUSER_ID
            or self.env.user.has_group("retail_crm.group_manager")
            or self._is_paid_online()
        )

    def _is_paid_online(self):
        """Whether payment providers say that the customer has paid all of the order, at the price it has now.

        A down payment is not enough: whoever sells says how much of one confirms the order.
        """
        self.ensure_one()
        order = self.sudo()
        paid = sum(
            transaction.amount
            for transaction in order.transaction_ids
            if transaction.state in ("authorized", "done")
            and not transaction.retail_is_by_hand
            and transaction.sale_order_ids == order
        )
        return paid > 0 and order.currency_id.compare_amounts(paid, order.amount_total) == 0
