from odoo import fields, models

from ..points.exact import DIGITS


class RetailPointsImportTotal(models.TransientModel):
    """One row is what an import brings to a program; the value is what the points cost when redeemed."""

    _name = "retail.points.import.total"
    _description = "Total of an import of points"

    import_id = fields.Many2one("retail.points.import", required=True, ondelete="cascade", index=True)
    program_id = fields.Many2one("loyalty.program", required=True, ondelete="cascade", readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    points = fields.Float(digits=DIGITS, readonly=True)
    currency_id = fields.Many2one(related="import_id.company_id.root_id.currency_id")
    value = fields.Monetary(
        string="Worth", readonly=True, help="What the points cost when customers redeem them."
    )
