from odoo import fields, models

from ..models.retail_profile import ROLES_READING_PROFILES


class SaleReport(models.Model):
    _inherit = "sale.report"

    retail_segment_id = fields.Many2one(
        "retail.segment", string="Customer segment", readonly=True, groups=ROLES_READING_PROFILES
    )

    def _select_additional_fields(self):
        fields_ = super()._select_additional_fields()
        fields_["retail_segment_id"] = "retail_profile.segment_id"
        return fields_

    def _from_sale(self):
        return f"""{super()._from_sale()}
            LEFT JOIN res_company retail_company ON retail_company.id = s.company_id
            LEFT JOIN retail_profile ON retail_profile.partner_id = partner.commercial_partner_id
                  AND retail_profile.company_id = split_part(retail_company.parent_path, '/', 1)::int4"""

    def _group_by_sale(self):
        return f"""{super()._group_by_sale()},
            retail_profile.segment_id"""
