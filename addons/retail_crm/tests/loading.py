"""Puts many purchases into the database at once, past the import: for tests and benchmarks of what comes after."""

from odoo.tools import SQL


def load_purchases(env, company, purchases):
    """Store ``purchases`` (as read by ``real_data``) as imported history of customers made for them.

    :param purchases: iterable of (customer_ref, date, reference, amount, quantity, cost or None, ...)
    :return: {customer_ref: partner id}
    """
    purchases = list(purchases)
    partners = _create_partners(env, dict.fromkeys(purchase[0] for purchase in purchases))
    columns = list(
        zip(*((partners[p[0]], p[0], p[1], p[2] or "", p[3], p[4], p[5]) for p in purchases), strict=True)
    )
    env.cr.execute(
        SQL(
            """INSERT INTO retail_purchase_history (partner_id, customer_ref, date, reference, amount, quantity, cost,
                                                    has_cost, company_id, channel, ordinal)
               SELECT partner_id, ref, day, reference, amount, quantity, cost, cost IS NOT NULL, %s, 'test', position
                 FROM unnest(%s::int4[], %s::varchar[], %s::date[], %s::varchar[], %s::numeric[], %s::numeric[],
                             %s::numeric[])
                      WITH ORDINALITY purchase(partner_id, ref, day, reference, amount, quantity, cost, position)""",
            company.id,
            *map(list, columns),
        )
    )
    env.cr.execute("ANALYZE retail_purchase_history, res_partner")
    env["retail.purchase.history"].invalidate_model()
    return partners


def _create_partners(env, refs):
    """{ref: id} of bare persons, copies of one that the ORM made: installed addons add required columns."""
    template = env["res.partner"].create({"name": "Template"})
    env.flush_all()
    required = [
        name
        for name, field in template._fields.items()
        if field.store and field.column_type and field.required and name not in ("name", "complete_name")
    ]
    env.cr.execute(
        SQL(
            """INSERT INTO res_partner (name, complete_name, ref, active, is_company %(columns)s)
               SELECT customer.name, customer.name, customer.name, TRUE, FALSE %(values)s
                 FROM res_partner template, unnest(%(refs)s::varchar[]) customer(name)
                WHERE template.id = %(template)s
               RETURNING ref, id""",
            columns=SQL("").join(SQL(", %s", SQL.identifier(name)) for name in required),
            values=SQL("").join(SQL(", %s", SQL.identifier("template", name)) for name in required),
            refs=list(refs),
            template=template.id,
        )
    )
    partners = dict(env.cr.fetchall())
    env.cr.execute(
        SQL("UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)", list(partners.values()))
    )
    template.unlink()
    env["res.partner"].invalidate_model()
    return partners
