from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .retail_profile import ROLES_READING_PROFILES

# fields of the partner that show the field of the current owner's row behind them
OWNER_FIELDS = {"retail_owner_id": "user_id", "retail_deputy_id": "deputy_id"}


class ResPartner(models.Model):
    """Who looks after the customer in the current company."""

    _inherit = "res.partner"

    retail_owner_id = fields.Many2one(
        "res.users",
        string="Owner",
        compute="_compute_retail_owner",
        search="_search_retail_owner_id",
        groups=ROLES_READING_PROFILES,
        help="Who looks after the customer.",
    )
    retail_deputy_id = fields.Many2one(
        "res.users",
        string="Deputy of the owner",
        compute="_compute_retail_owner",
        search="_search_retail_deputy_id",
        groups=ROLES_READING_PROFILES,
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_retail_owner(self):
        """1 query for any number of partners."""
        owners = self.env["retail.owner"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.root_id.id),
                ("until", "=", False),
            ]
        )
        by_customer = owners.grouped("partner_id")
        for partner in self:
            owner = by_customer.get(partner.commercial_partner_id, owners.browse())
            for name, owner_name in OWNER_FIELDS.items():
                partner[name] = owner[owner_name]

    def _search_retail_owner_id(self, operator, value):
        return self._search_by_owner("user_id", operator, value)

    def _search_retail_deputy_id(self, operator, value):
        return self._search_by_owner("deputy_id", operator, value)

    def _search_by_owner(self, name, operator, value):
        """Partners whose customer's owner in the current company matches; "is not set" includes those without."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        current = Domain("company_id", "=", self.env.company.root_id.id) & Domain("until", "=", False)
        if operator == "in" and False in value:
            known = self.env["retail.owner"]._search(current & Domain(name, "!=", False))
            without = Domain(
                "commercial_partner_id", "not in", known.subselect(SQL.identifier(known.table, "partner_id"))
            )
            rest = [item for item in value if item is not False]
            return without | self._search_by_owner(name, "in", rest) if rest else without
        owners = self.env["retail.owner"]._search(current & Domain(name, operator, value))
        return Domain(
            "commercial_partner_id", "in", owners.subselect(SQL.identifier(owners.table, "partner_id"))
        )

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        """Lets lists sort and group by the owner, although nothing of it is stored here."""
        if owner_name := OWNER_FIELDS.get(field_expr):
            self._check_field_access(self._fields[field_expr], "read")
            return SQL(
                """(SELECT owner.%(column)s FROM retail_owner owner
                     WHERE owner.partner_id = %(partner)s AND owner.company_id = %(company)s
                       AND owner.until IS NULL)""",
                column=SQL.identifier(owner_name, to_flush=self.env["retail.owner"]._fields[owner_name]),
                partner=SQL.identifier(alias, "commercial_partner_id"),
                company=self.env.company.root_id.id,
            )
        return super()._field_to_sql(alias, field_expr, query)

    def action_open_retail_owners(self):
        """Open who looked after the customer, now and before."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_owner_action"),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }

    def _open_retail_handover(self):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_handover_action_partners"),
            "context": {"default_partner_ids": self.ids},
        }
