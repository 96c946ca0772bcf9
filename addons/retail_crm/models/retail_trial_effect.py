from odoo import fields, models


class RetailTrialEffect(models.Model):
    """One row estimates, for a segment and store, what the strategies' terms would have done to the sales replayed.

    Compared are the customers' segments on trial with those of the active policy, each with its strategy's terms of
    today. Company currency; positive: the shop would have had more. See ``trial/terms.py``.
    """

    _name = "retail.trial.effect"
    _description = "Estimated effect of terms in a trial"
    _order = "trial_id, segment_id, store_id"
    _log_access = False

    trial_id = fields.Many2one("retail.trial", required=True, readonly=True, ondelete="cascade", index=True)
    currency_id = fields.Many2one(related="trial_id.currency_id")
    month_start = fields.Date(string="Month after", readonly=True, help="The month begins after this day.")
    segment_id = fields.Many2one(
        "retail.segment", string="Segment on trial", readonly=True, ondelete="cascade"
    )
    store_id = fields.Many2one("retail.store", readonly=True, ondelete="set null")
    revenue = fields.Monetary(readonly=True, help="Revenue of the segment's customers.")
    price_effect = fields.Monetary(string="Price lists", readonly=True)
    discount_effect = fields.Monetary(string="Discount ceilings", readonly=True)
    points_effect = fields.Monetary(string="Points", readonly=True)
    total_effect = fields.Monetary(string="Estimated effect", readonly=True)
