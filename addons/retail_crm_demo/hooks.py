from odoo.exceptions import UserError

from . import story

LOGINS = ("manager", "manager_zh", "approver", "staff", "harbour", "finance", "warehouse", "customer")
LANGUAGES = ("en_US", "zh_CN")


def pre_init_hook(env):
    """What the story's records need before they can be loaded."""
    _check_logins_are_free(env)
    _activate_languages(env)
    _load_chart_of_accounts(env)


def post_init_hook(env):
    story.tell(env)


def uninstall_hook(env):
    """Documents belong to the shop from now on; the people with known passwords can no longer log in."""
    _retire_users(env)
    env["ir.model.data"].search([("module", "=", "retail_crm_demo")]).unlink()


def _check_logins_are_free(env):
    """Never touch the account of a real person who happens to use the login."""
    ours = env["ir.model.data"].search([("module", "=", "retail_crm_demo"), ("model", "=", "res.users")])
    taken = (
        env["res.users"]
        .with_context(active_test=False)
        .search([("login", "in", LOGINS), ("id", "not in", ours.mapped("res_id"))])
    )
    if taken:
        raise UserError(
            env._(
                "The demo shop brings its own users, but these logins are taken: %(logins)s. Install it in an empty "
                "database.",
                logins=", ".join(taken.mapped("login")),
            )
        )


def _activate_languages(env):
    missing = (
        env["res.lang"]
        .with_context(active_test=False)
        .search([("code", "in", LANGUAGES), ("active", "=", False)])
    )
    if missing:
        env["base.language.install"].create({"lang_ids": missing.ids, "overwrite": False}).lang_install()


def _load_chart_of_accounts(env):
    """Invoices need one. Where accounting is installed in the same go, Odoo would load it only after the story."""
    company = env.ref("base.main_company")
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company)


def _retire_users(env):
    """Archive the story's users and free their logins, so that the addon can be installed again."""
    for login in LOGINS:
        user = env.ref(f"retail_crm_demo.user_{login}", raise_if_not_found=False)
        if user:
            user.write({"active": False, "login": f"{login}-demo-{user.id}"})
