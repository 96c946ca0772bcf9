from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class RetailProfileChange(models.Model):
    """One row is a customer's move from one effective segment to another. Written by runs and pins, never edited."""

    _name = "retail.profile.change"
    _description = "Segment movement"
    _order = "day desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    # the merge of customers moves these rows, so they point to the customer and not to the profile
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date(required=True, readonly=True)
    from_segment_id = fields.Many2one("retail.segment", string="From", readonly=True, ondelete="restrict")
    to_segment_id = fields.Many2one("retail.segment", string="To", readonly=True, ondelete="restrict")
    cause = fields.Selection([("run", "Figures"), ("pin", "Pin")], required=True, readonly=True)
    reason_code = fields.Char(string="Decided by", readonly=True)
    value = fields.Monetary(readonly=True, help="Value of the customer at that moment.")
    value_percentile = fields.Float(string="Percentile", readonly=True, digits=(4, 1), aggregator=None)
    inactivity_risk = fields.Float(string="Inactivity risk", readonly=True, digits=(3, 2), aggregator=None)
    run_id = fields.Many2one("retail.run", readonly=True, ondelete="set null", index="btree_not_null")
    policy_version = fields.Integer(
        related="run_id.policy_version",
        string="Policy version",
        help="The rules by which the figures decided.",
    )
    user_id = fields.Many2one("res.users", string="Pinned by", readonly=True, ondelete="set null")

    # of a customer; and of everybody in the order in which one looks back, without sorting
    _partner_day_idx = models.Index("(partner_id, company_id, day, id) INCLUDE (from_segment_id)")
    _company_day_idx = models.Index("(company_id, day)")

    def action_open_partner(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "views": [(False, "form")],
        }

    @api.model
    def _log_pin(self, profile, previous):
        """Note that a person moved ``profile`` away from the segment ``previous``."""
        return self.create(
            {
                "partner_id": profile.partner_id.id,
                "company_id": profile.company_id.id,
                "day": self.env["retail.run"]._today(profile.company_id.sudo()),
                "from_segment_id": previous.id,
                "to_segment_id": profile.segment_id.id,
                "cause": "pin",
                "reason_code": profile.reason_code,
                "value": profile.value,
                "value_percentile": profile.value_percentile,
                "inactivity_risk": profile.inactivity_risk,
                "user_id": self.env.uid,
            }
        )

    @api.model
    def _sql_past_segments(self, day) -> SQL:
        """Rows (partner_id, company_id, segment_id): the segment at the end of ``day`` of those who have moved since.

        Everybody else was then where they are today. Looking back from today costs what happened since that day, not
        all that ever happened; it is the segment to which the last movement up to that day led. NULL: none yet.
        Movements that the reader may read.
        """
        later = self._search(Domain("day", ">", day)).select(
            "partner_id", "company_id", "day", "id", "from_segment_id"
        )
        return SQL(
            """SELECT DISTINCT ON (partner_id, company_id) partner_id, company_id, from_segment_id AS segment_id
                 FROM (%s) later ORDER BY partner_id, company_id, day, id""",
            later,
        )
