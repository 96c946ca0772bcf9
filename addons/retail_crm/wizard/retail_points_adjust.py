from odoo import api, fields, models
from odoo.exceptions import UserError

from ..points.exact import DIGITS, to_points


class RetailPointsAdjust(models.TransientModel):
    """One row is what somebody fills in to change a customer's points, once."""

    _name = "retail.points.adjust"
    _description = "Adjust points"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        compute="_compute_from_wallet",
        store=True,
        precompute=True,
        readonly=False,
        ondelete="cascade",
    )
    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        compute="_compute_from_wallet",
        store=True,
        precompute=True,
        readonly=False,
        ondelete="cascade",
        domain="[('program_type', '=', 'loyalty'), ('applies_on', '!=', 'current')]",
    )
    wallet_id = fields.Many2one("retail.points.wallet", readonly=True, ondelete="cascade")
    direction = fields.Selection(
        [("give", "Give points"), ("take", "Take points away")], required=True, default="give"
    )
    amount = fields.Float(string="Points", digits=DIGITS)
    balance = fields.Float(string="Can spend now", digits=DIGITS, compute="_compute_balance")
    balance_after = fields.Float(string="Afterwards", digits=DIGITS, compute="_compute_balance")
    category_id = fields.Many2one("retail.points.reason", string="Kind of reason", required=True)
    reason = fields.Char(required=True)
    expires_on = fields.Date(
        string="Last day",
        compute="_compute_expires_on",
        store=True,
        readonly=False,
        help="Points given can be spent until then. Empty: as long as the customer likes.",
    )
    hint = fields.Char(compute="_compute_hint")
    is_request = fields.Boolean(compute="_compute_hint")

    @api.depends("wallet_id")
    def _compute_from_wallet(self):
        programs = self.env["loyalty.program"].search(
            [("program_type", "=", "loyalty"), ("applies_on", "!=", "current")], limit=2
        )
        for wizard in self:
            wizard.partner_id = wizard.wallet_id.partner_id or wizard.partner_id
            wizard.program_id = (
                wizard.wallet_id.program_id or wizard.program_id or (len(programs) == 1 and programs)
            )

    @api.depends("wallet_id", "partner_id", "program_id", "direction", "amount")
    def _compute_balance(self):
        for wizard in self:
            wizard.balance = wizard._find_wallet().available
            wizard.balance_after = wizard.balance + wizard._get_points()

    @api.depends("program_id", "direction")
    def _compute_expires_on(self):
        for wizard in self:
            dates = wizard.program_id._get_points_dates() if wizard.program_id else {}
            wizard.expires_on = wizard.direction == "give" and dates.get("expires_on")

    @api.depends("wallet_id", "partner_id", "program_id", "amount")
    @api.depends_context("uid")
    def _compute_hint(self):
        for wizard in self:
            wizard.is_request, wizard.hint = wizard._get_hint()

    def _get_hint(self):
        """Whether the adjustment has to be asked for, and that in words."""
        adjustments = self.env["retail.points.adjustment"]
        wallet = self._find_wallet()
        if adjustments._may_at_once(wallet, abs(to_points(self.amount))):
            _at_once, left = self.env["retail.points.allowance"]._get_left(adjustments._get_company(wallet))
            return False, self.env._(
                "Booked at once. You may change %(left)s points this month.", left=f"{float(left):,.10g}"
            )
        return True, self.env._(
            "This is more than you may change yourself: a manager or approver gets your request and answers it."
        )

    def _find_wallet(self):
        """That of the customer, empty where there is none yet."""
        if self.wallet_id or not (self.partner_id and self.program_id):
            return self.wallet_id
        return self.wallet_id.search(
            [
                ("partner_id", "=", self.partner_id._get_points_owner(self.program_id).id),
                ("program_id", "=", self.program_id.id),
            ],
            limit=1,
        )

    def _get_points(self):
        return self.amount if self.direction == "give" else -self.amount

    def action_adjust(self):
        """Change the points, or request it; pressed twice, it happens once."""
        self.ensure_one()
        adjustments = self.env["retail.points.adjustment"]
        key = f"{self._name}:{self.id}"
        known = adjustments.search([("request_key", "=", key), ("user_id", "=", self.env.uid)])
        adjustment = known or adjustments.create(self._get_values() | {"request_key": key})
        return adjustment._notify_in_browser()

    def _get_values(self):
        if self.amount <= 0:
            raise UserError(self.env._("Say how many points: a number above zero."))
        return {
            "wallet_id": self.wallet_id.id,
            "partner_id": self.partner_id.id,
            "program_id": self.program_id.id,
            "points": self._get_points(),
            "category_id": self.category_id.id,
            "reason": self.reason,
            "expires_on": self.expires_on,
        }
