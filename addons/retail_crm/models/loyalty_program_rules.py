from odoo import api, fields, models
from odoo.exceptions import AccessError

from .loyalty_program import MEMBERS

# Points for what the shop really earned: without tax, when the money is there, more for those who matter.
RECOMMENDED_RULES = {
    "retail_base": "untaxed",
    "retail_is_before_discounts": False,
    "retail_uses_multiplier": True,
    "retail_earned_at": "payment",
    "retail_pending_days": 0,
    "retail_reservation_hours": 24,
}
# What customers were promised is not shortened by a click: new programs only.
RECOMMENDED_EXPIRY = {"retail_expiry": "rolling", "retail_expiry_days": 730}


class LoyaltyProgram(models.Model):
    """The rules we recommend: as a template for new programs, and for programs that keep Odoo's."""

    _inherit = "loyalty.program"

    retail_uses_recommended_rules = fields.Boolean(
        compute="_compute_retail_uses_recommended_rules", groups=MEMBERS
    )

    @api.depends(*RECOMMENDED_RULES)
    def _compute_retail_uses_recommended_rules(self):
        for program in self:
            program.retail_uses_recommended_rules = all(
                program[name] == value for name, value in RECOMMENDED_RULES.items()
            )

    @api.model
    def get_program_templates(self):
        templates = super().get_program_templates()
        if self.env.context.get("menu_type") == "gift_ewallet":
            return templates
        ours = {
            "title": self.env._("Loyalty with a points ledger"),
            "description": self.env._("Points on what was paid without tax, more for customers who matter"),
            "icon": "loyalty_cards",
        }
        return {"retail_ledger": ours, **templates}

    @api.model
    def _get_template_values(self):
        values = super()._get_template_values()
        values["retail_ledger"] = {
            **values["loyalty"],
            "name": self.env._("Loyalty Club"),
            **RECOMMENDED_RULES,
            **RECOMMENDED_EXPIRY,
        }
        return values

    def action_use_recommended_rules(self):
        """For orders from now on; confirmed ones keep the rules they were confirmed with.

        :raise AccessError: the user is no manager
        """
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Managers decide how points are earned: ask one of them."))
        self.filtered(lambda program: program._keeps_ledger()).write(RECOMMENDED_RULES)
