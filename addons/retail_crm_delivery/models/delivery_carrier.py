from odoo import models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    def rate_shipment(self, order):
        """The price is 0 where the terms of the order promise free delivery; what the carrier asks stays known."""
        rate = super().rate_shipment(order)
        if rate.get("success") and rate["price"] and order._has_free_delivery():
            rate["price"] = 0.0
            rate["warning_message"] = self.env._("The delivery is free by the terms of this customer.")
        return rate
