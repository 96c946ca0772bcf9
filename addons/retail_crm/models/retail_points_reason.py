from odoo import fields, models


class RetailPointsReason(models.Model):
    """One row is a kind of reason for changing points by hand, so that adjustments can be counted by it."""

    _name = "retail.points.reason"
    _description = "Reason for an adjustment of points"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=50)
    active = fields.Boolean(default=True)
