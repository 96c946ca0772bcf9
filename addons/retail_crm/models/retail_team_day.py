from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

DONE_DAYS = 7


class RetailTeamDay(models.AbstractModel):
    """How the work of the current root company lies on its people: per person what is open, late, done, at stake.

    For managers. Money in the company's currency.
    """

    _name = "retail.team.day"
    _description = "Team"

    @api.readonly
    @api.model
    def get_data(self):
        """The page, in some 10 queries whatever the number of actions and people.

        :return: dict of ``people``, each with ``user_id`` (False: what belongs to nobody), counts, ``value`` at stake,
            and who stands in while they are away; and plain values
        :raise AccessError: the reader is no manager
        """
        self._check_manager()
        company = self.env.company.root_id
        today = self.env["retail.my.day"]._get_today(company)
        since = self.env["retail.my.day"]._get_midnight(company, today - timedelta(days=DONE_DAYS - 1))
        return {
            "company_id": company.id,
            "currency_id": self.env.company.currency_id.id,
            "today": today,
            "done_since": since,
            "order": company.sudo().retail_queue_order,
            "orders": company._fields["retail_queue_order"]._description_selection(self.env),
            "people": self._get_people(company, today, since),
        }

    @api.model
    def set_order(self, order):
        """In which order everybody in the company sees their actions on My day."""
        self._check_manager()
        company = self.env.company.root_id.sudo()
        if order not in dict(company._fields["retail_queue_order"]._description_selection(self.env)):
            raise UserError(self.env._("Choose one of the two orders."))
        company.retail_queue_order = order

    def _check_manager(self):
        if not self.env.user.has_group("retail_crm.group_manager"):
            raise AccessError(self.env._("The page Team is for managers."))

    def _get_people(self, company, today, since):
        """Whoever has something to do, has done something, or is on the list of staff; most overdue first."""
        waiting = self._get_waiting(company, today)
        done = self._get_done(company, since)
        staff = {
            row.user_id.id: row for row in self.env["retail.staff"].search([("company_id", "=", company.id)])
        }
        users = self.env["res.users"].browse({*waiting, *done, *staff} - {False})
        standing_in = self._get_standing_in(company, today)
        people = [
            self._get_person(user, waiting, done, staff.get(user.id), standing_in)
            for user in users.sudo().sorted("name")
        ]
        people.sort(key=lambda person: (-person["overdue"], -person["open"]))
        return [*self._get_nobody(waiting), *people]

    def _get_person(self, user, waiting, done, staff, standing_in):
        return {
            "user_id": user.id,
            "name": user.name,
            "is_gone": not user.active,
            "is_absent": bool(staff and staff.is_absent),
            "absent_until": staff.absent_until if staff else False,
            "stands_in": standing_in.get(user.id, ""),
            "done": done.get(user.id, 0),
            **waiting.get(user.id, {"open": 0, "overdue": 0, "due_today": 0, "value": 0}),
        }

    def _get_nobody(self, waiting):
        """What belongs to nobody; nothing when there is nothing."""
        if not waiting.get(False):
            return []
        return [
            {
                "user_id": False,
                "name": "",
                "is_gone": False,
                "is_absent": False,
                "absent_until": False,
                "stands_in": "",
                "done": 0,
                **waiting[False],
            }
        ]

    def _get_waiting(self, company, today):
        """{user id, False for nobody: what is open, overdue, due today, and at stake with all of it} (1 query)"""
        Action = self.env["retail.action"]
        query = Action._search([("company_id", "=", company.id), ("state", "=", "open")])
        due_on = Action._field_to_sql(query.table, "due_on", query)
        query.groupby = SQL("1")
        rows = self.env.execute_query_dict(
            query.select(
                SQL("%s AS user_id", Action._field_to_sql(query.table, "user_id", query)),
                SQL("count(*) AS open"),
                SQL("count(*) FILTER (WHERE %s < %s) AS overdue", due_on, today),
                SQL("count(*) FILTER (WHERE %s = %s) AS due_today", due_on, today),
                SQL(
                    "COALESCE(sum(%s), 0)::float8 AS value",
                    Action._field_to_sql(query.table, "value_at_stake", query),
                ),
            )
        )
        return {row.pop("user_id") or False: row for row in rows}

    def _get_done(self, company, since):
        """{user id: how many actions they have finished since then} (1 query)"""
        groups = self.env["retail.action"]._read_group(
            [("company_id", "=", company.id), ("state", "=", "done"), ("done_on", ">=", since)],
            ["done_by_id"],
            ["__count"],
        )
        return {user.id: count for user, count in groups if user}

    def _get_standing_in(self, company, today):
        """{id of who is away: name of who is there instead} (2 queries)"""
        Staff = self.env["retail.staff"]
        Staff.flush_model()
        present = dict(self.env.execute_query(Staff._sql_present(company, today)))
        users = self.env["res.users"].sudo().browse(set(present.values()))
        names = {user.id: user.name for user in users}
        return {away_id: names[present_id] for away_id, present_id in present.items()}
