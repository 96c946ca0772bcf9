from itertools import cycle

from odoo import api, fields, models
from odoo.exceptions import UserError

ACTION_LIMIT = 500


class RetailActionHandover(models.TransientModel):
    """Chosen actions go to one or more colleagues, with a word for them; whose customers they are stays as it is."""

    _name = "retail.action.handover"
    _description = "Handing over of actions"

    action_ids = fields.Many2many("retail.action", required=True, default=lambda self: self._get_chosen())
    action_count = fields.Integer(string="Actions", compute="_compute_action_count")
    user_ids = fields.Many2many(
        "res.users",
        string="To",
        domain=lambda self: [
            ("share", "=", False),
            ("all_group_ids", "in", self.env.ref("retail_crm.group_user").ids),
        ],
        help="Several people get the same number each, as far as it goes.",
    )
    note = fields.Text(string="What should they know?")

    @api.depends("action_ids")
    def _compute_action_count(self):
        for handover in self:
            handover.action_count = len(handover.action_ids)

    @api.model
    def _get_chosen(self):
        return self.env["retail.action"].browse(self.env.context.get("active_ids", [])).exists()

    def action_hand_over(self):
        """Deal the actions out in their order, so that what is urgent is spread as well."""
        self.ensure_one()
        # ids come from the client
        actions = self.action_ids.sudo(False).search([("id", "in", self.action_ids.ids)])
        actions.check_access("write")
        if not self.user_ids:
            raise UserError(self.env._("Choose who goes on with it."))
        if len(actions) > ACTION_LIMIT:
            raise UserError(self.env._("Choose at most %(limit)s actions at once.", limit=ACTION_LIMIT))
        shares = {user: actions.browse() for user in self.user_ids}
        for action, user in zip(actions, cycle(self.user_ids), strict=False):
            shares[user] |= action
        for user, share in shares.items():
            share._hand_over(user, (self.note or "").strip())
        return {"type": "ir.actions.act_window_close"}
