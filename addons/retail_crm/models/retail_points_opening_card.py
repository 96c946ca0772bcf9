from odoo import fields, models


class RetailPointsOpeningCard(models.Model):
    """One row is a card that was taken over otherwise than with its balance into a wallet of its own."""

    _name = "retail.points.opening.card"
    _description = "Card to look at after the opening of the points ledger"
    _order = "what, id"
    _log_access = False
    _rec_name = "card_id"

    report_id = fields.Many2one(
        "retail.points.opening.report", required=True, readonly=True, index=True, ondelete="cascade"
    )
    card_id = fields.Many2one("loyalty.card", readonly=True, ondelete="cascade", index=True)
    wallet_id = fields.Many2one("retail.points.wallet", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(related="card_id.partner_id", string="Customer")
    what = fields.Selection(
        [
            ("strange", "Impossible balance, counted as nothing"),
            ("debt", "Balance below zero, now a debt"),
            ("duplicate", "Second card of a customer, archived"),
        ],
        string="What was done",
        required=True,
        readonly=True,
    )
    balance = fields.Char(string="Balance before", readonly=True, help="As it stood on the card.")
