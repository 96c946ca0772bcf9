from odoo import fields, models
from odoo.tools import SQL

from .retail_profile import ROLES_READING_PROFILES


class CrmLead(models.Model):
    _inherit = "crm.lead"

    retail_segment_id = fields.Many2one(related="partner_id.retail_segment_id", groups=ROLES_READING_PROFILES)
    retail_strategy_id = fields.Many2one(
        related="partner_id.retail_strategy_id", groups=ROLES_READING_PROFILES
    )

    def _merge_dependences_history(self, opportunities):
        """Questions follow the messages to the opportunity that stays, else the answer there would be overlooked."""
        result = super()._merge_dependences_history(opportunities)
        asked = [("res_model", "=", self._name), ("res_id", "in", opportunities.ids)]
        self.env["retail.question"].sudo().search(asked).res_id = self.id
        return result

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        # the ORM follows a related field as the superuser and never asks whom the field is for
        if field_expr in ("retail_segment_id", "retail_strategy_id"):
            self._check_field_access(self._fields[field_expr], "read")
        return super()._field_to_sql(alias, field_expr, query)
