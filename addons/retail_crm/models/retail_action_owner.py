from odoo import api, models
from odoo.tools import SQL


class RetailAction(models.Model):
    """Whose work an action is: the customer's owner's, and in absence the deputy's too."""

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
