from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class RetailProfile(models.Model):
    """Who looks after the customer in the profile's company: the owner, or the salesperson of who has none."""

    _inherit = "retail.profile"

    user_id = fields.Many2one("res.users", related=None, compute="_compute_user_id", search="_search_user_id")

    @api.depends("partner_id", "company_id")
    def _compute_user_id(self):
        """2 queries for any number of profiles."""
        owners = self.env["retail.owner"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("until", "=", False),
            ]
        )
        by_customer = {(owner.partner_id, owner.company_id): owner.user_id for owner in owners}
        for profile in self:
            customer = profile.partner_id
            profile.user_id = by_customer.get((customer, profile.company_id)) or customer.user_id

    @api.model
    def _search_user_id(self, operator, value):
        """Customers whose owner matches; "is not set" are those nobody looks after."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented

        def is_owned(domain) -> Domain:
            owners = self.env["retail.owner"]._search(Domain("until", "=", False) & domain)
            return Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "(%s, %s) IN %s",
                    SQL.identifier(alias, "partner_id"),
                    SQL.identifier(alias, "company_id"),
                    owners.subselect(
                        *(SQL.identifier(owners.table, name) for name in ("partner_id", "company_id"))
                    ),
                )
            )

        salesperson = ~is_owned(Domain.TRUE) & Domain("partner_id.user_id", operator, value)
        if operator == "in":
            value = [item for item in value if item is not False]
        return is_owned(Domain("user_id", operator, value)) | salesperson

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        """Lets lists sort and group by the owner, although nothing of it is stored here."""
        if field_expr != "user_id":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            """COALESCE(
                   (SELECT owner.%(owner)s FROM retail_owner owner
                     WHERE owner.partner_id = %(partner)s AND owner.company_id = %(company)s
                       AND owner.until IS NULL),
                   (SELECT %(salesperson)s FROM res_partner customer WHERE customer.id = %(partner)s))""",
            owner=SQL.identifier("user_id", to_flush=self.env["retail.owner"]._fields["user_id"]),
            salesperson=SQL.identifier(
                "customer", "user_id", to_flush=self.env["res.partner"]._fields["user_id"]
            ),
            partner=SQL.identifier(alias, "partner_id"),
            company=SQL.identifier(alias, "company_id"),
        )

    def action_hand_over(self):
        """Open a hand-over of these customers."""
        return self.partner_id._open_retail_handover()
