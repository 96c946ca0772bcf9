from odoo import api, fields, models

from .retail_profile import ROLES_READING_PROFILES

BROKEN_DAYS = 365


class ResPartner(models.Model):
    """What was promised to a customer, in the current company."""

    _inherit = "res.partner"

    retail_open_promise_count = fields.Integer(
        string="Open promises", compute="_compute_retail_promise_counts", groups=ROLES_READING_PROFILES
    )
    retail_broken_promise_count = fields.Integer(
        string="Broken promises",
        compute="_compute_retail_promise_counts",
        groups=ROLES_READING_PROFILES,
        help="In the last 365 days.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_retail_promise_counts(self):
        """1 query for any number of partners."""
        since = fields.Datetime.subtract(fields.Datetime.now(), days=BROKEN_DAYS)
        groups = self.env["retail.promise"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.root_id.id),
                "|",
                ("state", "=", "open"),
                "&",
                ("state", "=", "broken"),
                ("due_at", ">=", since),
            ],
            ["partner_id", "state"],
            ["__count"],
        )
        counts = {(partner, state): count for partner, state, count in groups}
        for partner in self:
            customer = partner.commercial_partner_id
            partner.retail_open_promise_count = counts.get((customer, "open"), 0)
            partner.retail_broken_promise_count = counts.get((customer, "broken"), 0)

    def action_retail_promise(self):
        """Promise this customer something."""
        self.ensure_one()
        return self.env["retail.promise"]._get_promising(partner_id=self.commercial_partner_id.id)

    def action_open_retail_promises(self):
        """Open the customer's promises in the current company, the open ones first."""
        self.ensure_one()
        customer = self.commercial_partner_id
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_promise_action"),
            "domain": [("partner_id", "=", customer.id)],
            "context": {"default_partner_id": customer.id},
        }
