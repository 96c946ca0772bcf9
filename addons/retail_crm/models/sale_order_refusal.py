from odoo import SUPERUSER_ID, api, fields, models

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
        """Whether a payment provider says that the customer has paid what confirms the order."""
        paid = self.sudo().transaction_ids.filtered(lambda payment: payment.state in ("authorized", "done"))
        return bool(paid) and self._is_confirmation_amount_reached()
