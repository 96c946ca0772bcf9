from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .retail_profile import ROLES_READING_PROFILES


class SaleOrder(models.Model):
    """Until when goods of an order come back, by the terms that it keeps. Later is for a manager, with a reason."""

    _inherit = "sale.order"

    retail_late_return_reason = fields.Char(
        string="Late return accepted because",
        copy=False,
        tracking=True,
        groups=ROLES_READING_PROFILES,
        help="Written by a manager: goods of this order come back although the time of its terms is over.",
    )
    retail_return_warning = fields.Char(
        string="Time for returns", compute="_compute_retail_return_warning", groups=ROLES_READING_PROFILES
    )

    @api.depends("retail_terms", "state", "picking_ids.date_done")
    @api.depends_context("lang")
    def _compute_retail_return_warning(self):
        for order in self:
            order.retail_return_warning = order.state == "sale" and order.sudo()._get_return_warning()

    def _has_field_access(self, field, operation):
        """Managers accept a late return, nobody else: staff would accept their own."""
        may_write = super()._has_field_access(field, operation)
        if operation == "write" and field.name == "retail_late_return_reason" and not self.env.su:
            return may_write and self.env.user.has_group("retail_crm.group_manager")
        return may_write

    def _get_return_warning(self, delivered_on=None):
        """Why goods of this order come too late, in words; False in time, or where the terms set no window.

        :param delivered_on: day of the delivery; without one, of the last delivery, or of the order
        """
        self.ensure_one()
        days = self._get_term_value("return_days")
        if days is None or not self.retail_terms:
            return False
        start = delivered_on or self._get_last_delivery_day()
        last = start + timedelta(days=days)
        if self._get_retail_today() <= last:
            return False
        return self.env._(
            "The time for returns of %(order)s is over: %(days)s days, until %(day)s.",
            order=self.name,
            day=format_date(self.env, last),
            days=days,
        )

    def _get_last_delivery_day(self):
        deliveries = self.picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.picking_type_code == "outgoing"
        )
        return self._get_retail_day(max(deliveries.mapped("date_done"), default=self.date_order))

    def _get_retail_today(self):
        return self._get_retail_day(fields.Datetime.now())

    def _get_retail_day(self, moment):
        """The day of ``moment`` in the shops of the company."""
        zone = self.company_id.root_id.sudo().retail_tz
        return fields.Datetime.context_timestamp(self.with_context(tz=zone), moment).date()

    def _accept_late_return(self, reason):
        """Let goods come back late: for managers, and those for whom a manager did.

        :raise UserError: the user is no manager, or gave no reason
        """
        for order in self.filtered(lambda order: not order.sudo().retail_late_return_reason):
            if not self.env.user.has_group("retail_crm.group_manager"):
                raise UserError(
                    self.env._(
                        "The time for returns of %(order)s is over. Ask a manager to accept it on the order, with a"
                        " reason; then you can go on.",
                        order=order.name,
                    )
                )
            if not (reason or "").strip():
                raise UserError(self.env._("Say why this return is accepted although its time is over."))
            order.sudo().retail_late_return_reason = reason.strip()
