from odoo import api, fields, models
from odoo.exceptions import AccessError


class RetailTierInvitation(models.TransientModel):
    """A manager gives a customer a tier that the customer need not reach."""

    _name = "retail.tier.invitation"
    _description = "Invitation to a tier"

    wallet_id = fields.Many2one("retail.points.wallet", required=True, readonly=True)
    program_id = fields.Many2one(related="wallet_id.program_id")
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Customer")
    current_tier_id = fields.Many2one(related="wallet_id.tier_id", string="Tier now")
    tier_id = fields.Many2one(
        "retail.tier", string="Invite to", required=True, domain="[('program_id', '=', program_id)]"
    )
    last_day = fields.Date(
        string="Last day",
        compute="_compute_last_day",
        store=True,
        readonly=False,
        help="Empty: until a manager withdraws the invitation.",
    )
    reason = fields.Char(required=True, help="Why this customer, for those who look at it later.")

    @api.constrains("wallet_id", "tier_id")
    def _check_readable(self):
        """Ids come from the client; constraints and related fields are computed as the superuser."""
        self.sudo(False).wallet_id.check_access("read")
        self.sudo(False).tier_id.check_access("read")

    @api.depends("tier_id")
    def _compute_last_day(self):
        """As long as who reaches the tier keeps it."""
        for invitation in self:
            tier = invitation.tier_id
            invitation.last_day = tier and tier._get_valid_until(tier.program_id._get_tier_today())

    def action_invite(self):
        """Give the tier at once."""
        self.ensure_one()
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Managers invite customers to tiers: ask one of them."))
        self._check_readable()
        self.env["retail.tier.membership"].sudo()._invite(
            self.wallet_id.sudo(), self.tier_id.sudo(), self.last_day, self.reason
        )
        return {"type": "ir.actions.act_window_close"}
