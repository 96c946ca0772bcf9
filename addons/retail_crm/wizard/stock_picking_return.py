from odoo import api, models


class StockReturnPicking(models.TransientModel):
    _name = "stock.return.picking"
    _inherit = ["stock.return.picking", "retail.return.check"]

    @api.depends("picking_id")
    def _compute_retail_return_warning(self):
        return super()._compute_retail_return_warning()

    def _create_return(self):
        self._check_return_window()
        return super()._create_return()

    def _get_returned(self):
        delivery = self.picking_id
        order = delivery.sale_id
        if not order or delivery.picking_type_code != "outgoing" or not delivery.date_done:
            return {}
        return {order: order._get_retail_day(delivery.date_done)}
