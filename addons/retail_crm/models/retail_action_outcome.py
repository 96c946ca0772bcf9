from odoo import fields, models


class RetailActionOutcome(models.Model):
    """One row is a way in which an action with a customer may end, as staff log it. Shared by all companies."""

    _name = "retail.action.outcome"
    _description = "Outcome of an action"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Short and never changed: reports are grouped by it.")
    sequence = fields.Integer(default=10)
    is_success = fields.Boolean(
        string="Counts as success", help="The customer was reached and the aim of the action was met."
    )
    asks_next_date = fields.Boolean(
        string="Asks for the next date", help="Whoever logs it says when to try again."
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE(code)", "There is an outcome with this code already: edit that one."
    )
