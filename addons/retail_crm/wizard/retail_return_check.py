from odoo import fields, models


class RetailReturnCheck(models.AbstractModel):
    """A wizard that takes goods or money back: it says when the time for returns is over, and asks for a reason."""

    _name = "retail.return.check"
    _description = "Looks at the time for returns"

    retail_return_warning = fields.Text(compute="_compute_retail_return_warning")
    retail_return_is_accepted = fields.Boolean(compute="_compute_retail_return_warning")
    retail_return_may_accept = fields.Boolean(compute="_compute_retail_return_warning")
    retail_return_reason = fields.Char(string="Accept it nevertheless because")

    def _compute_retail_return_warning(self):
        may_accept = self.env.user.has_group("retail_crm.group_manager")
        for wizard in self:
            late = wizard._get_late_returns()
            wizard.retail_return_warning = "\n".join(late.values())
            wizard.retail_return_is_accepted = all(order.retail_late_return_reason for order in late)
            wizard.retail_return_may_accept = may_accept

    def _get_returned(self):
        """``{order: day of the delivery, None for its last one}`` of what comes back."""
        raise NotImplementedError

    def _get_late_returns(self):
        """``{order: warning}`` of orders whose time is over; warehouse and finance may know of it, so as superuser."""
        warnings = {
            order: order._get_return_warning(day) for order, day in self.sudo()._get_returned().items()
        }
        return {order: warning for order, warning in warnings.items() if warning}

    def _check_return_window(self):
        """:raise UserError: something comes too late, and no manager accepted it"""
        for order in self._get_late_returns():
            order._accept_late_return(self.retail_return_reason)
