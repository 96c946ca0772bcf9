from odoo import api, fields, models
from odoo.exceptions import ValidationError


class RetailSegmentPin(models.Model):
    """One row is a person's decision that a customer belongs to a segment, whatever the figures say.

    It holds until the day of expiry. No run overwrites it; the computed segment stays visible beside it.
    """

    _name = "retail.segment.pin"
    _description = "Pinned segment"
    _order = "create_date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id, index=True
    )
    segment_id = fields.Many2one("retail.segment", required=True, ondelete="restrict")
    reason = fields.Char(required=True, help="What you know that the figures do not.")
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        copy=False,
    )
    date_end = fields.Date(string="Until", help="Last day of the pin. Empty: until somebody removes it.")
    active = fields.Boolean(default=True)

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE active",
        "This customer is already pinned to a segment: change or archive that pin instead.",
    )

    @api.constrains("date_end", "active")
    def _check_date_end(self):
        today = fields.Date.context_today(self)
        for pin in self:
            if pin.active and pin.date_end and pin.date_end < today:
                raise ValidationError(
                    self.env._("The pin would already be over: choose a day from today on.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        Partner = self.env["res.partner"]
        for vals in vals_list:
            partner = Partner.browse(vals.get("partner_id"))
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            vals.update(
                partner_id=partner.commercial_partner_id.id or partner.id,
                company_id=company.root_id.id,
                user_id=self.env.uid,
            )
        pins = super().create(vals_list)
        pins._show_on_profiles()
        return pins

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name != "user_id"}
        profiles = self._get_profiles()
        result = super().write(vals)
        (profiles | self._get_profiles())._apply_pins()
        return result

    def unlink(self):
        profiles = self._get_profiles()
        result = super().unlink()
        profiles._apply_pins()
        return result

    @api.model
    def _get_valid(self, partners, companies):
        """{(customer, company): segment} of the pins that hold today."""
        today = fields.Date.context_today(self)
        pins = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "in", companies.ids),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", today),
            ]
        )
        return {(pin.partner_id, pin.company_id): pin.segment_id for pin in pins}

    def _show_on_profiles(self):
        self._get_profiles()._apply_pins()

    def _get_profiles(self):
        """Profiles of the pinned customers; a customer who never bought has none."""
        return (
            self.env["retail.profile"]
            .sudo()
            .search([("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)])
        )
