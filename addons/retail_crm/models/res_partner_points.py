from odoo import models


class ResPartner(models.Model):
    """Points of contacts that join a company or leave it."""

    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"parent_id", "is_company"}:
            contacts = self.sudo().with_context(active_test=False)
            contacts.search([("id", "child_of", self.ids)])._follow_household()
        return result
