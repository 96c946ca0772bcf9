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
    env["ir.config_parameter"].search([("key", "=like", r"retail\_crm.%")]).unlink()
    env["ir.model.data"]._forget_extensions_of_removed_models()
    env.invalidate_all(flush=False)
