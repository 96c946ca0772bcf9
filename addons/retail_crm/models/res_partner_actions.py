from odoo import api, fields, models

from .retail_profile import ROLES_READING_PROFILES


class ResPartner(models.Model):
    """What is to be done with a customer, in the current company."""

    _inherit = "res.partner"

    retail_open_action_count = fields.Integer(
        string="Open actions", compute="_compute_retail_open_action_count", groups=ROLES_READING_PROFILES
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_retail_open_action_count(self):
        """1 query for any number of partners."""
        counts = dict(
            self.env["retail.action"]._read_group(
                [
                    ("partner_id", "in", self.commercial_partner_id.ids),
                    ("company_id", "=", self.env.company.root_id.id),
                    ("state", "=", "open"),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.retail_open_action_count = counts.get(partner.commercial_partner_id, 0)

    def action_open_retail_actions(self):
        """Open the customer's actions in the current company, the open ones first."""
        self.ensure_one()
        customer = self.commercial_partner_id
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_action_action"),
            "domain": [("partner_id", "=", customer.id)],
            "context": {"search_default_open": 1, "default_partner_id": customer.id},
        }
