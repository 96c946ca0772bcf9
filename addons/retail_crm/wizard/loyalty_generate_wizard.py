from odoo import models


class LoyaltyGenerateWizard(models.TransientModel):
    _inherit = "loyalty.generate.wizard"

    def generate_coupons(self):
        """What is said in the dialog is the reason of the points on the new cards."""
        reasons = [wizard.description for wizard in self if wizard.description]
        return super(
            LoyaltyGenerateWizard, self.with_context(retail_points_reason=", ".join(reasons))
        ).generate_coupons()
