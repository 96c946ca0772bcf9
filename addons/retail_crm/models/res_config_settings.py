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
    retail_old_customer_days = fields.Integer(
        related="company_id.root_id.retail_old_customer_days", readonly=False
    )
    retail_long_term_purchases = fields.Integer(
        related="company_id.root_id.retail_long_term_purchases", readonly=False
    )
    retail_has_margin_floor = fields.Boolean(
        related="company_id.root_id.retail_has_margin_floor", readonly=False
    )
    retail_margin_floor = fields.Float(related="company_id.root_id.retail_margin_floor", readonly=False)
