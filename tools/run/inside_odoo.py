"""Functions that run inside an Odoo shell, where `env` is, and return plain data.

Odoo.call() sends this file there as it is, so it imports nothing of ours."""

import json

DEMO_MARKS = "retail_crm_demo_server.marks"


def pregenerate_assets(env):
    """What the first page load and the first browser test would else wait for, a minute on two cores."""
    env["ir.qweb"]._pregenerate_assets_bundles()
    env.cr.commit()


def import_history(env, path, demo_mark=None, **options):
    """Imports purchases into the first company, all rows or none.

    Returns the counts; for bad rows the message under `error` and the rows themselves."""
    from odoo.exceptions import UserError  # only there inside Odoo; the tools read this module without it

    company = env["res.company"].search([], order="id", limit=1)
    try:
        counts = env["retail.purchase.history"].import_csv(company, path, **options)
    except UserError as error:
        env.cr.rollback()
        return {"error": str(error), "bad_rows": getattr(error, "report", {}).get("bad_rows", [])}
    if demo_mark:
        set_demo_mark(env, demo_mark)
    env.cr.commit()
    return counts


def compute_segments(env, demo_mark):
    """Values and segments of every customer of the first company."""
    run = env["retail.run"].run_company(env["res.company"].search([], order="id", limit=1))
    if run.state != "done":
        return {"error": run.error or run.state}
    set_demo_mark(env, demo_mark)
    env.cr.commit()
    return {}


def finish_install(env, code):
    """Notes which version of the addons' code the demo database was made with."""
    set_demo_mark(env, "code", code)
    pregenerate_assets(env)


def set_demo_mark(env, mark, value=True):
    """Uncommitted: it belongs to the transaction of the step itself, so an interrupted step leaves no mark."""
    parameters = env["ir.config_parameter"].sudo()
    marks = json.loads(parameters.get_param(DEMO_MARKS) or "{}")
    parameters.set_param(DEMO_MARKS, json.dumps({**marks, mark: value}))
