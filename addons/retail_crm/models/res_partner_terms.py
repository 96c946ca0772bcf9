from odoo import api, fields, models

from .retail_profile import ROLES_READING_PROFILES


class ResPartner(models.Model):
    _inherit = "res.partner"

    retail_terms_text = fields.Char(
        string="Terms of a new order",
        compute="_compute_retail_terms_text",
        groups=ROLES_READING_PROFILES,
        help="What an order would get that were made now; rules of a single store are left out.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "lang")
    def _compute_retail_terms_text(self):
        Term = self.env["retail.term"]
        no_store = self.env["retail.store"]
        for partner in self:
            terms = Term._get_terms(partner, self.env.company, no_store)
            partner.retail_terms_text = self.env["retail.term.words"]._say(terms)
