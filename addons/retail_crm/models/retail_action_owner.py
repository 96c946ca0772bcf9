from odoo import api, models
from odoo.tools import SQL


class RetailAction(models.Model):
    """Whose work an action is: the customer's owner's."""

    _inherit = "retail.action"

    @api.model
    def _sql_owner(self, company, day) -> SQL:
        """The owner; who has none is looked after by the salesperson. While the owner is away, who stands in.

        The deputy is, of who is there: the one standing in today, else the one named for the customer.
        """
        return SQL(
            """SELECT found.user_id, COALESCE(away.present_id, found.deputy_id) AS deputy_id
                 FROM (SELECT owner.user_id, owner.deputy_id, 1 AS place
                         FROM retail_owner owner
                        WHERE owner.partner_id = due.partner_id AND owner.company_id = %(company)s
                          AND owner.until IS NULL
                        UNION ALL
                       SELECT salesperson.user_id, NULL, 2
                         FROM (%(salesperson)s) salesperson) found
                 LEFT JOIN (%(present)s) away ON away.user_id = found.user_id
                ORDER BY found.place LIMIT 1""",
            company=company.id,
            salesperson=super()._sql_owner(company, day),
            present=self.env["retail.staff"]._sql_present(company, day),
        )

    @api.model
    def _follow_owners(self, company, customers, ended):
        """Let open actions go to the new owners of ``customers``: those of the owners before, and nobody's.

        What somebody else was asked to do stays there. 2 statements for any number.

        :param customers: ids of commercial partners
        :param ended: list of (partner_id, user_id): who was the owner before
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """WITH moved AS (
                       UPDATE retail_action action
                          SET user_id = owner.user_id, deputy_id = owner.deputy_id, covering_id = NULL,
                              covering_since = NULL, write_uid = %(user)s, write_date = now() AT TIME ZONE 'UTC'
                         FROM retail_owner owner
                        WHERE owner.company_id = %(company)s AND owner.until IS NULL
                          AND owner.partner_id = ANY(%(customers)s) AND action.partner_id = owner.partner_id
                          AND action.company_id = %(company)s AND action.state = 'open'
                          AND (action.user_id IS NULL
                               OR (action.partner_id, action.user_id) IN (
                                   SELECT * FROM unnest(%(partners)s::int4[], %(owners)s::int4[])))
                    RETURNING action.activity_id, action.user_id)
                   %(given)s""",
                given=self._sql_give_activities(),
                user=self.env.uid,
                company=company.id,
                customers=customers,
                partners=[partner for partner, _user in ended],
                owners=[user for _partner, user in ended],
            )
        )
        self.env.invalidate_all(flush=False)
        self._let_deputies_stand_in(company, self.env["retail.run"]._today(company.sudo()))
