from odoo import fields, models

from .retail_profile import ROLES_READING_PROFILES


class CrmLead(models.Model):
    _inherit = "crm.lead"

    retail_segment_id = fields.Many2one(related="partner_id.retail_segment_id", groups=ROLES_READING_PROFILES)
    retail_strategy_id = fields.Many2one(related="partner_id.retail_strategy_id", groups=ROLES_READING_PROFILES)
