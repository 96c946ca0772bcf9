from odoo import fields, models


class RetailPointsImportProblem(models.TransientModel):
    """One row is one cell of a file of points that keeps it from being imported."""

    _name = "retail.points.import.problem"
    _description = "Row of points to correct"
    _inherit = ["retail.history.import.problem"]

    import_id = fields.Many2one("retail.points.import")
