from odoo import fields, models


class RetailStrategy(models.Model):
    """How soon customers of a strategy are answered."""

    _inherit = "retail.strategy"

    first_answer_hours = fields.Float(
        string="First answer within (hours)",
        default=24,
        help="Working hours of the company from when a customer writes to the first answer. Later ones go one step "
        "up the ladder of roles. 0: nobody watches.",
    )

    _first_answer_hours_in_range = models.Constraint(
        "CHECK(first_answer_hours BETWEEN 0 AND 1000)",
        "The first answer is due within 0 to 1000 working hours.",
    )
