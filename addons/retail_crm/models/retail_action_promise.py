from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .retail_action_sources import LOOK_BACK_DAYS


class RetailAction(models.Model):
    """A broken promise asks for an action; in one, something may be promised, and a call keeps the promise to call."""

    _inherit = "retail.action"

    def action_promise(self):
        """Promise the customer something, from this action."""
        self.ensure_one()
        return self.env["retail.promise"]._get_promising(
            partner_id=self.partner_id.id,
            company_id=self.company_id.id,
            action_id=self.id,
            order_id=self.res_id if self.res_model == "sale.order" else False,
        )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "done":
            self._keep_calls()
        return result

    def _keep_calls(self):
        """Who was to be called back has been."""
        Promise = self.env["retail.promise"].sudo()
        calls = self.sudo().filtered(lambda one: one.kind == "call")
        for company, actions in calls.grouped("company_id").items():
            kept = Promise._note_kept(company, fields.Datetime.now(), actions.partner_id)
            Promise.browse(kept)._end_activities()

    @api.model
    def _action_sources(self, company, day):
        return {
            **super()._action_sources(company, day),
            "promise_broken": self._sql_promise_broken(company, day),
        }

    @staticmethod
    def _sql_promise_broken(company, day) -> SQL:
        """Every broken promise is one event, also when it is done after all."""
        return SQL(
            """SELECT promise.partner_id, promise.id::varchar AS event_key, promise.due_on AS event_on,
                      profile.value AS value_at_stake, 'retail.promise' AS res_model, promise.id AS res_id
                 FROM retail_promise promise
                 LEFT JOIN retail_profile profile
                   ON profile.partner_id = promise.partner_id AND profile.company_id = promise.company_id
                WHERE promise.company_id = %(company)s AND promise.state = 'broken'
                  AND promise.closed_at >= %(first)s""",
            company=company.id,
            first=day - timedelta(days=LOOK_BACK_DAYS),
        )
