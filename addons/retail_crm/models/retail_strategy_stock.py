from odoo import api, fields, models

# place in the queue for scarce stock, by code of the segment: the higher the earlier, 0 is where everybody stands
STANDARD_RANKS = {"strategic": 20, "key": 10, "transactional": 0, "risk": -10}
GROWING_SEGMENTS = ("strategic", "key")


class RetailStrategy(models.Model):
    _inherit = "retail.strategy"

    reservation_rank = fields.Integer(
        string="Place when stock is short",
        compute="_compute_reservation_rank",
        store=True,
        readonly=False,
        precompute=True,
        help="Among deliveries of the same urgency, those with the higher number get scarce stock first. 0: like "
        "customers without a strategy; below 0: after them.",
    )
    wants_growth = fields.Boolean(
        string="Grow",
        compute="_compute_wants_growth",
        store=True,
        readonly=False,
        precompute=True,
        help="Demand of these customers is shown to purchasing before that of the others.",
    )

    @api.depends("segment_id")
    def _compute_reservation_rank(self):
        for strategy in self:
            strategy.reservation_rank = STANDARD_RANKS.get(strategy.segment_id.code, 0)

    @api.depends("segment_id")
    def _compute_wants_growth(self):
        for strategy in self:
            strategy.wants_growth = strategy.segment_id.code in GROWING_SEGMENTS

    def _apply_service_class(self, picking_vals):
        """Freeze how the customer is served on a transfer that is made: later changes of segment leave the queue
        and the delivery figures as they were. Of several customers on one transfer the best served one counts."""
        if (
            not picking_vals.get("retail_frozen_strategy_id")
            or self.reservation_rank > picking_vals["retail_rank"]
        ):
            picking_vals["retail_frozen_strategy_id"] = self.id
            picking_vals["retail_frozen_segment_id"] = self.segment_id.id
            picking_vals["retail_rank"] = self.reservation_rank
