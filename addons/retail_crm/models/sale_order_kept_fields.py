from odoo import api, models
from odoo.exceptions import AccessError

# of an order: what only its confirmation and the ledger write
KEPT_FIELDS = {
    "retail_former_documents",
    "retail_opening_points",
    "retail_points_multiplier",
    "retail_points_rules",
    "retail_tier_id",
    "retail_tier_multipliers",
}


class SaleOrder(models.Model):
    """Whoever could write what an order was confirmed with could give points: no client can, by no way."""

    _inherit = "sale.order"

    @api.model
    def default_get(self, fields):
        """A client may send defaults in the context; these fields have none."""
        return super().default_get([name for name in fields if name not in KEPT_FIELDS])

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_kept_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_kept_fields(vals)
        return super().write(vals)

    def _check_kept_fields(self, vals):
        if not self.env.su and vals.keys() & KEPT_FIELDS and not self._is_confirming():
            raise AccessError(self.env._("What an order was confirmed with is not changed by hand."))
