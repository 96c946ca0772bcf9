from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class RetailPointsWallet(models.Model):
    """Managers block a wallet, for example while they look into a suspicion; who, when and why is logged in it."""

    _name = "retail.points.wallet"
    _inherit = ["retail.points.wallet", "mail.thread"]

    block_reason = fields.Char(string="Blocked because", readonly=True)

    def action_block(self):
        """Ask for the reason, of a block or of its end."""
        self.ensure_one()
        self._check_may_block()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Unblock the wallet") if self.is_blocked else self.env._("Block the wallet"),
            "res_model": "retail.points.block",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_wallet_id": self.id},
        }

    def _block(self, is_blocked, reason):
        """Block or unblock, and note it with the reason (2 queries).

        :raise UserError: no reason, not a manager, or the wallet is closed
        """
        self._check_may_block()
        self.check_access("read")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why, so that others understand it later."))
        for wallet in self.sudo():
            if not wallet.active:
                raise UserError(self.env._("The wallet %(wallet)s is closed.", wallet=wallet.display_name))
            if bool(wallet.is_blocked) == is_blocked:
                continue
            wallet.write({"is_blocked": is_blocked, "block_reason": reason if is_blocked else False})
            words = (
                self.env._("Blocked: %(reason)s", reason=reason)
                if is_blocked
                else self.env._("Unblocked: %(reason)s", reason=reason)
            )
            wallet.message_post(body=words)
            if not is_blocked:
                wallet._book_meanwhile()

    def _book_meanwhile(self):
        """What was paid or delivered of earlier orders while the wallet was blocked."""
        cards = self.with_context(active_test=False).card_ids
        entries = self.env["sale.order.coupon.points"].search([("coupon_id", "in", cards.ids)])
        entries.order_id.filtered(lambda order: order.state == "sale")._book_points()

    def _check_may_block(self):
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("Managers block and unblock wallets: ask one of them."))
