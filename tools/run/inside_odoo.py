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
    """Values and segments of every customer of the first company: five weeks ago, so that the dashboard has
    movements of the last month to show, and today."""
    from datetime import date, timedelta

    company = env["res.company"].search([], order="id", limit=1)
    for as_of in (date.today() - timedelta(weeks=5), None):
        run = env["retail.run"].run_company(company, as_of=as_of)
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


def use_retail_crm(env):
    """Leaves a trace of everything that the addon stores: imported purchases, a run, a pin, an order, a policy."""
    company = env["res.company"].search([], order="id", limit=1)
    customer = env["res.partner"].create({"name": "Trace"})
    env["retail.purchase.history"].create(
        {
            "partner_id": customer.id,
            "company_id": company.id,
            "customer_ref": "1",
            "date": "2025-01-01",
            "amount": 10,
        }
    )
    env.cr.commit()
    run = env["retail.run"].run_company(company)
    run._tell_managers()
    segment = env["retail.segment"].search([], limit=1)
    env["retail.segment.pin"].create({"partner_id": customer.id, "segment_id": segment.id, "reason": "Trace"})
    policy = env["retail.policy"].search([("company_id", "=", company.id)], limit=1)
    policy.copy()._activate()
    env["retail.run"].action_recompute()
    order = _sell_something(env, customer)
    _act(env, company, customer, order)
    for action in env["ir.cron"].search([("cron_name", "like", "Retail CRM:")]).ir_actions_server_id:
        action.run()
    env.cr.commit()
    return run.state


def _act(env, company, customer, order):
    """Traces of the strategies: terms, an owner, an action that was logged, a promise, a question about a discount."""
    from datetime import datetime, timedelta

    of_customer = {"company_id": company.id, "partner_id": customer.id}
    strategy = env["retail.strategy"].search([("company_id", "=", company.id)], limit=1)
    admin = env.ref("base.user_admin")
    env["retail.term"].create(
        {"company_id": company.id, "strategy_id": strategy.id, "has_free_delivery": True}
    )
    env["retail.staff"].create({"company_id": company.id, "user_id": admin.id, "role": "manager"})
    env["retail.owner"]._give(customer, admin, company, day=datetime.today().date())
    env["retail.owner.assignment"].create({"company_id": company.id}).action_propose()
    env["retail.handover"].create({"company_id": company.id, "to_id": admin.id, "note": "Trace"})
    env["retail.holdout"].create({**of_customer, "strategy_id": strategy.id})
    action = env["retail.action"].create({**of_customer, "event": "manual", "kind": "call", "name": "Trace"})
    action._log_outcome(env["retail.action.outcome"].search([], limit=1), "Trace", None)
    env["retail.promise"].create(
        {
            **of_customer,
            "kind": "gift",
            "text": "Trace",
            "due_at": datetime.now() + timedelta(days=1),
            "keeper_id": admin.id,
        }
    )
    _ask(env, order)


def _ask(env, order):
    """A salesperson asks for more than staff may grant."""
    env["retail.authority"].search([("role", "=", "staff")]).write({"is_unlimited": False})
    group = env.ref("sales_team.group_sale_salesman_all_leads")
    seller = env["res.users"].create({"name": "Seller", "login": "trace", "group_ids": [(4, group.id)]})
    quotation = order.copy({"user_id": seller.id}).with_user(seller)
    quotation.order_line.discount = 50
    env["retail.authority.request"].with_user(seller).create({"order_id": quotation.id, "reason": "Trace"})


def uninstall(env, addons):
    """Uninstalls the addons, with those that need them; returns the addons of the list that are still there."""
    modules = env["ir.module.module"].search([("name", "in", addons), ("state", "=", "installed")])
    modules.button_immediate_uninstall()
    env.transaction.reset()
    left = env["ir.module.module"].search([("name", "in", addons), ("state", "!=", "uninstalled")])
    return left.mapped("name")


def sell_after_uninstall(env):
    """Customers and orders still work: nothing left in the database calls what is gone."""
    customer = env["res.partner"].create({"name": "After"})
    customer.parent_id = env["res.partner"].create({"name": "House", "is_company": True})
    order = _sell_something(env, customer)
    state = order.state
    env.cr.rollback()
    return state


def _sell_something(env, customer):
    product = env["product.product"].create({"name": "Trace", "type": "service"})
    order = env["sale.order"].create(
        {"partner_id": customer.id, "order_line": [(0, 0, {"product_id": product.id})]}
    )
    order.action_confirm()
    env.flush_all()
    return order
