from odoo import models


class IrHttp(models.AbstractModel):
    """The customer's pages need our words of the browser in the customer's language."""

    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        return [*super()._get_translation_frontend_modules_name(), "retail_crm"]
