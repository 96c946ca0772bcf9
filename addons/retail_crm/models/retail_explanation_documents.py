from odoo import fields, models
from odoo.fields import Domain


class RetailExplanation(models.AbstractModel):
    """Where facts come from: what they are made of as model and domain, None where the reader may open nothing."""

    _inherit = "retail.explanation"

    def _get_pin(self, profile):
        return self.env["retail.segment.pin"].search(
            [("partner_id", "=", profile.partner_id.id), ("company_id", "=", profile.company_id.id)], limit=1
        )

    def _get_purchases(self, profile, also=Domain.TRUE):
        """All purchases and returns that the figures count."""
        known = Domain(
            [
                ("partner_id", "=", profile.partner_id.id),
                ("company_id", "child_of", profile.company_id.id),
                ("day", "<=", fields.Date.to_string(profile.as_of)),
                ("known_on", "<=", fields.Date.to_string(profile.as_of)),
            ]
        )
        return self._get_documents("retail.purchase", list(known & also))

    def _get_bills(self, profile):
        """The receivables that were due, paid ones included."""
        domain = [
            ("partner_id.commercial_partner_id", "=", profile.partner_id.id),
            ("company_id", "child_of", profile.company_id.id),
            ("account_id.account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("balance", ">", 0),
            ("date_maturity", "<", fields.Date.to_string(profile.as_of)),
        ]
        documents = self._get_documents("account.move.line", domain)
        # most customers of a shop never had a bill
        return (
            documents if documents and self.env["account.move.line"].search_count(domain, limit=1) else None
        )

    def _get_documents(self, model, domain):
        return {"model": model, "domain": domain} if self.env[model].has_access("read") else None
