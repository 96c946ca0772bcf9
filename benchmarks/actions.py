"""What it costs that strategies act: actions for everybody, owners, what came of it, and the pages over all of them."""

import datetime

from odoo.fields import Command
from odoo.tools import SQL

# a purchase a month ago is a contact that is overdue for somebody: nearly every customer gets an action
ROLES = ("customer_service", "member_adviser", "vip_representative", "manager")
PEOPLE_OF_A_ROLE = 3


class Actions:
    def __init__(self, meter):
        self.meter = meter
        self.env = meter.env
        self.company = self.env.company
        self.today = datetime.date.today()
        self.Action = self.env["retail.action"]

    def measure(self):
        self.people = self._hire()
        self._measure_assignment()
        self._measure_creation()
        self._measure_windows()
        self._measure_pages()

    def _hire(self):
        """Three people of each role, with time for everybody together."""
        users = self.env["res.users"].create(
            [
                {
                    "name": f"{role} {number}",
                    "login": f"bench_{role}_{number}",
                    "group_ids": [Command.link(self.env.ref("sales_team.group_sale_salesman_all_leads").id)],
                }
                for role in ROLES
                for number in range(PEOPLE_OF_A_ROLE)
            ]
        )
        self.env["retail.staff"].create(
            [
                {
                    "user_id": user.id,
                    "role": user.login.split("_", 1)[1][:-2],
                    "capacity": self.meter.customers,
                }
                for user in users
            ]
        )
        self.env.cr.commit()
        return users

    # ------------------------------------------------------------------ owners

    def _measure_assignment(self):
        assignment = self.env["retail.owner.assignment"].create({"scope": "unowned"})
        self.env.cr.commit()
        proposed = self.meter.cpu(assignment._propose)
        applied = self.meter.cpu(assignment._apply_all)
        self.env.cr.commit()
        self.meter.vacuum("retail_owner")
        bare = self._write_again("retail_owner")
        self.meter.report("customers who got an owner in one assignment", assignment.applied_count, "")
        self.meter.report(
            "assignment, proposed and applied / bare INSERT of the same owners", (proposed + applied) / bare
        )

    def _write_again(self, table):
        """CPU of writing the rows of ``table`` with its indexes, and nothing else."""
        copy = SQL.identifier(f"bench_{table}")

        def write():
            self.env.cr.execute(SQL("CREATE TABLE %s (LIKE %s INCLUDING ALL)", copy, SQL.identifier(table)))
            self.env.cr.execute(SQL("INSERT INTO %s SELECT * FROM %s", copy, SQL.identifier(table)))

        return self.meter.cpu(self.meter.undone(write))

    # ------------------------------------------------------------------ actions

    def _measure_creation(self):
        first = self.meter.cpu(self._create)
        self.env.cr.commit()
        self.meter.vacuum("retail_action")
        made = self.Action.search_count([])
        bare = self._write_again("retail_action")
        quiet, purchases = self.meter.medians(
            self.meter.undone(self._create), self.meter.execute(self._sql_purchases()), times=3
        )
        self.meter.report("actions that a night makes when there were none", made, "")
        self.meter.report("making them / bare INSERT of the same actions", first / bare)
        self.meter.report(
            "night without events / bare aggregate over the purchases", quiet / purchases, at_most=2
        )

    def _create(self):
        self.Action._create_due(self.company, self.today)

    def _sql_purchases(self):
        return SQL(
            "SELECT partner_id, max(day), sum(revenue) FROM (%s) purchase GROUP BY partner_id",
            self.env["retail.purchase"]._sql_all_purchases(),
        )

    def _measure_windows(self):
        """All windows end at once, as they do a while after the first night."""
        days = 400
        self.env.cr.execute(
            SQL(
                "UPDATE retail_action SET event_on = event_on - %(days)s, window_until = window_until - %(days)s",
                days=days,
            )
        )
        self.meter.vacuum("retail_action")
        [purchases] = self.meter.medians(self.meter.execute(self._sql_purchases()), times=3)
        spent = self.meter.cpu(self.meter.undone(self._measure_all))
        self.meter.report("what came of all of them / bare aggregate over the purchases", spent / purchases)

    def _measure_all(self):
        while self.Action._measure(self.company, self.today):
            pass

    # ------------------------------------------------------------------ pages

    def _measure_pages(self):
        user = self.env["res.users"].browse(
            self.Action._read_group([], ["user_id"], ["__count"], order="__count desc", limit=1)[0][0].id
        )
        manager = self.env.ref("base.user_admin")
        lists = SQL("SELECT user_id, state, count(*) FROM retail_action GROUP BY 1, 2")
        day, team, groups, demand, sales = self.meter.medians(
            self._page("retail.my.day", user),
            self._page("retail.team.day", manager),
            self.meter.execute(lists),
            self._group("retail.demand", "product_id", "bought_quantity:sum"),
            self._group("sale.report", "product_id", "product_uom_qty:sum"),
            times=3,
        )
        self.meter.report("open actions of whom the page My day is opened for", self._count_open(user), "")
        self.meter.report("My day", day * 1000, "CPU ms", at_most=500)
        self.meter.report("Team / counting the actions by person", team / groups)
        self.meter.report("Demand by product / Odoo's sales analysis by product", demand / sales, at_most=5)
        for model, person in (
            ("retail.my.day", user),
            ("retail.team.day", manager),
            ("retail.effect.page", manager),
        ):
            queries = self.meter.count_queries(self._page(model, person))
            self.meter.report(f"{self.env[model]._description}, queries", queries, "")

    def _count_open(self, user):
        return self.Action.search_count([("user_id", "=", user.id), ("state", "=", "open")])

    def _page(self, model, user):
        def page():
            self.env.invalidate_all(flush=False)
            self.env[model].with_user(user).get_data()

        return page

    def _group(self, model, *arguments):
        def group():
            self.env.invalidate_all(flush=False)
            self.env[model]._read_group([], [arguments[0]], [arguments[1]])

        return group
