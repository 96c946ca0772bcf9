import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# sequence, segment code, kind, enter, leave: the defaults of the published method (docs/scoring)
DEFAULT_BANDS = (
    (10, "risk", "risk", 0.50, 0.35),
    (20, "strategic", "value", 90, 85),
    (30, "key", "value", 70, 65),
    (40, "transactional", "value", 0, 0),
)
HORIZONS = (4, 13, 26, 52)
HORIZON_DRIFT = 0.25
# a shorter half-life underflows the powers in SQL on a long history, a longer one means that time plays no part
HALF_LIFE_WEEKS = (1, 1040)


def check_are_numbers(model, vals):
    """Refuse infinity and not-a-number in ``vals``: they pass comparisons and break every sum after them."""
    for name, value in vals.items():
        if isinstance(value, float) and not math.isfinite(value):
            field = model._fields[name].get_description(model.env, ["string"])["string"]
            raise ValidationError(model.env._("%(field)s: please enter a number.", field=field))


class RetailPolicy(models.Model):
    """One row is a version of the rules by which a company segments its customers.

    Exactly one version per company is active. Who may still change a version stands in retail_policy_version.py,
    how it comes into use in retail_policy_cycle.py, what it changes in retail_policy_difference.py.
    """

    _name = "retail.policy"
    _inherit = ["mail.thread"]
    # approvers and staff may ask about a version; its fields have rights of their own
    _mail_post_access = "read"
    _description = "Segmentation policy"
    _order = "company_id, version desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    version = fields.Integer(readonly=True, default=1, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("trial", "Trial"),
            ("approved", "Approved"),
            ("active", "Active"),
            ("retired", "Retired"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    activated_on = fields.Date(string="Activated on", readonly=True, copy=False)
    retired_on = fields.Date(string="Retired on", readonly=True, copy=False)
    half_life_weeks = fields.Float(
        string="Half-life of value (weeks)",
        required=True,
        default=26,
        tracking=True,
        help="A purchase of this age counts half as much for the value as one of today.",
    )
    horizon_weeks = fields.Integer(
        string="Horizon (weeks)",
        copy=False,
        tracking=True,
        help="How far ahead risk and expected revenue look. 0: chosen from the rhythm of purchases at the next run.",
    )
    proposed_horizon_weeks = fields.Integer(
        string="Proposed horizon (weeks)",
        readonly=True,
        copy=False,
        help="The rhythm of purchases has changed by more than a quarter: this horizon would fit better.",
    )
    median_gap_days = fields.Float(
        string="Median gap (days)",
        readonly=True,
        copy=False,
        help="Median days between two purchase days of a customer, when the horizon was chosen.",
    )
    risk_purchase_days = fields.Integer(
        string="Purchase days before a risk",
        required=True,
        default=2,
        help="Customers with fewer purchase days are never called a risk for being inactive.",
    )
    payment_enter = fields.Float(
        string="Payment risk from",
        required=True,
        default=0.30,
        help="Share of the amounts due that was still unpaid seven days later; recent ones weigh more.",
    )
    payment_leave = fields.Float(string="Payment risk ends below", required=True, default=0.20)
    payment_overdue_amount = fields.Monetary(
        string="Overdue amount tolerated", help="Open overdue up to this amount is no payment risk."
    )
    band_ids = fields.One2many(
        "retail.policy.band",
        "policy_id",
        string="Segments",
        copy=True,
        default=lambda self: self._default_band_ids(),
    )

    _active_uniq = models.UniqueIndex(
        "(company_id) WHERE state = 'active'",
        "Another policy of this company was activated meanwhile: reload the page.",
    )
    _version_uniq = models.Constraint(
        "UNIQUE(company_id, version)", "This version of the policy already exists."
    )
    _half_life_in_range = models.Constraint(
        "CHECK(half_life_weeks BETWEEN 1 AND 1040)",
        "The half-life lies between 1 and 1040 weeks, for example 26.",
    )

    def _default_band_ids(self):
        segments = {segment.code: segment.id for segment in self.env["retail.segment"].search([])}
        return [
            fields.Command.create(
                {
                    "sequence": sequence,
                    "segment_id": segments[code],
                    "kind": kind,
                    "enter": enter,
                    "leave": leave,
                }
            )
            for sequence, code, kind, enter, leave in DEFAULT_BANDS
            if code in segments
        ]

    @api.depends("name", "version")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = self.env._(
                "%(name)s, version %(version)s", name=policy.name, version=policy.version
            )

    @api.constrains(
        "half_life_weeks",
        "horizon_weeks",
        "risk_purchase_days",
        "payment_enter",
        "payment_leave",
        "payment_overdue_amount",
    )
    def _check_numbers(self):
        shortest, longest = HALF_LIFE_WEEKS
        for policy in self:
            if not shortest <= policy.half_life_weeks <= longest:
                raise ValidationError(
                    self.env._(
                        "The half-life lies between %(shortest)s and %(longest)s weeks, for example 26.",
                        shortest=shortest,
                        longest=longest,
                    )
                )
            if not 0 <= policy.horizon_weeks <= 260:
                raise ValidationError(self.env._("The horizon lies between 0 (choose for me) and 260 weeks."))
            if policy.risk_purchase_days < 1:
                raise ValidationError(self.env._("A risk needs at least one purchase day; two are usual."))
            if not 0 <= policy.payment_leave <= policy.payment_enter <= 1:
                raise ValidationError(
                    self.env._(
                        "Payment risk must end at or below the share from which it begins, both within 0-100%."
                    )
                )
            if policy.payment_overdue_amount < 0:
                raise ValidationError(self.env._("The overdue amount tolerated cannot be negative."))

    @api.constrains("band_ids")
    def _check_bands(self):
        for policy in self:
            policy._check_risk_bands()
            policy._check_value_bands()

    def _check_risk_bands(self):
        risk = self.band_ids.filtered(lambda band: band.kind == "risk")
        if len(risk) > 1:
            raise ValidationError(
                self.env._("A policy has one line of inactivity risk at most; remove the others.")
            )
        if risk and not 0 <= risk.leave <= risk.enter <= 1:
            raise ValidationError(
                self.env._(
                    "%(segment)s: a risk is left at or below the probability at which it is entered, both within 0-1.",
                    segment=risk.segment_id.name,
                )
            )

    def _check_value_bands(self):
        bands = self._get_value_bands()
        if not bands or bands[-1].enter:
            raise ValidationError(
                self.env._(
                    "The last value segment must be entered at 0, so that every customer has a segment."
                )
            )
        for higher, lower in zip(bands, bands[1:], strict=False):
            if not 100 >= higher.enter >= higher.leave > lower.enter:
                raise ValidationError(
                    self.env._(
                        "%(higher)s: its thresholds are out of order. It is left below %(leave)s, which must not be "
                        "above its entry (%(enter)s, at most 100) and must be above the entry of %(lower)s "
                        "(%(lower_enter)s).",
                        higher=higher.segment_id.name,
                        leave=higher.leave,
                        enter=higher.enter,
                        lower=lower.segment_id.name,
                        lower_enter=lower.enter,
                    )
                )

    def action_apply_proposed_horizon(self):
        """Take over the horizon that fits the present rhythm of purchases."""
        self.check_access("write")
        for policy in self.sudo().filtered("proposed_horizon_weeks"):
            policy.write({"horizon_weeks": policy.proposed_horizon_weeks, "proposed_horizon_weeks": 0})

    @api.model
    def _get_active(self, company):
        return self.search([("company_id", "=", company.root_id.id), ("state", "=", "active")])

    def _get_value_bands(self):
        return self.band_ids.filtered(lambda band: band.kind == "value").sorted()

    def _get_risk_band(self):
        return self.band_ids.filtered(lambda band: band.kind == "risk")

    @api.model
    def _create_default(self, companies):
        """Give each company without a policy an active copy of the standard one that came with the addon."""
        standard = self.env.ref("retail_crm.policy_standard", raise_if_not_found=False)
        for company in companies if standard else []:
            if not self.search_count([("company_id", "=", company.id)], limit=1):
                standard.copy({"company_id": company.id})._activate()

    def _fit_horizon(self, median_gap_days, keep=True):
        """The horizon in weeks, chosen from the rhythm of purchases where the policy has none yet.

        Once kept it stays; when the rhythm has moved by more than a quarter since, another one is proposed.

        :param median_gap_days: median days between two purchase days of a customer; None without repeat purchases
        :param keep: whether there are customers enough to keep the choice
        """
        self.ensure_one()
        fitting = HORIZONS[-1]
        if median_gap_days:
            fitting = next((weeks for weeks in HORIZONS if weeks * 7 >= 3 * median_gap_days), fitting)
        if not self.horizon_weeks:
            if keep and median_gap_days:
                self.write({"horizon_weeks": fitting, "median_gap_days": median_gap_days})
            return fitting
        if (
            median_gap_days
            and abs(median_gap_days - self.median_gap_days) > HORIZON_DRIFT * self.median_gap_days
        ):
            self.proposed_horizon_weeks = fitting if fitting != self.horizon_weeks else 0
        return self.horizon_weeks
