from odoo import fields, models


class RetailTrialLabel(models.Model):
    """One row is the segment of a customer under both policies on the day a trial has replayed last.

    The next day remembers it, and so does a trial that goes on after its process was killed. Rows disappear with the
    end of the trial.
    """

    _name = "retail.trial.label"
    _description = "Memory of a trial"
    _log_access = False

    # plain numbers: as many rows as customers, written anew for every month
    trial_id = fields.Integer(required=True)
    partner_id = fields.Integer(required=True)
    active_segment_id = fields.Integer()
    active_before_id = fields.Integer(help="Segment on the day before that one.")
    active_payment_high = fields.Boolean()
    draft_segment_id = fields.Integer()
    draft_before_id = fields.Integer()
    draft_payment_high = fields.Boolean()

    _trial_idx = models.Index("(trial_id)")
