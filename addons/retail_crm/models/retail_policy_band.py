from odoo import api, fields, models

from .retail_policy import check_are_numbers


class RetailPolicyBand(models.Model):
    """One row says when a customer enters and leaves a segment under one policy.

    ``kind = value``: thresholds on the value percentile, 0-100. ``kind = risk``: thresholds on the probability of
    no purchase within the horizon, 0-1; the entry threshold is raised to the mean of all repeat customers where
    that is higher, and the leave threshold moves with it.
    """

    _name = "retail.policy.band"
    _description = "Segment thresholds"
    _order = "sequence, id"

    policy_id = fields.Many2one("retail.policy", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    segment_id = fields.Many2one("retail.segment", required=True, ondelete="restrict")
    kind = fields.Selection([("risk", "Inactivity risk"), ("value", "Value")], required=True, default="value")
    enter = fields.Float(
        string="Enters at", help="Percentile of value (0-100), or probability (0-1) for a risk."
    )
    leave = fields.Float(string="Leaves below", help="Lower than the entry, so that customers do not flip.")
    meaning = fields.Text(string="In words", compute="_compute_meaning")

    _policy_segment_uniq = models.Constraint(
        "UNIQUE(policy_id, segment_id)",
        "This segment already has thresholds in the policy: edit that line instead.",
    )

    @api.depends_context("lang")
    @api.depends("kind", "enter", "leave")
    def _compute_meaning(self):
        for band in self:
            band.meaning = band._say_risk() if band.kind == "risk" else band._say_value()

    def _say_risk(self):
        return self.env._(
            "Comes in when it is %(enter)s%% likely not to buy within the horizon, or as likely as the average repeat "
            "customer where that is more; goes when it is %(distance)s points less.",
            enter=f"{self.enter * 100:g}",
            distance=f"{(self.enter - self.leave) * 100:g}",
        )

    def _say_value(self):
        if not self.enter:
            return self.env._("Everybody else who ever bought.")
        return self.env._(
            "Comes in among the best %(enter)s%% by value, and stays while among the best %(leave)s%%.",
            enter=f"{100 - self.enter:g}",
            leave=f"{100 - self.leave:g}",
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_are_numbers(self, vals)
        bands = super().create(vals_list)
        bands.policy_id._check_editable()
        bands.policy_id._note_edit()
        return bands

    def write(self, vals):
        check_are_numbers(self, vals)
        # a line may also be moved from one policy to another
        policies = self.policy_id | self.policy_id.browse(vals.get("policy_id"))
        policies._check_editable()
        result = super().write(vals)
        policies._note_edit()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies._note_edit()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.policy_id._check_editable()
