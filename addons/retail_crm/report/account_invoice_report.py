from odoo import fields, models
from odoo.tools import SQL

from ..models.retail_profile import ROLES_READING_PROFILES


class AccountInvoiceReport(models.Model):
    _inherit = "account.invoice.report"

    _depends = {"retail.profile": ["segment_id"]}

    retail_segment_id = fields.Many2one(
        "retail.segment", string="Customer segment", readonly=True, groups=ROLES_READING_PROFILES
    )

    def _select(self) -> SQL:
        return SQL("%s, retail_profile.segment_id AS retail_segment_id", super()._select())

    def _from(self) -> SQL:
        return SQL(
            """%s
               LEFT JOIN res_company retail_company ON retail_company.id = line.company_id
               LEFT JOIN retail_profile ON retail_profile.partner_id = line.partner_id
                     AND retail_profile.company_id = split_part(retail_company.parent_path, '/', 1)::int4""",
            super()._from(),
        )
