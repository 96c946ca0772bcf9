from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from .retail_profile import ROLES_READING_PROFILES

# What a stored customer statistic depends on beside the documents: a change asks for a full run.
STATISTICS_SETTINGS = ("retail_tz", "retail_default_margin_rate")


class ResCompany(models.Model):
    _inherit = "res.company"

    retail_tz = fields.Selection(
        _tz_get,
        string="Time zone of the shops",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Turns the time of an order into the day of the purchase. A change recomputes every customer.",
        groups="base.group_user",
    )
    retail_default_margin_rate = fields.Float(
        string="Default margin rate",
        default=1.0,
        help="Share of the net revenue that counts as contribution where a sale has no cost. "
        "100% means that revenue itself is the contribution.",
        groups=f"{ROLES_READING_PROFILES},base.group_system",
    )
    retail_policy_second_person = fields.Boolean(
        string="Policies need a second person",
        help="Whoever wrote or edited a segmentation policy cannot approve it.",
        groups=f"{ROLES_READING_PROFILES},base.group_system",
    )
    retail_full_run_needed = fields.Boolean(
        default=True,
        help="The next run rebuilds the statistics of every customer.",
        groups="base.group_user",
    )

    @api.constrains("retail_default_margin_rate")
    def _check_retail_default_margin_rate(self):
        for company in self.sudo():
            if not 0 <= company.retail_default_margin_rate <= 1:
                raise ValidationError(
                    self.env._("The default margin rate lies between 0% and 100%; please correct it.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_retail_defaults()
        return companies

    def write(self, vals):
        if changed := [name for name in STATISTICS_SETTINGS if name in vals]:
            stale = self.sudo().filtered(lambda company: any(company[name] != vals[name] for name in changed))
            stale.root_id._require_full_retail_run()
        return super().write(vals)

    def _require_full_retail_run(self):
        self.filtered(lambda company: not company.retail_full_run_needed).retail_full_run_needed = True

    def _create_retail_defaults(self):
        """Give each root company its policy, its four strategies and limits for points; branches share them."""
        roots = self.filtered(lambda company: company == company.root_id).sudo()
        self.env["retail.policy"].sudo()._create_default(roots)
        self.env["retail.strategy"].sudo()._create_defaults(roots)
        self.env["retail.points.limit"].sudo()._create_missing()

    def _get_retail_managers(self):
        """Active users who manage customers in the shops of this company."""
        managers = self.env.ref("retail_crm.group_manager").sudo().all_user_ids
        return managers.filtered(lambda user: user.active and self.root_id in user.company_ids.root_id)
