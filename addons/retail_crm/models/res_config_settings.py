from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    retail_tz = fields.Selection(related="company_id.root_id.retail_tz", readonly=False, required=True)
    retail_default_margin_rate = fields.Float(
        related="company_id.root_id.retail_default_margin_rate", readonly=False
    )
    retail_policy_second_person = fields.Boolean(
        related="company_id.root_id.retail_policy_second_person", readonly=False
    )
    module_retail_crm_authority = fields.Boolean(string="Authority and approvals")
