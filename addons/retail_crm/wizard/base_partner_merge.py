from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """The merged customer keeps the history of both; pins and profile of the source give way."""
        self._merge_retail_customers(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _merge_retail_customers(self, sources, destination):
        """Before the generic re-pointing, which sees neither partial unique indexes nor what a profile is.

        Movements follow by their foreign key. A source's pin follows only where the destination has none.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE retail_segment_pin pin SET active = FALSE
                    WHERE pin.active AND pin.partner_id = ANY(%(sources)s)
                      AND EXISTS (SELECT FROM retail_segment_pin other
                                   WHERE other.active AND other.company_id = pin.company_id AND other.id <> pin.id
                                     AND (other.partner_id = %(destination)s
                                          OR other.partner_id = ANY(%(sources)s) AND other.id > pin.id));
                   DELETE FROM retail_profile WHERE partner_id = ANY(%(sources)s)""",
                sources=sources.ids,
                destination=destination.id,
            )
        )
        self.env["retail.profile.touched"].sudo()._touch(sources.ids + destination.ids)
        self.env.invalidate_all()
