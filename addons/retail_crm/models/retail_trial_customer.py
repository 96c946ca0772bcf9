from odoo import api, fields, models

PERCENTILE = {"digits": (4, 1), "aggregator": None}
RISK = {"digits": (3, 2), "aggregator": None}


class RetailTrialCustomer(models.Model):
    """One row is a customer on the last day of a trial, under the policy on trial and under the active one.

    Values in company currency, percentiles 0-100, probabilities 0-1.
    """

    _name = "retail.trial.customer"
    _description = "Customer under a policy on trial"
    _order = "draft_value desc, id"
    _rec_name = "partner_id"
    _log_access = False

    trial_id = fields.Many2one("retail.trial", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="trial_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade", index=True
    )
    active_segment_id = fields.Many2one("retail.segment", string="Today's policy", readonly=True)
    draft_segment_id = fields.Many2one("retail.segment", string="On trial", readonly=True)
    is_moved = fields.Boolean(string="Would move", readonly=True)
    active_value = fields.Monetary(string="Value, today's policy", readonly=True)
    draft_value = fields.Monetary(string="Value, on trial", readonly=True)
    active_percentile = fields.Float(string="Percentile, today's policy", readonly=True, **PERCENTILE)
    draft_percentile = fields.Float(string="Percentile, on trial", readonly=True, **PERCENTILE)
    active_risk = fields.Float(string="Likely to stay away, today's policy", readonly=True, **RISK)
    draft_risk = fields.Float(string="Likely to stay away, on trial", readonly=True, **RISK)
    active_reason_code = fields.Char(readonly=True)
    draft_reason_code = fields.Char(readonly=True)
    reason = fields.Char(string="Why", compute="_compute_reason")

    _trial_segments_idx = models.Index("(trial_id, active_segment_id, draft_segment_id)")

    @api.depends_context("lang")
    @api.depends("active_segment_id", "draft_segment_id")
    def _compute_reason(self):
        for customer in self:
            customer.reason = customer._say_why()

    def _say_why(self):
        """What put the customer into the segments of the two sides."""
        if {self.active_reason_code, self.draft_reason_code} == {"value"}:
            return self.env._(
                "more value than %(active)s%% of the customers today, than %(draft)s%% on trial",
                active=f"{self.active_percentile:g}",
                draft=f"{self.draft_percentile:g}",
            )
        return self.env._(
            "today: %(active)s; on trial: %(draft)s",
            active=self._say_why_on("active"),
            draft=self._say_why_on("draft"),
        )

    def _say_why_on(self, side):
        if self[f"{side}_reason_code"] == "payment":
            return self.env._("pays late")
        if self[f"{side}_reason_code"] == "inactivity":
            return self.env._("%(risk)s%% likely to stay away", risk=round(self[f"{side}_risk"] * 100))
        return self.env._(
            "more value than %(percentile)s%% of the customers", percentile=f"{self[f'{side}_percentile']:g}"
        )

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }
