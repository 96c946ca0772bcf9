from odoo.tools import SQL

# what points to segments and policies, the pointing ones first
DEPENDENT_MODELS = (
    "retail.promise",
    "retail.holdout",
    "retail.action",
    "retail.action.rule",
    "retail.tier.benefit.use",
    "retail.tier.membership",
    "retail.appeal",
    "retail.profile",
    "retail.profile.change",
    "retail.run.segment",
    "retail.segment.pin",
    "retail.run",
    "retail.policy.band",
    "retail.policy",
    "retail.term",
    "retail.strategy",
    "retail.points.adjustment",
)


def post_init_hook(env):
    """Companies and warehouses that were there before the addon get what new ones get on creation."""
    env["stock.warehouse"].search([])._create_retail_stores()
    env["res.company"].search([])._create_retail_defaults()
    env["retail.points.opening"]._take_over_all()


def uninstall_hook(env):
    """Triggers stand on other addons' tables, where dropping our own does not reach.

    What the addon shipped is deleted record by record, before the tables go: segments and policies that profiles
    and runs still point to would be refused.
    """
    env.flush_all()
    env["retail.profile.touched"]._drop_triggers()
    env["retail.points.opening"]._hand_back()
    env.cr.execute("DROP FUNCTION retail_crm_points_refuse() CASCADE")
    env.cr.execute("DROP FUNCTION retail_crm_shortage_refuse() CASCADE")
    for model in DEPENDENT_MODELS:
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(env[model]._table)))
    _forget_extensions_by_other_addons(env)
    env.invalidate_all(flush=False)


def _forget_extensions_by_other_addons(env):
    """Removes the external ids that Odoo would leave behind.

    Portal, SMS and others extend mail.thread, and each notes that our models inherit it; mail notes the choices that
    activities bring. Those notes disappear with the model by a foreign key, which takes no external id along.
    """
    env.cr.execute(
        """
        WITH gone AS (SELECT owner.res_id AS model_id
                        FROM ir_model_data owner
                       WHERE owner.model = 'ir.model'
                         AND owner.module = 'retail_crm'
                         AND NOT EXISTS (SELECT FROM ir_model_data other
                                          WHERE other.model = 'ir.model'
                                            AND other.res_id = owner.res_id
                                            AND other.module != 'retail_crm')),
             noted AS (SELECT 'ir.model.inherit' AS model, parent.id
                         FROM ir_model_inherit parent JOIN gone USING (model_id)
                        UNION ALL
                       SELECT 'ir.model.fields.selection', selection.id
                         FROM ir_model_fields_selection selection
                         JOIN ir_model_fields field ON field.id = selection.field_id
                         JOIN gone USING (model_id))
        DELETE FROM ir_model_data data
              USING noted
              WHERE data.model = noted.model AND data.res_id = noted.id AND data.module != 'retail_crm'
        """
    )
