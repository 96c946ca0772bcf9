from odoo import api, fields, models


class RetailAuthorityAsk(models.TransientModel):
    """A request for approval, until it is sent."""

    _name = "retail.authority.ask"
    _description = "Ask for approval"

    order_id = fields.Many2one("sale.order", required=True, readonly=True, ondelete="cascade")
    beyond = fields.Html(string="What is above the limit", compute="_compute_beyond")
    reason = fields.Char(string="Why should the customer get it?", required=True)

    @api.depends_context("uid", "lang")
    @api.depends("order_id")
    def _compute_beyond(self):
        for ask in self:
            ask.beyond = ask.order_id.retail_authority_message

    def action_ask(self):
        self.ensure_one()
        request = self.env["retail.authority.request"].create(
            {"order_id": self.order_id.id, "reason": self.reason}
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": request.sudo()._say_waiting(),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
