from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .act_day_common import ActDayCommon


@tagged("post_install", "-at_install")
class TestActTeam(ActDayCommon):
    """Team: how the work lies on the people."""

    def _team_page(self, user):
        return self.env["retail.team.day"].with_user(user)

    def _team(self, user=None):
        self.env.invalidate_all()
        people = self._team_page(user or self.manager).get_data()["people"]
        return {person["name"]: person for person in people}

    def test_a_manager_sees_who_has_how_much_to_do(self):
        self._plan("late", -2, value=100)
        self._plan("today", 0, value=50)
        self._plan("later", 3, user=self.emil, value=7)
        done = self._plan("done", user=self.emil)
        self._page(self.emil).finish(done.id, self._ending("reached").id)

        team = self._team()

        names = ("open", "overdue", "due_today", "value", "done")
        self.assertEqual([team["Dora"][name] for name in names], [2, 1, 1, 150, 0])
        self.assertEqual([team["Emil"][name] for name in names], [1, 0, 0, 7, 1])
        self.assertEqual(list(team), ["Dora", "Emil"])

    def test_what_belongs_to_nobody_stands_on_top(self):
        self._plan("late", -2)
        self._action(name="whose?", user_id=False).sudo().value_at_stake = 30

        team = self._team()

        self.assertEqual(list(team), ["", "Dora"])
        self.assertEqual((team[""]["open"], team[""]["value"]), (1, 30))

    def test_who_is_away_is_shown_with_who_stands_in(self):
        self._plan("Call")
        until = self.today + timedelta(days=5)
        self.env["retail.staff"].create(
            {
                "user_id": self.dora.id,
                "company_id": self.company.id,
                "deputy_id": self.emil.id,
                "absent_from": self.today,
                "absent_until": until,
            }
        )

        dora = self._team()["Dora"]

        self.assertEqual((dora["is_absent"], dora["absent_until"], dora["stands_in"]), (True, until, "Emil"))

    def test_the_page_is_for_managers(self):
        for user in (self.dora, self._user("team_finance", "retail_crm.group_finance")):
            with self.assertRaises(AccessError):
                self._team(user)
            with self.assertRaises(AccessError):
                self._team_page(user).set_order("value")

    def test_a_manager_chooses_the_order_for_everybody(self):
        self._plan("today, small", 0, value=10)
        self._plan("tomorrow, large", 1, value=900)

        self._team_page(self.manager).set_order("value")

        self.assertEqual(self._names(self.dora), ["tomorrow, large", "today, small"])
        with self.assertUndone("one of the two"):
            self._team_page(self.manager).set_order("name")

    def test_more_work_and_people_cost_no_more_queries(self):
        self._plan("Call")
        self._team()
        few = self._count_queries(self._team_page(self.manager).get_data)
        for number in range(5):
            user = self._user(f"team_{number}", "retail_crm.group_user")
            self._plan(f"Call {number}", user=user)
        # new users empty the caches
        self._team()

        self.assertLessEqual(self._count_queries(self._team_page(self.manager).get_data), few)
