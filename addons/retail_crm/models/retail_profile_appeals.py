from odoo import api, fields, models


class RetailProfile(models.Model):
    """What staff say against a customer's segment, seen from the profile."""

    _inherit = "retail.profile"

    appeal_count = fields.Integer(string="Appeals", compute="_compute_appeals")
    appeal_id = fields.Many2one("retail.appeal", string="Open appeal", compute="_compute_appeals")
    appeal_user_id = fields.Many2one("res.users", string="Appeal by", compute="_compute_appeals")
    appeal_reason = fields.Text(string="Reason of the appeal", compute="_compute_appeals")

    @api.depends("partner_id", "company_id")
    def _compute_appeals(self):
        """1 query; appeals belong to the customer and outlive the profile."""
        appeals = self.env["retail.appeal"].search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        own = appeals.grouped(lambda appeal: (appeal.partner_id, appeal.company_id))
        for profile in self:
            of_profile = own.get((profile.partner_id, profile.company_id), self.env["retail.appeal"])
            profile.appeal_count = len(of_profile)
            profile.appeal_id = of_profile.filtered(lambda appeal: appeal.outcome == "open")
            profile.appeal_user_id = profile.appeal_id.user_id
            profile.appeal_reason = profile.appeal_id.reason

    def action_appeal(self):
        """Open the customer's open appeal, or a new one."""
        self.ensure_one()
        if self.appeal_id:
            return self._get_appeal_action(self.appeal_id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("This segment is wrong"),
            "res_model": "retail.appeal",
            "views": [(self.env.ref("retail_crm.retail_appeal_view_form_new").id, "form")],
            "target": "new",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                # only shown; what is kept is looked up when the appeal is made
                "default_segment_id": self.segment_id.id,
            },
        }

    def action_open_appeals(self):
        """Open the customer's appeals: the open one alone, or all there were."""
        self.ensure_one()
        if self.appeal_id:
            return self._get_appeal_action(self.appeal_id)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("retail_crm.retail_appeal_action"),
            "domain": [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)],
            "context": {},
        }

    @api.model
    def _get_appeal_action(self, appeal):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Appeal"),
            "res_model": "retail.appeal",
            "res_id": appeal.id,
            "views": [(self.env.ref("retail_crm.retail_appeal_view_form").id, "form")],
        }
