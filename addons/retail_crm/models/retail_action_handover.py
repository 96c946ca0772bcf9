from odoo import api, models
from odoo.exceptions import UserError


class RetailAction(models.Model):
    """Single actions go from one person to another; whose customer it is does not change."""

    _inherit = "retail.action"

    def _hand_over(self, user, note=""):
        """Give open actions to ``user``, with words for them; through the caller's rights.

        :raise UserError: the colleague is no staff of the company, or an action has ended
        """
        self._check_open()
        self._check_is_staff(user, self.company_id)
        names = {"author": self.env.user.name, "colleague": user.sudo().name, "note": note}
        words = (
            self.env._("%(author)s handed it over to %(colleague)s: %(note)s", **names)
            if note
            else self.env._("%(author)s handed it over to %(colleague)s", **names)
        )
        for action in self:
            action.write({"user_id": user.id, "deputy_id": False, "note": action._get_note_with(words)})

    @api.model
    def _check_is_staff(self, user, companies):
        """Work goes to people who see it on My day."""
        colleague = user.sudo().exists()
        works_there = companies.sudo() <= colleague.company_ids.root_id
        if not colleague.active or not works_there or not colleague.has_group("retail_crm.group_user"):
            raise UserError(
                self.env._("Choose a colleague who works with Retail CRM in this company and is active.")
            )

    def _get_note_with(self, words):
        """The note with ``words`` below what is there, once though a request that got lost is sent again."""
        if (self.note or "").endswith(words):
            return self.note
        return "\n".join(filter(None, [self.note, words]))
