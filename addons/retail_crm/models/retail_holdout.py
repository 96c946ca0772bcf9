from odoo import fields, models


class RetailHoldout(models.Model):
    """One row is the lot of a customer under a strategy: treated, or left alone so that an effect can be shown.

    Drawn at random when the strategy first has something to do for the customer, by the share it then held out, and
    never drawn again. While the strategy holds out nobody, lots are neither drawn nor heeded.
    """

    _name = "retail.holdout"
    _description = "Hold-out"
    _order = "drawn_on desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    strategy_id = fields.Many2one(
        "retail.strategy", required=True, readonly=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    is_held_out = fields.Boolean(string="Left alone", readonly=True)
    share = fields.Float(
        string="Share (%)", readonly=True, aggregator=None, help="Held out when the lot was drawn, 0-100."
    )
    drawn_on = fields.Date(readonly=True)

    # a constraint, because the merge wizard does not look at unique indexes
    _partner_strategy_uniq = models.Constraint("UNIQUE(partner_id, strategy_id, company_id)")
