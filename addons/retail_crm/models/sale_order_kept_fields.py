from odoo import api, models

# what only the confirmation and the ledger write: whoever could would give points
KEPT_FIELDS = {
    "retail_former_documents",
    "retail_opening_points",
    "retail_points_multiplier",
    "retail_points_rules",
    "retail_tier_id",
    "retail_tier_multipliers",
}
# what the server finds for every order: whoever could write them would give better terms
FOUND_FIELDS = {"retail_term_id", "retail_terms"}


class SaleOrder(models.Model):
    """Fields of an order that no client writes, by no way: neither values nor defaults in the context."""

    _inherit = "sale.order"

    @api.model
    def default_get(self, fields):
        return super().default_get([name for name in fields if name not in KEPT_FIELDS | FOUND_FIELDS])

    def _has_field_access(self, field, operation):
        if operation == "write" and not self.env.su:
            if field.name in FOUND_FIELDS or (field.name in KEPT_FIELDS and not self._is_confirming()):
                return False
        return super()._has_field_access(field, operation)
