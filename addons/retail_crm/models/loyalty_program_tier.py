from odoo import fields, models

from .loyalty_program import MEMBERS


class LoyaltyProgram(models.Model):
    """The ladder of tiers of a loyalty program."""

    _inherit = "loyalty.program"

    retail_tier_ids = fields.One2many("retail.tier", "program_id", string="Tiers", groups=MEMBERS)
    retail_tier_downgrade = fields.Selection(
        [("reached", "To the tier that they reach then"), ("step", "One tier down at most")],
        string="Who loses a tier goes",
        required=True,
        default="reached",
        groups=MEMBERS,
    )
    retail_tier_day = fields.Date(
        string="Tiers looked at until",
        readonly=True,
        copy=False,
        groups=MEMBERS,
        help="The last day for which tiers were computed.",
    )

    def action_compute_tiers(self):
        """Compute the tiers now instead of in the night."""
        return self.env["retail.tier.standing"].action_compute_now()

    def _get_tier_company(self):
        """Whose purchases, segments, currency and days count; the main company where all share the program."""
        company = self.sudo().company_id
        return company or self.env.ref("base.main_company").sudo()

    def _get_tier_today(self):
        """Today in the shops of the program."""
        company = self._get_tier_company()
        return fields.Date.context_today(self.with_context(tz=company.root_id.retail_tz))
