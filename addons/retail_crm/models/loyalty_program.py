from odoo import fields, models
from odoo.exceptions import ValidationError


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    retail_wallet_ids = fields.One2many(
        "retail.points.wallet", "program_id", string="Wallets", groups="base.group_user"
    )
    retail_reservation_hours = fields.Integer(
        string="Quotations reserve points for (hours)",
        default=24,
        required=True,
        groups="base.group_user",
        help="Points that a quotation means to use cannot be spent elsewhere during this time.",
    )

    _retail_reservation_hours_positive = models.Constraint(
        "CHECK(retail_reservation_hours >= 0)", "A reservation cannot end before it begins."
    )

    def write(self, vals):
        result = super().write(vals)
        # a form computes the rules of a program that is not there yet by writing them
        programs = self.filtered("id")
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

    def _open_ledger(self):
        """Take over the cards that came before the ledger."""
        self.env["retail.points.opening"].sudo()._take_over(self)
