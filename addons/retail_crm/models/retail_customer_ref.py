from odoo import fields, models


class RetailCustomerRef(models.Model):
    """One row says whom a customer number of another system means; written by imports, followed by later ones."""

    _name = "retail.customer.ref"
    _description = "Customer number in another system"
    _rec_name = "ref"
    _order = "company_id, channel, ref"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    channel = fields.Char(
        required=True, readonly=True, help="Where the number comes from, as named at the import."
    )
    ref = fields.Char(string="Customer number", required=True, readonly=True)
    # a merge of contacts moves it along: several numbers may then mean one person
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", index=True, readonly=True
    )

    _ref_uniq = models.Constraint(
        "UNIQUE(company_id, channel, ref)",
        "This customer number already belongs to somebody in this channel.",
    )
