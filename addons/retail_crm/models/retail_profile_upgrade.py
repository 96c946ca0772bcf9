import math

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount


class RetailProfile(models.Model):
    """Who is about to rise and what is missing, who is about to fall, and what is planned with them.

    A quick look with the marks of the last run (see ``retail.run.segment``): as others move too, amounts are rough.
    """

    _inherit = "retail.profile"

    next_segment_id = fields.Many2one(
        "retail.segment",
        string="Next segment",
        compute="_compute_next_segment",
        help="The value segment above that of the figures. None for risk customers, and while a pin holds.",
    )
    missing_value = fields.Monetary(
        string="About missing",
        compute="_compute_next_segment",
        help="A purchase today that contributes about this much lifts the value to where the next segment begins.",
    )
    is_near_upgrade = fields.Boolean(
        string="Near the next segment",
        compute="_compute_next_segment",
        search="_search_is_near_upgrade",
        help="The value is at least 80% of that from which the next segment begins.",
    )
    is_slipping = fields.Boolean(
        string="Slipping",
        compute="_compute_slipping",
        search="_search_is_slipping",
        help="Likely to stay away, or with a value at most 5% above that at which the segment ends.",
    )
    slipping_reason = fields.Text(string="Why slipping", compute="_compute_slipping")
    next_step = fields.Char(
        string="Next step",
        compute="_compute_next_step",
        help="The activity of the customer that is due next.",
    )
    next_step_date = fields.Date(string="Due", compute="_compute_next_step")
    next_step_user_id = fields.Many2one("res.users", string="Assigned to", compute="_compute_next_step")

    @api.depends("computed_segment_id", "pinned_segment_id", "value")
    def _compute_next_segment(self):
        """2 queries for any number of profiles."""
        marks = self.env["retail.run.segment"]._get_latest()
        for profile in self:
            own = marks.get((profile.company_id, profile.computed_segment_id))
            above = own and marks.get((profile.company_id, own.next_segment_id))
            can_rise = bool(above and above.entry_value > 0 and not profile.pinned_segment_id)
            profile.next_segment_id = above.segment_id if can_rise else False
            # a whole unit more than the last who got in: an equal would not pass
            profile.missing_value = math.floor(above.entry_value - profile.value) + 1 if can_rise else 0
            profile.is_near_upgrade = can_rise and profile.value >= above._get_near_value()

    @api.model
    def _search_is_near_upgrade(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        marks = self.env["retail.run.segment"]._get_latest()
        pairs = [
            (own, marks.get((company, own.next_segment_id))) for (company, _segment), own in marks.items()
        ]
        return Domain("pinned_segment_id", "=", False) & Domain.OR(
            self._in_segment_of(own) & Domain("value", ">=", above._get_near_value())
            for own, above in pairs
            if above and above.entry_value > 0
        )

    @api.depends_context("lang")
    @api.depends("computed_segment_id", "pinned_segment_id", "value", "reason_code", "purchase_days")
    def _compute_slipping(self):
        """2 queries for any number of profiles."""
        marks = self.env["retail.run.segment"]._get_latest()
        for profile in self:
            mark = marks.get((profile.company_id, profile.computed_segment_id))
            profile.slipping_reason = profile._say_slipping(mark)
            profile.is_slipping = bool(profile.slipping_reason)

    def _say_slipping(self, mark):
        """Why the customer slips in words, False when it does not."""
        if self.reason_code == "inactivity":
            return self.env["retail.reason"]._say_rhythm(self)
        if (
            not mark
            or mark.leave_value <= 0
            or self.pinned_segment_id
            or self.value >= mark._get_slip_value()
        ):
            return False
        return self.env._(
            "hardly above the value at which %(segment)s ends, about %(amount)s",
            segment=mark.segment_id.name,
            amount=format_amount(self.env, mark.leave_value, self.currency_id),
        )

    @api.model
    def _search_is_slipping(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        about_to_fall = Domain.OR(
            self._in_segment_of(mark) & Domain("value", "<", mark._get_slip_value())
            for mark in self.env["retail.run.segment"]._get_latest().values()
            if mark.leave_value > 0
        )
        return Domain("reason_code", "=", "inactivity") | (
            Domain("pinned_segment_id", "=", False) & about_to_fall
        )

    @staticmethod
    def _in_segment_of(mark):
        return Domain("company_id", "=", mark.company_id.id) & Domain(
            "computed_segment_id", "=", mark.segment_id.id
        )

    def _compute_next_step(self):
        """As on the customer; a customer kept by another branch shows none."""
        # a customer taken out of its recordset would be read alone
        readable = {partner: partner for partner in self.partner_id._filtered_access("read")}
        for profile in self:
            partner = readable.get(profile.partner_id, self.env["res.partner"])
            profile.next_step = partner.activity_summary or partner.activity_type_id.name
            profile.next_step_date = partner.activity_date_deadline
            profile.next_step_user_id = partner.activity_user_id

    def action_schedule_next_step(self):
        """Open the dialog that plans an activity with these customers."""
        self.partner_id.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Schedule next step"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": {"active_model": "res.partner", "active_ids": self.partner_id.ids},
        }
