from odoo import fields, models

from .retail_profile import ROLES_READING_PROFILES


class ResCompany(models.Model):
    """What makes an old customer and a long-term relationship, and the margin that orders keep."""

    _inherit = "res.company"

    retail_old_customer_days = fields.Integer(
        string="Old customers after (days)",
        default=365,
        help="Who first bought this many days ago, or longer, is an old customer.",
        groups=f"{ROLES_READING_PROFILES},base.group_system",
    )
    retail_long_term_purchases = fields.Integer(
        string="Long-term from (purchase days)",
        default=3,
        help="Who bought on this many days, or more, has a long-term relationship with the shop.",
        groups=f"{ROLES_READING_PROFILES},base.group_system",
    )
    retail_has_margin_floor = fields.Boolean(
        string="Margin floor",
        help="Orders that bring less are confirmed by managers only.",
        groups=f"{ROLES_READING_PROFILES},base.group_system",
    )
    retail_margin_floor = fields.Float(
        string="Margin floor (%)",
        help="Share of what the customer pays, without tax, that is left after the cost of the goods.",
        groups=f"{ROLES_READING_PROFILES},base.group_system",
    )

    _retail_terms_in_range = models.Constraint(
        "CHECK(retail_old_customer_days > 0 AND retail_long_term_purchases > 0"
        " AND retail_margin_floor >= -100 AND retail_margin_floor < 100)",
        "Old and long-term customers need one day at least; the margin floor is below 100 %.",
    )
