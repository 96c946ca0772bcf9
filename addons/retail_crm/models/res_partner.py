from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .retail_profile import ROLES_READING_PROFILES

# fields of the partner that show the profile's field behind them
PROFILE_FIELDS = {
    "retail_segment_id": "segment_id",
    "retail_strategy_id": "strategy_id",
    "retail_value": "value",
    "retail_value_percentile": "value_percentile",
    "retail_risk_level": "risk_level",
    "retail_last_purchase_date": "last_purchase_date",
    "retail_purchase_days": "purchase_days",
}


class ResPartner(models.Model):
    _inherit = "res.partner"

    retail_is_walk_in = fields.Boolean(
        string="Walk-in customer",
        help="Stands for customers who stay unknown; its purchases make no customer profile.",
        groups="base.group_user",
    )
    retail_profile_id = fields.Many2one(
        "retail.profile",
        string="Customer profile",
        compute="_compute_retail_profile",
        groups=ROLES_READING_PROFILES,
    )
    retail_currency_id = fields.Many2one(
        "res.currency", compute="_compute_retail_profile", groups=ROLES_READING_PROFILES
    )
    retail_segment_id = fields.Many2one(
        "retail.segment",
        string="Segment",
        compute="_compute_retail_profile",
        search="_search_retail_segment_id",
        groups=ROLES_READING_PROFILES,
    )
    retail_strategy_id = fields.Many2one(
        "retail.strategy",
        string="Relationship strategy",
        compute="_compute_retail_profile",
        search="_search_retail_strategy_id",
        groups=ROLES_READING_PROFILES,
    )
    retail_value = fields.Monetary(
        string="Customer value",
        currency_field="retail_currency_id",
        compute="_compute_retail_profile",
        search="_search_retail_value",
        groups=ROLES_READING_PROFILES,
    )
    retail_value_percentile = fields.Float(
        string="Value percentile",
        digits=(4, 1),
        compute="_compute_retail_profile",
        search="_search_retail_value_percentile",
        groups=ROLES_READING_PROFILES,
    )
    retail_risk_level = fields.Selection(
        selection=lambda self: (
            self.env["retail.profile"]._fields["risk_level"]._description_selection(self.env)
        ),
        string="Customer risk",
        compute="_compute_retail_profile",
        search="_search_retail_risk_level",
        groups=ROLES_READING_PROFILES,
    )
    retail_last_purchase_date = fields.Date(
        string="Last purchase",
        compute="_compute_retail_profile",
        search="_search_retail_last_purchase_date",
        groups=ROLES_READING_PROFILES,
    )
    retail_purchase_days = fields.Integer(
        string="Purchase days",
        compute="_compute_retail_profile",
        search="_search_retail_purchase_days",
        groups=ROLES_READING_PROFILES,
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_retail_profile(self):
        """1 query for any number of partners."""
        company = self.env.company.root_id
        profiles = self.env["retail.profile"].search_fetch(
            [("partner_id", "in", self.commercial_partner_id.ids), ("company_id", "=", company.id)],
            ["partner_id", "first_purchase_date", *PROFILE_FIELDS.values()],
            order="id",
        )
        by_partner = {profile.partner_id: profile for profile in profiles}
        for partner in self:
            profile = by_partner.get(partner.commercial_partner_id, self.env["retail.profile"])
            partner.retail_profile_id = profile
            partner.retail_currency_id = company.currency_id
            for name, profile_name in PROFILE_FIELDS.items():
                partner[name] = profile[profile_name]

    def _search_retail_segment_id(self, operator, value):
        return self._search_by_profile("segment_id", operator, value)

    def _search_retail_strategy_id(self, operator, value):
        return self._search_by_profile("strategy_id", operator, value)

    def _search_retail_value(self, operator, value):
        return self._search_by_profile("value", operator, value)

    def _search_retail_value_percentile(self, operator, value):
        return self._search_by_profile("value_percentile", operator, value)

    def _search_retail_risk_level(self, operator, value):
        return self._search_by_profile("risk_level", operator, value)

    def _search_retail_last_purchase_date(self, operator, value):
        return self._search_by_profile("last_purchase_date", operator, value)

    def _search_retail_purchase_days(self, operator, value):
        return self._search_by_profile("purchase_days", operator, value)

    def _search_by_profile(self, name, operator, value):
        """Partners whose customer's profile in the current company matches; "is not set" includes those without."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        company = self.env.company.root_id
        if operator == "in" and False in value:
            has_value = self.env["retail.profile"]._search(
                [("company_id", "=", company.id), (name, "!=", False)]
            )
            without = Domain("commercial_partner_id", "not in", has_value.subselect("partner_id"))
            rest = [item for item in value if item is not False]
            return without | self._search_by_profile(name, "in", rest) if rest else without
        profiles = self.env["retail.profile"]._search(
            [("company_id", "=", company.id), (name, operator, value)]
        )
        return Domain("commercial_partner_id", "in", profiles.subselect("partner_id"))

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        """Lets lists sort and group by what the profile says, although nothing of it is stored here."""
        if profile_name := PROFILE_FIELDS.get(field_expr):
            self._check_field_access(self._fields[field_expr], "read")
            return SQL(
                """(SELECT profile.%(column)s FROM retail_profile profile
                     WHERE profile.partner_id = %(partner)s AND profile.company_id = %(company)s)""",
                column=SQL.identifier(
                    profile_name, to_flush=self.env["retail.profile"]._fields[profile_name]
                ),
                partner=SQL.identifier(alias, "commercial_partner_id"),
                company=self.env.company.root_id.id,
            )
        return super()._field_to_sql(alias, field_expr, query)

    @api.readonly
    def get_retail_card(self):
        """What the card on top of the form shows (see ``retail.customer.card``); None without a profile to read."""
        self.ensure_one()
        return self.env["retail.customer.card"]._get_card(self.commercial_partner_id)

    def action_open_retail_purchases(self):
        """Open the customer's purchases in the current company."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_purchase_action"),
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
            "context": {},
        }
