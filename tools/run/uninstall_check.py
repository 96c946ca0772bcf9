"""Proves that uninstalling leaves nothing behind: the database is listed before, and again afterwards.

It needs a database of its own, because an uninstalled addon cannot be rolled back like a test."""

from . import databases, inside_odoo, manifests
from .console import say, step
from .test_runner import Counts, Outcome

# the addons that are used together, the one first that all others need
ADDON = "retail_crm"
ADDONS = [ADDON, "retail_crm_authority", "retail_crm_delivery"]

# Everything that an addon adds to a database beside the records of its users, one line a thing. What Odoo notes of
# the addon as such (its entry in the list of apps) stays.
LISTING = """
SELECT 'column ' || table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint ' || conrelid::regclass || '.' || conname FROM pg_constraint
           WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgrelid::regclass || '.' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'sequence ' || relname FROM pg_class
           WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
UNION ALL SELECT 'model ' || model FROM ir_model
UNION ALL SELECT 'field ' || model || '.' || name FROM ir_model_fields
UNION ALL SELECT 'external id ' || module || '.' || name FROM ir_model_data
           WHERE NOT (module = 'base' AND model = 'ir.module.module')
UNION ALL SELECT 'scheduled action ' || cron_name FROM ir_cron
UNION ALL SELECT 'parameter ' || key FROM ir_config_parameter
UNION ALL SELECT 'view ' || name || ' of ' || COALESCE(model, '-') FROM ir_ui_view
UNION ALL SELECT 'action ' || type || ' ' || (name ->> 'en_US') FROM ir_actions
UNION ALL SELECT 'menu ' || (name ->> 'en_US') FROM ir_ui_menu
UNION ALL SELECT 'group ' || (name ->> 'en_US') FROM res_groups
UNION ALL SELECT 'group ' || gid || ' implies ' || hid FROM res_groups_implied_rel
UNION ALL SELECT 'privilege ' || (name ->> 'en_US') FROM res_groups_privilege
UNION ALL SELECT 'category ' || (name ->> 'en_US') FROM ir_module_category
UNION ALL SELECT 'rule ' || name FROM ir_rule
UNION ALL SELECT 'access ' || name FROM ir_model_access
UNION ALL SELECT 'default of field ' || field_id FROM ir_default
UNION ALL SELECT 'filter of ' || model_id FROM ir_filters
UNION ALL SELECT 'message of ' || model FROM mail_message
           WHERE model IS NOT NULL AND model NOT IN (SELECT model FROM ir_model)
UNION ALL SELECT 'attachment of ' || res_model FROM ir_attachment
           WHERE res_model IS NOT NULL AND res_model NOT IN (SELECT model FROM ir_model)
UNION ALL SELECT 'activity of ' || res_model FROM mail_activity
           WHERE res_model IS NOT NULL AND res_model NOT IN (SELECT model FROM ir_model)
"""


def run(odoo):
    """Installs and uses the addons, and uninstalls the core addon, which takes along those that need it."""
    store = databases.Databases(odoo)
    database = store.clone_for(
        manifests.foreign_dependencies(ADDONS, manifests.read_all()), databases.unique_name("uninstall")
    )
    try:
        with step(f"uninstalling {ADDON} and looking for what is left", "1 to 2 minutes"):
            complaints = list(_check(odoo, database))
    finally:
        store.drop(database)
    for complaint in complaints:
        say(f"    {complaint}")
    counts = Counts(passed=int(not complaints), failed=int(bool(complaints)))
    return Outcome(counts, [f"uninstall: {complaint}" for complaint in complaints])


def _check(odoo, database):
    """Yields what is wrong, a line each."""
    before = _list(odoo, database)
    odoo.install(database, f"installing {ADDON} and what builds on it", "-i", ",".join(ADDONS))
    state = odoo.call(database, inside_odoo.use_retail_crm, f"using {ADDON}")
    if state != "done":
        yield f"the run that should leave traces ended as {state}"
    if len(_list(odoo, database) - before) < 100:
        yield "the listing does not see what the addon adds"
    if left := odoo.call(database, inside_odoo.uninstall, f"uninstalling {ADDON}", addons=ADDONS):
        yield f"still installed: {', '.join(left)}"
    yield from (f"left behind: {thing}" for thing in sorted(_list(odoo, database) - before))
    yield from (f"taken away: {thing}" for thing in sorted(before - _list(odoo, database)))
    if odoo.call(database, inside_odoo.sell_after_uninstall, "selling without the addon") != "sale":
        yield "an order can no longer be confirmed"


def _list(odoo, database):
    return {row[0] for row in odoo.sql(LISTING, database)}
