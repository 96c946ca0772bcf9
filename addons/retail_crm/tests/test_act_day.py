from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .act_day_common import ActDayCommon
from .points_common import PointsMixin


@tagged("post_install", "-at_install")
class TestActDay(ActDayCommon):
    """My day: what waits for somebody, in which order, and what they do with it."""

    def _day_of(self, user, limit=40):
        self.env.invalidate_all()
        return self._page(user).get_data(limit)

    def test_overdue_comes_first_then_what_is_due_and_worth_most(self):
        self._plan("tomorrow", 1, value=900)
        self._plan("today, small", 0, value=10)
        self._plan("today, large", 0, value=500)
        self._plan("late", -3, value=1)
        self._plan("of Emil", -9, user=self.emil)

        day = self._day_of(self.dora)

        names = ["late", "today, large", "today, small", "tomorrow"]
        self.assertEqual([card["name"] for card in day["cards"]], names)
        self.assertEqual(
            day["counts"], {"open": 4, "overdue": 1, "value": 1411, "done_today": 0, "done_week": 0}
        )
        self.assertEqual(day["cards"][0]["late_days"], 3)

    def test_who_is_away_is_stood_in_for(self):
        old = self._plan("old one of Emil", user=self.emil)
        staff = self.env["retail.staff"].create(
            {"user_id": self.emil.id, "company_id": self.company.id, "deputy_id": self.dora.id}
        )
        self.assertEqual(self._names(self.dora), [])

        staff.absent_from = self.today
        self._plan("new one of Emil", 1, user=self.emil)

        self.assertEqual(self._names(self.dora), ["old one of Emil", "new one of Emil"])
        self.assertEqual(self._day_of(self.dora)["cards"][0]["owner"], "Emil")
        staff.absent_from = False
        self.assertIn(old.name, self._names(self.emil))

    def test_a_card_says_what_one_should_know(self):
        self._sells(self.anna, [(self.product, 2, 50)])
        self._plan("Call", value=300)

        [card] = self._day_of(self.dora)["cards"]

        self.assertEqual(card["customer"]["name"], "Anna")
        self.assertEqual(card["profile"]["segment"], self._segment("key").name)
        self.assertEqual(card["profile"]["last_purchase_date"], self.profile.last_purchase_date)
        self.assertEqual(card["strategy"]["steps"][0], "Note one preference at every contact.")
        self.assertEqual(card["value_at_stake"], 300)
        self.assertEqual(card["orders"], {"count": 1, "amount": 100})

    def test_an_outcome_takes_the_action_from_the_queue_and_counts(self):
        action = self._plan("Call")

        self._page(self.dora).finish(action.id, self._ending("reached").id, "Wants tea")

        self.assertEqual((action.state, action.done_by_id, action.note), ("done", self.dora, "Wants tea"))
        day = self._day_of(self.dora)
        self.assertEqual(day["cards"], [])
        self.assertEqual((day["counts"]["done_today"], day["counts"]["done_week"]), (1, 1))

    def test_an_outcome_may_ask_when_to_go_on(self):
        action = self._plan("Call")
        with self.assertUndone("again|date"):
            self._page(self.dora).finish(action.id, self._ending("no_answer").id)
        with self.assertUndone("past"):
            self._page(self.dora).finish(action.id, self._ending("no_answer").id, "", "2020-01-01")
        self.assertEqual(action.state, "open")

        tomorrow = self.today + timedelta(days=1)
        self._page(self.dora).finish(action.id, self._ending("no_answer").id, "", str(tomorrow))

        [card] = self._day_of(self.dora)["cards"]
        self.assertEqual((card["name"], card["due_on"]), ("Call", tomorrow))

    def test_an_outcome_is_taken_back_with_what_was_to_follow(self):
        action = self._plan("Call")
        self._page(self.dora).finish(
            action.id, self._ending("no_answer").id, "", str(self.today + timedelta(days=1))
        )

        self._page(self.dora).undo(action.id)

        self.assertEqual((action.state, action.done_by_id.id, action.outcome_id.id), ("open", False, False))
        self.assertTrue(action.activity_id.active)
        self.assertEqual(self._names(self.dora), ["Call"])

    def test_nobody_takes_back_what_a_colleague_logged_or_what_is_long_ago(self):
        action = self._plan("Call")
        self._page(self.dora).finish(action.id, self._ending("reached").id)

        with self.assertUndone("Whoever logged"):
            self._page(self.emil).undo(action.id)
        action.sudo().done_on -= timedelta(hours=1)
        with self.assertUndone("15 minutes"):
            self._page(self.dora).undo(action.id)

    def test_what_has_to_wait_says_why(self):
        action = self._plan("Call", -2)
        later = self.today + timedelta(days=4)
        for day, reason, words in (
            (str(self.today), "Holiday", "after today"),
            ("soon", "Holiday", "is no day"),
            (str(later), " ", "Say why"),
        ):
            with self.assertUndone(words):
                self._page(self.dora).snooze(action.id, day, reason)

        self._page(self.dora).snooze(action.id, str(later), "Holiday")

        self.assertEqual(action.due_on, later)
        self.assertEqual(action.activity_id.date_deadline, later)
        self.assertIn("Dora put it off", action.note)
        self.assertIn("Holiday", action.note)

    def test_a_colleague_goes_on_and_reads_why(self):
        action = self._plan("Call")

        self._page(self.dora).hand_over([action.id], self.emil.id, "Speaks French")

        self.assertEqual(self._names(self.dora), [])
        [card] = self._day_of(self.emil)["cards"]
        self.assertEqual(card["note"], "Dora handed it over to Emil: Speaks French")
        self.assertEqual(action.activity_id.user_id, self.emil)

    def test_what_a_colleague_who_is_away_gets_is_the_deputy_s_at_once(self):
        self.env["retail.staff"].create(
            {
                "user_id": self.emil.id,
                "company_id": self.company.id,
                "absent_from": self.today,
                "deputy_id": self.manager.id,
            }
        )
        action = self._plan("Call")

        self._page(self.dora).hand_over([action.id], self.emil.id)

        self.assertEqual((action.user_id, action.covering_id), (self.emil, self.manager))
        self.assertEqual(action.activity_id.user_id, self.manager)
        self.assertEqual(self._names(self.manager), ["Call"])

    def test_what_is_sent_twice_is_noted_once(self):
        action = self._plan("Call")
        later = str(self.today + timedelta(days=4))
        for _time in range(2):
            self._page(self.dora).snooze(action.id, later, "Holiday")
            self.assertEqual(action.note.count("Holiday"), 1)
        for _time in range(2):
            self._page(self.dora).hand_over([action.id], self.emil.id, "Speaks French")
            self.assertEqual(action.note.count("Speaks French"), 1)

    def test_who_does_not_work_here_takes_nothing_over(self):
        action = self._plan("Call")
        other = self._create_company("Elsewhere")
        strangers = [
            self._user("day_plain", "base.group_user"),
            self._user(
                "day_elsewhere", "retail_crm.group_user", company_id=other.id, company_ids=[(6, 0, other.ids)]
            ),
        ]
        for stranger in strangers:
            with self.assertUndone("Choose a colleague"):
                self._page(self.dora).hand_over([action.id], stranger.id)
        self.assertEqual(action.user_id, self.dora)

    def test_the_page_is_for_staff(self):
        action = self._plan("Call")
        for number, group in enumerate(
            ("retail_crm.group_finance", "retail_crm.group_auditor", "base.group_user", "base.group_portal")
        ):
            page = self._page(self._user(f"day_other_{number}", group))
            with self.assertRaises(AccessError):
                page.get_data()
            with self.assertRaises(AccessError):
                page.finish(action.id, self._ending("reached").id)

    def test_actions_of_another_company_stay_there(self):
        other = self._create_company("Elsewhere")
        foreign = self.env["retail.action"].create(
            {"partner_id": self.anna.id, "company_id": other.id, "name": "Call", "user_id": self.dora.id}
        )
        self.assertEqual(self._names(self.dora), [])
        with self.assertRaises(AccessError):
            self._page(self.dora).finish(foreign.id, self._ending("reached").id)

    def test_a_page_holds_forty_cards_and_as_many_more_as_one_asks_for(self):
        for number in range(42):
            self._plan(f"Call {number}")

        self.assertEqual(len(self._names(self.dora)), 40)
        self.assertEqual(len(self._names(self.dora, 80)), 42)
        self.assertEqual(self._day_of(self.dora, 1)["counts"]["open"], 42)
        with self.assertRaises(UserError):
            self._day_of(self.dora, "all")

    def test_many_cards_cost_no_more_queries_than_few(self):
        self._plan("first")
        self._day_of(self.dora)
        few = self._count_queries(self._page(self.dora).get_data)
        for number in range(12):
            customer = self._customer(f"Customer {number}")
            self._in_key(customer)
            self._plan(f"Call {number}", customer=customer)

        self.assertLessEqual(self._count_queries(self._page(self.dora).get_data), few)


@tagged("post_install", "-at_install")
class TestActDayPoints(PointsMixin, ActDayCommon):
    """Points that expire soon are a reason to call."""

    def test_a_card_tells_of_points_that_expire_soon(self):
        self._card(self.anna, points=100)
        lot = self.env["retail.points.lot"].search([("wallet_id.partner_id", "=", self.anna.id)])
        self._plan("Call")
        for days, told in ((200, None), (20, 100)):
            lot.sudo().expires_on = self.today + timedelta(days=days)
            self.env.flush_all()
            self.env.invalidate_all()

            [card] = self._page(self.dora).get_data()["cards"]

            self.assertEqual(card["points"] and card["points"]["points"], told)
        self.assertEqual(card["points"]["day"], lot.expires_on)
