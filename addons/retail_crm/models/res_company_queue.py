from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    retail_queue_order = fields.Selection(
        [("due", "What is due first"), ("value", "Most value at stake")],
        string="Order of My day",
        required=True,
        default="due",
        groups="base.group_user",
        help="In which order staff see their actions. A manager sets it on the page Team.",
    )
