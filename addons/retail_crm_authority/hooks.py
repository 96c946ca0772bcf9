def post_init_hook(env):
    """Quotations that are open already get their list prices; the column of all other lines stays empty."""
    lines = env["sale.order.line"].search([("order_id.state", "in", ("draft", "sent"))])
    for name in ("retail_list_price", "retail_known_cost"):
        env.add_to_compute(lines._fields[name], lines)
    lines.flush_recordset()


def uninstall_hook(env):
    """What belongs to no table of ours would stay."""
    env.cr.execute("DROP FUNCTION retail_crm_authority_refuse() CASCADE")
    env["ir.model.data"]._forget_extensions_of_removed_models()
