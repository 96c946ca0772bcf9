from odoo import models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge_retail_actions(self, sources, customer):
        """What was promised to any of them is promised to the customer who stays."""
        result = super()._merge_retail_actions(sources, customer)
        self.env.cr.execute(
            SQL(
                "UPDATE retail_promise SET partner_id = %s WHERE partner_id = ANY(%s)",
                customer.id,
                sources.ids,
            )
        )
        return result
