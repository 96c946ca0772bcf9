from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..owners.balance import Group, Person, share_out

# who is to have whom, for the length of a transaction
TABLE = "retail_owner_share"
# who waits to be given to somebody
WAITING = "retail_owner_waiting"
# so many customers are looked up one by one; for more, all purchases are read once
FEW = 20000
# stands for "any store" where rows are compared
NO_STORE = 0


class RetailOwnerSharing(models.AbstractModel):
    """Who should look after which customers: by the strategy's role, the store, and how full everybody is.

    How many customers everybody gets is computed in plain Python (owners/balance.py) from a few counts; who gets whom
    is dealt in one statement, customers of most value first, so that all have some of them.
    """

    _name = "retail.owner.sharing"
    _description = "Shares of customers"

    @api.model
    def _share_out(self, company, customers, keep_to_capacity=False):
        """Fill a temporary table with who of ``customers`` should have which owner; returns it as SQL.

        Its rows: (partner_id, user_id, role, store_id, value, previous_id), with user_id NULL where nobody has the
        role, or where all are full; customers that stay with their owner among them. 6 queries for any number, the
        look for stores aside.

        :param customers: SQL of rows (partner_id, role, value, previous_id): the owner with whom the customer may
            stay, as far as that one has not more than a fair share; NULL for all others
        """
        self.env.flush_all()
        self._collect(company, customers)
        staff = self._get_staff(company)
        groups = self._get_groups(company, staff)
        quotas = share_out(self._get_people(company, staff), groups, keep_to_capacity)
        self._deal(
            [
                (*group, user, number)
                for group, share in quotas.items()
                for user, number in share.items()
                if number
            ]
        )
        return SQL.identifier("pg_temp", TABLE)

    def _collect(self, company, customers):
        """All that are to be shared out, with the store where each buys most."""
        table = SQL.identifier("pg_temp", WAITING)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", table))
        self.env.cr.execute(
            SQL(
                """CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS
                   SELECT partner_id, role, %(no_store)s::int4 AS store_id, COALESCE(value, 0)::float8 AS value,
                          previous_id
                     FROM (%(customers)s) customer""",
                table=SQL.identifier(WAITING),
                no_store=NO_STORE,
                customers=customers,
            )
        )
        if stores := self._get_staff(company).store_ids:
            self._find_stores(company, stores)
        self.env.cr.execute(SQL("ANALYZE %s", table))

    def _find_stores(self, company, stores):
        """Where customers bought on most days, in case somebody looks after that store; of several, the later one."""
        self.env.cr.execute(
            SQL("SELECT partner_id FROM %s LIMIT %s", SQL.identifier("pg_temp", WAITING), FEW + 1)
        )
        customers = [partner for (partner,) in self.env.cr.fetchall()]
        facts = self.env["retail.purchase.facts"]._sql_facts(
            company, customers if len(customers) <= FEW else None
        )
        self.env.cr.execute(
            SQL(
                """UPDATE %(table)s share SET store_id = usual.store_id
                     FROM (SELECT DISTINCT ON (partner_id) partner_id, store_id
                             FROM (SELECT partner_id, store_id, count(DISTINCT day) AS days, max(day) AS latest
                                     FROM (%(facts)s) fact WHERE NOT is_return AND store_id IS NOT NULL
                                    GROUP BY partner_id, store_id) visits
                            ORDER BY partner_id, days DESC, latest DESC, store_id) usual
                    WHERE usual.partner_id = share.partner_id AND usual.store_id = ANY(%(stores)s)""",
                table=SQL.identifier("pg_temp", WAITING),
                facts=facts,
                stores=stores.ids,
            )
        )

    def _get_staff(self, company):
        """Who may get customers: not who is away until further notice."""
        return (
            self.env["retail.staff"]
            .sudo()
            .search(
                Domain("company_id", "=", company.id)
                & Domain("user_id.active", "=", True)
                & (Domain("absent_from", "=", False) | Domain("absent_until", "!=", False)),
                order="id",
            )
        )

    def _get_groups(self, company, staff):
        """{(role, store): Group}; who names the store comes before who is there for all, and both before the others."""
        rows = self.env.execute_query(
            SQL(
                "SELECT role, store_id, count(*) FROM %s GROUP BY 1, 2 ORDER BY 1, 2",
                SQL.identifier("pg_temp", WAITING),
            )
        )
        by_role = staff.grouped("role")
        groups = {}
        for role, store, count in rows:
            people = by_role.get(role, staff.browse())
            chosen = (
                people.filtered(lambda one, store=store: store in one.store_ids.ids)
                or people.filtered(lambda one: not one.store_ids)
                or people
            )
            if chosen:
                groups[role, store] = Group(count, chosen.user_id.ids)
        return groups

    def _get_people(self, company, staff):
        """{user: Person}, with the customers that they have and that are not shared out."""
        loads = dict(
            self.env.execute_query(
                SQL(
                    """SELECT owner.user_id, count(*) FROM retail_owner owner
                        WHERE owner.company_id = %(company)s AND owner.until IS NULL
                          AND NOT EXISTS (SELECT FROM %(table)s share WHERE share.partner_id = owner.partner_id)
                        GROUP BY 1""",
                    company=company.id,
                    table=SQL.identifier("pg_temp", WAITING),
                )
            )
        )
        return {one.user_id.id: Person(one.capacity, loads.get(one.user_id.id, 0)) for one in staff}

    def _deal(self, quotas):
        """Write who gets whom: first who may stay with the present owner, then everybody else, as one deals cards.

        :param quotas: list of (role, store, user, number)
        """
        columns = list(zip(*quotas, strict=True)) or [()] * 4
        names = ("roles", "stores", "users", "numbers")
        quota = SQL(
            """SELECT * FROM unnest(%(roles)s::varchar[], %(stores)s::int4[], %(users)s::int4[], %(numbers)s::int4[])
                          AS quota(role, store_id, user_id, number)""",
            **{name: list(column) for name, column in zip(names, columns, strict=True)},
        )
        table = SQL.identifier("pg_temp", TABLE)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", table))
        self.env.cr.execute(self._sql_deal(quota))
        self.env.cr.execute(SQL("ANALYZE %s", table))

    @staticmethod
    def _sql_deal(quota) -> SQL:
        """A new table rather than updates: joined with itself, a big one would be read once for each of its rows."""
        return SQL(
            """CREATE TEMPORARY TABLE %(table)s ON COMMIT DROP AS
               WITH quota AS (%(quota)s),
                    -- those of most value stay
                    staying AS MATERIALIZED (
                        SELECT ranked.*, quota.user_id
                          FROM (SELECT *, row_number() OVER (PARTITION BY role, store_id, previous_id
                                                             ORDER BY value DESC, partner_id) AS place
                                  FROM %(waiting)s) ranked
                          LEFT JOIN quota ON quota.role = ranked.role AND quota.store_id = ranked.store_id
                                AND quota.user_id = ranked.previous_id AND ranked.place <= quota.number),
                    numbered AS (
                        SELECT *, row_number() OVER (PARTITION BY role, store_id, user_id IS NULL
                                                     ORDER BY value DESC, partner_id) AS turn
                          FROM staying),
                    left_over AS (
                        SELECT quota.role, quota.store_id, quota.user_id,
                               quota.number - COALESCE(kept.number, 0) AS number
                          FROM quota
                          LEFT JOIN (SELECT role, store_id, user_id, count(*) AS number FROM staying
                                      WHERE user_id IS NOT NULL GROUP BY 1, 2, 3) kept USING (role, store_id, user_id)),
                    -- somebody with twice as many places gets a customer twice as often
                    place AS (
                        SELECT role, store_id, user_id,
                               row_number() OVER (PARTITION BY role, store_id
                                                  ORDER BY (turn - 0.5) / number, user_id) AS turn
                          FROM left_over, generate_series(1, number) AS turn)
               SELECT numbered.partner_id, numbered.role, numbered.store_id, numbered.value, numbered.previous_id,
                      COALESCE(numbered.user_id, place.user_id) AS user_id
                 FROM numbered
                 -- one key: of three the planner may sort by two, and compare everybody with everybody of a role
                 LEFT JOIN place ON numbered.user_id IS NULL
                       AND concat_ws(' ', place.role, place.store_id, place.turn)
                         = concat_ws(' ', numbered.role, numbered.store_id, numbered.turn)""",
            table=SQL.identifier(TABLE),
            waiting=SQL.identifier("pg_temp", WAITING),
            quota=quota,
        )
