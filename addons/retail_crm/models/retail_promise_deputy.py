from odoo import api, models
from odoo.tools import SQL


class RetailPromise(models.Model):
    """Who keeps a promise while the keeper is away."""

    _inherit = "retail.promise"

    @api.model
    def _assign_deputies(self, company):
        """Let open promises of ``company`` go to who is there on their day, and back; returns how many changed."""
        changed = self.browse(self._run(self._sql_assign_deputies(company)))
        for person, promises in changed.grouped(lambda one: one.deputy_id or one.keeper_id).items():
            activities = promises.activity_id.with_context(mail_activity_quick_update=True)
            activities.filtered(lambda one, person=person: one.user_id != person).user_id = person
        return len(changed)

    def _sql_assign_deputies(self, company) -> SQL:
        return SQL(
            """UPDATE retail_promise promise SET deputy_id = wanted.present_id
                 FROM (WITH due AS (
                           SELECT id, keeper_id, due_on FROM retail_promise
                            WHERE company_id = %(company)s AND state = 'open'),
                       away AS (
                           SELECT day.due_on, present.user_id, present.present_id
                             FROM (SELECT DISTINCT due_on FROM due) day
                            CROSS JOIN LATERAL (%(present)s) present)
                       SELECT due.id, away.present_id
                         FROM due LEFT JOIN away ON away.user_id = due.keeper_id AND away.due_on = due.due_on) wanted
                WHERE wanted.id = promise.id AND promise.state = 'open'
                  AND promise.deputy_id IS DISTINCT FROM wanted.present_id
            RETURNING promise.id""",
            company=company.id,
            present=self.env["retail.staff"]._sql_present(company, SQL("day.due_on")),
        )
