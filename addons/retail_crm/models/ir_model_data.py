from odoo import models


class IrModelData(models.Model):
    _inherit = "ir.model.data"

    def _forget_extensions_of_removed_models(self):
        """Remove the external ids that Odoo leaves behind when addons are uninstalled, for their uninstall hooks.

        Portal, SMS and others extend mail.thread, and each notes that our models inherit it; mail notes the choices
        that activities bring. Those notes disappear with the model by a foreign key, which takes no external id along.
        """
        self.env.cr.execute(
            """
            WITH removed AS (SELECT name FROM ir_module_module WHERE state = 'to remove'),
                 -- models that no addon knows which stays
                 gone AS (SELECT res_id AS model_id
                            FROM ir_model_data
                           WHERE model = 'ir.model'
                           GROUP BY res_id
                          HAVING bool_and(module IN (SELECT name FROM removed))),
                 noted AS (SELECT 'ir.model.inherit' AS model, parent.id
                             FROM ir_model_inherit parent JOIN gone USING (model_id)
                            UNION ALL
                           SELECT 'ir.model.fields.selection', selection.id
                             FROM ir_model_fields_selection selection
                             JOIN ir_model_fields field ON field.id = selection.field_id
                             JOIN gone USING (model_id))
            DELETE FROM ir_model_data data
                  USING noted
                  WHERE data.model = noted.model AND data.res_id = noted.id
                    AND data.module NOT IN (SELECT name FROM removed)
            """
        )
