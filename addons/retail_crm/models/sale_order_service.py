from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    retail_service_note = fields.Char(
        string="Place in the queue",
        compute="_compute_retail_service_note",
        compute_sudo=True,
        groups="base.group_user",
        help="Why its deliveries were served first, or why they wait.",
    )

    @api.depends("picking_ids.move_ids.state", "picking_ids.move_ids.quantity", "picking_ids.priority")
    @api.depends_context("lang", "tz")
    def _compute_retail_service_note(self):
        for order in self:
            notes = order.picking_ids.mapped("retail_service_note")
            order.retail_service_note = " ".join(dict.fromkeys(note for note in notes if note))
