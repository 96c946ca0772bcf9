from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import date_utils

MEMBERS = "base.group_user"


class LoyaltyProgram(models.Model):
    """Options of loyalty programs whose points are in the ledger; their defaults are what Odoo does without us."""

    _inherit = "loyalty.program"

    retail_wallet_ids = fields.One2many(
        "retail.points.wallet", "program_id", string="Wallets", groups=MEMBERS
    )
    retail_base = fields.Selection(
        [("taxed", "Prices with tax"), ("untaxed", "Prices without tax")],
        string="Points are earned on",
        required=True,
        default="taxed",
        groups=MEMBERS,
    )
    retail_is_before_discounts = fields.Boolean(
        string="Before discounts",
        groups=MEMBERS,
        help="Discounts and rewards do not lower what is earned.",
    )
    retail_rounding = fields.Selection(
        [
            ("cents", "Down to hundredths"),
            ("down", "Down to whole points"),
            ("half_up", "To the nearest whole point"),
        ],
        string="Rounding",
        required=True,
        default="cents",
        groups=MEMBERS,
    )
    retail_uses_multiplier = fields.Boolean(
        string="Multiplier of the strategy",
        groups=MEMBERS,
        help="Points are multiplied as the strategy for the customer's segment says.",
    )
    retail_earned_at = fields.Selection(
        [("confirmation", "Confirmation"), ("delivery", "Delivery"), ("payment", "Payment")],
        string="Earned at",
        required=True,
        default="confirmation",
        groups=MEMBERS,
        help="What an order earns grows as it is delivered or paid.",
    )
    retail_pending_days = fields.Integer(
        string="Pending for (days)",
        groups=MEMBERS,
        help="Points cannot be spent before this time is over, for example while goods can still be returned.",
    )
    retail_expiry = fields.Selection(
        [
            ("never", "Never"),
            ("days", "After a number of days"),
            ("month", "At the end of a month"),
            ("quarter", "At the end of a quarter"),
            ("year", "At the end of a year"),
            ("rolling", "After a number of days without a purchase"),
        ],
        string="Points expire",
        required=True,
        default="never",
        groups=MEMBERS,
    )
    retail_expiry_days = fields.Integer(
        string="Valid for (days)",
        default=365,
        groups=MEMBERS,
        help="At the end of a month, quarter or year: of the one in which these days are over.",
    )
    retail_renewal_days = fields.Integer(
        string="Returned points last at least (days)",
        groups=MEMBERS,
        help="Points that were spent on goods that came back return to where they came from. When their last day is"
        " over by then, the customer can spend them for this time. 0: they expire at once.",
    )
    retail_reservation_hours = fields.Integer(
        string="Quotations reserve points for (hours)",
        default=24,
        required=True,
        groups=MEMBERS,
        help="Points that a quotation means to use cannot be spent elsewhere during this time.",
    )

    _retail_numbers_positive = models.Constraint(
        "CHECK(retail_reservation_hours >= 0 AND retail_pending_days >= 0 AND retail_expiry_days >= 0"
        " AND retail_renewal_days >= 0)",
        "Days and hours cannot be negative.",
    )

    @api.constrains("retail_expiry", "retail_expiry_days", "retail_pending_days")
    def _check_points_can_be_spent(self):
        for program in self.sudo():
            if (
                program.retail_expiry not in ("never", "rolling")
                and program.retail_expiry_days < program.retail_pending_days
            ):
                raise ValidationError(
                    self.env._(
                        "Points of %(program)s would expire before they can be spent.", program=program.name
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        # a form computes the rules of a program that is not there yet by writing them
        programs = self.filtered("id")
        if "program_type" in vals:
            self.env.registry.clear_cache()
        if programs and vals.keys() & {"program_type", "applies_on"}:
            programs._check_ledger_stays()
            programs.filtered(lambda program: program._keeps_ledger())._open_ledger()
        return result

    def _keeps_ledger(self):
        """Whether points of the program are booked in the ledger: cards that collect points over many purchases.

        Gift cards, e-wallets, coupons and promotions are Odoo's.
        """
        self.ensure_one()
        return self.program_type == "loyalty" and self.applies_on != "current"

    def _check_ledger_stays(self):
        for program in self.sudo():
            if program.retail_wallet_ids and not program._keeps_ledger():
                raise ValidationError(
                    self.env._(
                        "Customers have points in %(program)s: archive it and make another program.",
                        program=program.name,
                    )
                )

    def _get_valid_products(self, products):
        """In the ledger, gift cards and what fills an e-wallet earn nothing: they are paid in advance."""
        result = super()._get_valid_products(products)
        prepaid = self.env["loyalty.rule"]._get_prepaid_product_ids()
        return {
            rule: valid.filtered(lambda product: product.id not in prepaid)
            if prepaid and rule.program_id._keeps_ledger()
            else valid
            for rule, valid in result.items()
        }

    def _open_ledger(self):
        """Take over the cards that came before the ledger."""
        self.env["retail.points.opening"].sudo()._take_over(self)

    def _gives_points_at_once(self):
        """Whether an order may spend what it earns itself."""
        return self.retail_earned_at == "confirmation" and not self.retail_pending_days

    def _get_today(self):
        """The day it is in the shops of the program's company, of the user's for a program of all companies."""
        company = (self.company_id or self.env.company).root_id
        return self.env["retail.run"]._today(company.sudo())

    def _get_renewed_until(self):
        """Last day of points that come back when theirs is over; None: they are gone."""
        days = self.retail_renewal_days
        return fields.Date.add(self._get_today(), days=days) if days else None

    def _get_points_dates(self, earned_on=None):
        """Dates of points earned that day, today unless given: when they can be spent, and until when."""
        earned_on = earned_on or self._get_today()
        pending = self.retail_pending_days
        return {
            "earned_on": earned_on,
            "release_on": fields.Date.add(earned_on, days=pending) if pending else None,
            "expires_on": self._get_expiry(earned_on),
        }

    def _get_expiry(self, earned_on):
        """Last day of points earned that day; None without one, also where it depends on later purchases."""
        if self.retail_expiry in ("never", "rolling"):
            return None
        last = fields.Date.add(earned_on, days=self.retail_expiry_days)
        return last if self.retail_expiry == "days" else date_utils.end_of(last, self.retail_expiry)
