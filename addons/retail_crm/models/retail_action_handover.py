from odoo import models
from odoo.exceptions import UserError


class RetailAction(models.Model):
    """Actions go from one person to another; customers and their owners are another matter."""

    _inherit = "retail.action"

    def _hand_over(self, user, note=""):
        """Give open actions to ``user``, with words for them; through the caller's rights.

        :raise UserError: the colleague is no staff of the company, or an action has ended
        """
        self._check_takes_over(user)
        self.write({"user_id": user.id, "deputy_id": False})
        words = self.env._("%(author)s handed it over to %(colleague)s", author=self.env.user.name, colleague=user.name)
        if note:
            words = self.env._("%(words)s: %(note)s", words=words, note=note)
        self._add_note(words)

    def _check_takes_over(self, user):
        colleague = user.sudo().exists()
        companies = self.company_id.sudo()
        works_there = all(
            colleague.company_ids & companies.browse(company._accessible_branches().ids or company.ids)
            for company in companies
        )
        if not colleague.active or not colleague.has_group("retail_crm.group_user") or not works_there:
            raise UserError(
                self.env._("Choose a colleague who works with Retail CRM in this company and is active.")
            )
