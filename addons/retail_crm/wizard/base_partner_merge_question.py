from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Questions follow the messages to the page of who stays, else the answer there would be overlooked."""
        result = super()._update_reference_fields(src_partners, dst_partner)
        self.env["retail.question"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE retail_question SET res_id = %s WHERE res_model = 'res.partner' AND res_id = ANY(%s)",
                dst_partner.id,
                src_partners.ids,
            )
        )
        self.env["retail.question"].invalidate_model(["res_id"])
        return result
