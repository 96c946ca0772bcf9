from odoo import api, models
from odoo.tools import SQL

TABLE = "retail_purchase_fact"


class RetailPurchaseFacts(models.AbstractModel):
    """The purchases of a company's customers as figures need them: narrow rows, nobody's who is no customer.

    A run may look at everybody's purchases six times: the statistics of three days, the rhythm, what a window brought.
    So they are collected into a temporary table (60 bytes a row) by whoever is the first to want them. Measured: the
    table costs a sixth more than one look at the documents, and every look at it a quarter of one.
    """

    _name = "retail.purchase.facts"
    _description = "Purchases as figures need them"

    @api.model
    def _get_all(self, company, extra=()) -> SQL:
        """The relation of all purchases of ``company``, as they stood when they were first wanted.

        It outlives the transaction; a computation begins and ends with :meth:`_forget`.

        :param extra: names of more columns; only who wants the relation first can have them
        """
        table = SQL.identifier("pg_temp", TABLE)
        if not self.env.execute_query(SQL("SELECT to_regclass(%s)", f"pg_temp.{TABLE}"))[0][0]:
            self.env.cr.execute(
                SQL(
                    "CREATE TEMPORARY TABLE %s AS %s",
                    SQL.identifier(TABLE),
                    self._sql_facts(company, extra=extra),
                )
            )
            self.env.cr.execute(SQL("ANALYZE %s", table))
        return table

    @api.model
    def _forget(self):
        """Have the purchases read anew when they are next wanted."""
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier("pg_temp", TABLE)))

    @api.model
    def _sql_facts(self, company, partner_ids=None, extra=()) -> SQL:
        """Rows (partner_id, day, known_on, revenue, contribution, is_return, is_cost_estimated, store_id).

        :param partner_ids: only these customers; None for all
        """
        Purchase = self.env["retail.purchase"]
        return SQL(
            """SELECT purchase.partner_id, purchase.day, purchase.known_on, purchase.revenue, purchase.contribution,
                      purchase.is_return, purchase.is_cost_estimated, purchase.store_id %(extra)s
                 FROM (%(purchases)s) purchase
                WHERE purchase.company_id = ANY(%(companies)s) AND %(partners)s
                  AND purchase.partner_id <> ALL(ARRAY(%(excluded)s))""",
            extra=SQL("").join(SQL(", %s", SQL.identifier("purchase", name)) for name in extra),
            purchases=Purchase._sql_all_purchases(extra)
            if partner_ids is None
            else SQL("SELECT *, cost IS NULL AS is_cost_estimated FROM (%s) one", Purchase._sql_purchases()),
            companies=self.env["retail.profile.statistics"]._get_branches(company).ids,
            partners=SQL("purchase.partner_id IS NOT NULL")
            if partner_ids is None
            else SQL("purchase.partner_id = ANY(%s)", partner_ids),
            excluded=self._sql_excluded_partners(),
        )

    @staticmethod
    def _sql_excluded_partners() -> SQL:
        """Who is no customer: visitors, the companies of this database, walk-in partners."""
        return SQL(
            """SELECT partner_id FROM res_company
                UNION SELECT id FROM res_partner WHERE retail_is_walk_in
                UNION SELECT users.partner_id FROM res_users users
                        JOIN res_groups_users_rel rel ON rel.uid = users.id
                        JOIN ir_model_data data ON data.model = 'res.groups' AND data.res_id = rel.gid
                       WHERE data.module = 'base' AND data.name = 'group_public'"""
        )
