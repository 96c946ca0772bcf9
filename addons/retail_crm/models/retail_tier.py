import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import date_utils, format_amount, formatLang

MEASURED = ("points", "spend")
CALENDAR = ("year", "quarter")


class RetailTier(models.Model):
    """One row is a step of the ladder of a loyalty program: how customers come on it, and what it brings them.

    The figure that ``threshold`` is compared with is in points or in the currency of the company, over the window that
    ends with the day looked at. Who holds a tier keeps it until the end of its validity, and of the days of grace
    after it, whatever the figure does meanwhile.
    """

    _name = "retail.tier"
    _description = "Tier"
    _order = "program_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(
        default=True, help="Members of an archived tier move to the one they qualify for, the next night."
    )
    sequence = fields.Integer(string="Level", default=10, required=True, help="The higher, the better.")
    program_id = fields.Many2one(
        "loyalty.program",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('program_type', '=', 'loyalty')]",
    )
    company_id = fields.Many2one(related="program_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    color = fields.Char(string="Colour", required=True, default="#8C8C8C")
    emblem = fields.Selection(
        [
            ("star", "Star"),
            ("trophy", "Cup"),
            ("diamond", "Diamond"),
            ("heart", "Heart"),
            ("leaf", "Leaf"),
            ("certificate", "Seal"),
        ],
        required=True,
        default="star",
    )
    qualification = fields.Selection(
        [
            ("points", "Points earned"),
            ("spend", "Money spent"),
            ("segment", "Segment"),
            ("invitation", "Invitation only"),
        ],
        string="Reached by",
        required=True,
        default="points",
        help="Money spent is net of tax and returns. What is given back lowers points and money of the day it was"
        " bought. Any tier may be given by invitation as well.",
    )
    threshold = fields.Float(
        digits=(16, 2),
        help="Points, or money in the currency of the company. 0: every member.",
    )
    segment_ids = fields.Many2many("retail.segment", string="Segments")
    window = fields.Selection(
        [("rolling", "The last days"), ("year", "The calendar year"), ("quarter", "The calendar quarter")],
        string="Counted over",
        required=True,
        default="rolling",
    )
    window_days = fields.Integer(string="Days counted", default=365)
    validity = fields.Selection(
        [
            ("days", "A number of days"),
            ("window", "Until the year or quarter ends"),
            ("next_window", "Until the next year or quarter ends"),
        ],
        string="Kept for",
        required=True,
        default="days",
        help="Who qualifies again meanwhile, or on the last day, keeps the tier for another time.",
    )
    validity_days = fields.Integer(string="Days kept", default=365)
    grace_days = fields.Integer(
        string="Days of grace",
        help="For this long after the end the customer keeps the tier and may still requalify.",
    )
    points_multiplier = fields.Float(
        string="Points multiplier",
        required=True,
        default=1,
        help="Points earned in this program are multiplied by it, on top of the multiplier of the strategy.",
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price list",
        check_company=True,
        help="Proposed on new orders of members who have no price list of their own, rather than that of the strategy.",
    )
    benefit_ids = fields.One2many("retail.tier.benefit", "tier_id", string="Benefits")
    member_count = fields.Integer(string="Members", compute="_compute_member_count")
    rule_text = fields.Char(string="Rule", compute="_compute_rule_text")
    keeping_text = fields.Char(string="How long it is kept", compute="_compute_rule_text")
    ladder_ids = fields.One2many(related="program_id.retail_tier_ids", string="Ladder")

    _numbers_in_range = models.Constraint(
        "CHECK(threshold >= 0 AND window_days > 0 AND validity_days > 0 AND grace_days >= 0 AND points_multiplier > 0)",
        "Thresholds and days of grace cannot be negative; other days and the multiplier must be more than nothing.",
    )

    @api.depends("program_id")
    def _compute_currency_id(self):
        for tier in self:
            tier.currency_id = tier.program_id._get_tier_company().currency_id

    def _compute_member_count(self):
        counts = dict(
            self.env["retail.tier.membership"]._read_group(
                [("tier_id", "in", self.ids), ("until", "=", False)], ["tier_id"], ["__count"]
            )
        )
        for tier in self:
            tier.member_count = counts.get(tier, 0)

    @api.depends(
        "qualification",
        "threshold",
        "segment_ids",
        "window",
        "window_days",
        "validity",
        "validity_days",
        "grace_days",
    )
    @api.depends_context("lang")
    def _compute_rule_text(self):
        """The rules as one would tell them to a customer."""
        for tier in self:
            tier.rule_text = tier._say_rule()
            tier.keeping_text = tier._say_keeping() if tier.qualification != "invitation" else False

    def _say_rule(self):
        if self.qualification == "invitation":
            return self.env._("By invitation only")
        if self.qualification == "segment":
            names = ", ".join(self.segment_ids.mapped("name"))
            return self.env._("Customers of the segments %(names)s", names=names)
        if not self.threshold:
            return self.env._("Every member")
        return self.env._(
            "%(amount)s %(window)s", amount=self._say_amount(self.threshold), window=self._say_window()
        )

    def _say_amount(self, amount):
        """``amount`` of what the tier is reached by, in the reader's way of writing it."""
        if self.qualification == "spend":
            return format_amount(self.env, amount, self.currency_id)
        number = formatLang(self.env, amount, digits=0 if float(amount).is_integer() else 2)
        points = self.program_id.portal_point_name or self.env._("points")
        return self.env._("%(amount)s %(points)s", amount=number, points=points)

    def _say_window(self):
        if self.window == "year":
            return self.env._("in a calendar year")
        if self.window == "quarter":
            return self.env._("in a calendar quarter")
        return self.env._("in %(days)s days", days=self.window_days)

    def _say_keeping(self):
        words = {
            "days": self.env._("for %(days)s days", days=self.validity_days),
            "window": self.env._("until the year ends")
            if self.window == "year"
            else self.env._("until the quarter ends"),
            "next_window": self.env._("until the next year ends")
            if self.window == "year"
            else self.env._("until the next quarter ends"),
        }
        if not self.grace_days:
            return words[self.validity]
        return self.env._(
            "%(time)s, and %(days)s days of grace", time=words[self.validity], days=self.grace_days
        )

    @api.constrains("color")
    def _check_color(self):
        for tier in self:
            if not re.fullmatch(r"#[0-9A-Fa-f]{6}", tier.color):
                raise ValidationError(self.env._("Choose a colour like #C0C0C0."))

    @api.constrains("qualification", "segment_ids")
    def _check_segments(self):
        for tier in self:
            if tier.qualification == "segment" and not tier.segment_ids:
                raise ValidationError(
                    self.env._(
                        "Choose the segments whose customers are in the tier %(tier)s.", tier=tier.name
                    )
                )

    @api.constrains("validity", "window", "qualification")
    def _check_validity(self):
        for tier in self:
            if tier.validity != "days" and tier.window == "rolling":
                raise ValidationError(
                    self.env._(
                        "%(tier)s counts the last days, so there is no year or quarter that could end: under Kept for"
                        " choose a number of days, or count over a calendar year or quarter.",
                        tier=tier.name,
                    )
                )

    @api.constrains("points_multiplier", "pricelist_id")
    def _check_benefits(self):
        self.benefit_ids._check_effect()

    @api.constrains("program_id")
    def _check_program(self):
        for tier in self:
            if not tier.program_id._keeps_ledger():
                raise ValidationError(self.env._("Only loyalty programs that collect points have tiers."))

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        self.env.registry.clear_cache()
        return tiers

    def write(self, vals):
        if "program_id" in vals and self.filtered(lambda tier: tier.program_id.id != vals["program_id"]):
            self._check_nobody_was_in()
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _check_nobody_was_in(self):
        if self.env["retail.tier.membership"].search_count([("tier_id", "in", self.ids)], limit=1):
            raise ValidationError(self.env._("Customers are or were in this tier: archive it."))

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def action_open_members(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_tier_standing_action")
        return {
            **action,
            "name": self.env._("Members of %(tier)s", tier=self.name),
            "domain": [("tier_id", "=", self.id)],
            "context": {},
        }

    # ------------------------------------------------------------------ dates

    def _get_window_start(self, day):
        """First day of what counts on ``day``."""
        self.ensure_one()
        if self.window in CALENDAR:
            return date_utils.start_of(day, self.window)
        return date_utils.subtract(day, days=self.window_days - 1)

    def _get_valid_until(self, day):
        """Last day of the validity for who qualifies on ``day``."""
        self.ensure_one()
        if self.validity == "days":
            return date_utils.add(day, days=self.validity_days)
        end = date_utils.end_of(day, self.window)
        if self.validity == "next_window":
            end = date_utils.end_of(date_utils.add(end, days=1), self.window)
        return end

    def _get_threshold(self):
        """What the figure must reach; the figure of a segment is 1 for who is in it."""
        return 1 if self.qualification == "segment" else self.threshold

    def _apply_pricelist(self, orders):
        """Propose the price list to orders of companies that may use it, where shops use price lists at all."""
        if self.pricelist_id.active and self.env["res.groups"]._is_feature_enabled(
            "product.group_product_pricelist"
        ):
            for order in orders:
                if self.pricelist_id.filtered_domain(
                    self.pricelist_id._check_company_domain(order.company_id)
                ):
                    order.pricelist_id = self.pricelist_id

    @api.model
    @tools.ormcache()
    def _get_effects(self):
        """``{tier id: (program id, multiplier, price list id)}`` of tiers that have such an effect.

        Kept by the registry, so that orders ask no query for it.
        """
        tiers = self.sudo().with_context(active_test=False)
        return {
            tier.id: (tier.program_id.id, tier.points_multiplier, tier.pricelist_id.id)
            for tier in tiers.search(["|", ("points_multiplier", "!=", 1), ("pricelist_id", "!=", False)])
        }
