"""Functions that run inside an Odoo shell, where `env` is, and return plain data.

Odoo.call() sends this file there as it is, so it imports nothing of ours."""

DEMO_STEPS = "retail_crm_demo_server.steps"


def pregenerate_assets(env):
    """What the first page load and the first browser test would else wait for, a minute on two cores."""
    env["ir.qweb"]._pregenerate_assets_bundles()
    env.cr.commit()


def import_history(env, path, demo_step=None, **options):
    """Imports purchases into the first company, all rows or none.

    Returns the counts; for bad rows the message under `error` and the rows themselves."""
    from odoo.exceptions import UserError  # only there inside Odoo; the tools read this module without it

    company = env["res.company"].search([], order="id", limit=1)
    try:
        counts = env["retail.purchase.history"].import_csv(company, path, **options)
    except UserError as error:
        env.cr.rollback()
        return {"error": str(error), "bad_rows": getattr(error, "report", {}).get("bad_rows", [])}
    if demo_step:
        remember_demo_step(env, demo_step)
    env.cr.commit()
    return counts


def compute_segments(env, demo_step):
    """Values and segments of every customer of the first company."""
    run = env["retail.run"].run_company(env["res.company"].search([], order="id", limit=1))
    if run.state != "done":
        return {"error": run.error or run.state}
    remember_demo_step(env, demo_step)
    env.cr.commit()
    return {}


def remember_demo_step(env, step):
    """In the transaction of the step itself, so that an interrupted set-up of the demo knows where to go on."""
    done = finished_demo_steps(env)
    env["ir.config_parameter"].sudo().set_param(DEMO_STEPS, ",".join([*done, step]))


def finished_demo_steps(env):
    return (env["ir.config_parameter"].sudo().get_param(DEMO_STEPS) or "").split(",")


def logins(env):
    """Which of the demo's people there are."""
    return env["res.users"].search([]).mapped("login")
