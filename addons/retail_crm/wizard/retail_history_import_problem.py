from odoo import fields, models


class RetailHistoryImportProblem(models.TransientModel):
    """One row is one cell of a file that keeps it from being imported."""

    _name = "retail.history.import.problem"
    _description = "Row to correct"
    _order = "line, id"

    import_id = fields.Many2one("retail.history.import", required=True, ondelete="cascade", index=True)
    line = fields.Integer(readonly=True)
    column = fields.Char(readonly=True)
    reason = fields.Char(readonly=True)
