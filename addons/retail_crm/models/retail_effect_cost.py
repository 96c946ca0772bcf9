from odoo import fields, models


class RetailActionRule(models.Model):
    """What one action of a rule costs, so that what it brings can be set against it."""

    _inherit = "retail.action.rule"

    currency_id = fields.Many2one(related="company_id.currency_id")
    cost = fields.Monetary(
        string="Costs (each)",
        help="What one such action costs the shop: time, postage, a gift. What of it stands on the customer's orders, "
        "as discounts do, is counted there. 0: not known.",
    )

    _cost_not_negative = models.Constraint("CHECK(cost >= 0)", "An action cannot cost less than nothing.")
