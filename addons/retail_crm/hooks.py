def post_init_hook(env):
    """Companies and warehouses that were there before the addon get what new ones get on creation."""
    env["stock.warehouse"].search([])._create_retail_stores()
    env["res.company"].search([])._create_retail_defaults()


def uninstall_hook(env):
    """Triggers stand on other addons' tables, where dropping our own does not reach."""
    env["retail.profile.touched"]._drop_triggers()
