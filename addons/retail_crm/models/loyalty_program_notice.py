from odoo import fields, models

from .loyalty_program import MEMBERS

# what programs made from Odoo's template of loyalty cards begin with
TEMPLATE_DAYS = 30


class LoyaltyProgram(models.Model):
    """Whether, when and with which words customers are told that points expire."""

    _inherit = "loyalty.program"

    retail_notice_days = fields.Integer(
        string="Tell customers before (days)",
        groups=MEMBERS,
        help="So many days before points expire the customer gets an e-mail. 0: none.",
    )
    retail_notice_template_id = fields.Many2one(
        "mail.template",
        string="E-mail about expiry",
        domain="[('model', '=', 'retail.points.notice')]",
        ondelete="set null",
        groups=MEMBERS,
        help="Empty: the standard one.",
    )

    _retail_notice_days_not_negative = models.Constraint(
        "CHECK(retail_notice_days >= 0)",
        "Give the number of days before points expire, or 0 for no notice.",
    )

    def _get_template_values(self):
        values = super()._get_template_values()
        values["loyalty"]["retail_notice_days"] = TEMPLATE_DAYS
        return values

    def _get_notice_template(self):
        return self.sudo().retail_notice_template_id or self.env.ref("retail_crm.mail_template_points_notice")
