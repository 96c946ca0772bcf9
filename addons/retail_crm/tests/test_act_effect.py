import json
from datetime import datetime, time, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..effect.sums import Sums
from ..models.retail_effect_sums import MEASURES
from .act_loop_common import ActLoopCommon

CONTRIBUTION = "contribution"


class ActEffectCommon(ActLoopCommon):
    """Customers with lots under the strategy for key customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        roles = ("manager", "approver", "finance", "auditor", "user")
        cls.users = {role: cls._user(f"effect_{role}", f"retail_crm.group_{role}") for role in roles}
        cls.strategy = cls._strategy("key")

    @classmethod
    def _lot(cls, customer, is_held_out=False, days_ago=100, share=10, code="key", company=None):
        """A lot drawn on that day, without any action."""
        company = company or cls.company
        return cls.env["retail.holdout"].create(
            {
                "company_id": company.id,
                "strategy_id": cls._strategy(code, company).id,
                "partner_id": customer.id,
                "is_held_out": is_held_out,
                "share": share,
                "drawn_on": cls._day(days_ago=days_ago),
            }
        )

    @classmethod
    def _acted(cls, lot, state="done", days_later=2, event="slipping", kind="call"):
        """The action for which the lot was drawn."""
        rule = cls._rule("key", event)
        day = cls._day(lot.drawn_on)
        action = (
            cls.env["retail.action"]
            .sudo()
            .create(
                {
                    "partner_id": lot.partner_id.id,
                    "company_id": lot.company_id.id,
                    "event": event,
                    "event_on": day,
                    "decided_on": day,
                    "strategy_id": lot.strategy_id.id,
                    "rule_id": rule.id,
                    "kind": kind,
                    "name": "Call",
                    "due_on": day,
                    "user_id": cls.dora.id,
                }
            )
        )
        values = {"state": "held_out" if lot.is_held_out else state}
        if values["state"] == "done":
            moment = datetime.combine(cls._day(days_ago=(cls.today - day).days - days_later), time(12))
            values |= {"done_on": moment, "done_by_id": cls.dora.id}
        action.write(values)
        return action

    def _count(self, company=None, as_of=None):
        """What a run does once a week."""
        self.env["retail.purchase.facts"]._forget()
        for model in ("retail.effect", "retail.effect.baseline"):
            self.env[model]._replace(company or self.company, as_of or self.today)
        self.env["retail.purchase.facts"]._forget()

    def _cell(self, treated, held_out, share=10, window_days=90, days_ago=100, strategy=None, **values):
        """Both sides of a comparison as a run leaves them; Sums of contribution, revenue the same."""
        Effect = self.env["retail.effect"]
        for is_held_out, group in ((False, treated), (True, held_out)):
            figures = dict(
                pair
                for measure in MEASURES
                for pair in zip(Effect._get_figures(measure), group[1:], strict=True)
            )
            Effect.create(
                {
                    "company_id": self.company.id,
                    "strategy_id": (strategy or self.strategy).id,
                    "as_of": self.today,
                    "window_days": window_days,
                    "drawn_month": self._day(days_ago=days_ago).replace(day=1),
                    "event": "slipping",
                    "kind": "call",
                    "share": share,
                    "is_held_out": is_held_out,
                    "customers": group.customers,
                    **figures,
                    **values,
                }
            )

    def _baseline(self, figures, **values):
        Baseline = self.env["retail.effect.baseline"]
        sums = {
            name: value
            for measure in MEASURES
            for name, value in zip(Baseline._get_figures(measure), figures[1:], strict=True)
        }
        return Baseline.create(
            {
                "company_id": self.company.id,
                "strategy_id": self.strategy.id,
                "as_of": self.today,
                "window_days": 90,
                "customers": figures.customers,
                **sums,
                **values,
            }
        )

    def _lots(self, held_out, treated, days_ago=100):
        """Lots without purchases, for what the page says of them."""
        for is_held_out, number in ((True, held_out), (False, treated)):
            for _number in range(number):
                self._lot(self._customer(), is_held_out, days_ago)

    def _data(self, role="manager", company=None, **choice):
        company = company or self.company
        page = self.env["retail.effect.page"].with_user(self.users[role])
        return page.with_context(allowed_company_ids=company.ids, lang="en_US").get_data(**choice)

    def _shown(self, role="manager", code="key", **choice):
        strategies = {one["id"]: one for one in self._data(role, **choice)["strategies"]}
        shown = strategies[self._strategy(code).id]
        # amounts come with spaces that do not break
        return json.loads(json.dumps(shown, default=str).replace("\\u00a0", " "))


def group(customers, mean, deviation=30.0, before=0.0):
    """Sums of customers with that mean and standard deviation of both amounts, which are independent."""
    squares = deviation**2 * (customers - 1)
    return Sums(
        customers,
        customers * mean,
        squares + customers * mean**2,
        customers * before,
        squares + customers * before**2,
        customers * mean * before,
    )


@tagged("post_install", "-at_install")
class TestActEffectCounting(ActEffectCommon):
    def _cells(self, window_days=30, **values):
        domain = [("company_id", "=", self.company.id), ("window_days", "=", window_days)]
        return self.env["retail.effect"].search(
            domain + [(name, "=", value) for name, value in values.items()]
        )

    def test_sums_are_those_of_what_customers_brought_before_and_after_the_draw(self):
        # given two customers treated and one left alone, with purchases on every side of every border
        expected = {}
        for number, (is_held_out, amounts) in enumerate(
            (
                # drawn 100 days ago: 130 to 101 days ago is before, 100 to 71 after
                (False, {131: 1000, 130: 7, 101: 5, 100: 40, 71: 2, 70: 3000}),
                (False, {120: 11, 90: -4}),
                (True, {105: 3, 80: 100}),
            )
        ):
            customer = self._customer(f"Customer {number}")
            self._lot(customer, is_held_out)
            for days_ago, amount in amounts.items():
                self._buys(customer, amount, days_ago=days_ago, cost=amount / 4)
            before = sum(amount for days, amount in amounts.items() if 101 <= days <= 130)
            after = sum(amount for days, amount in amounts.items() if 71 <= days <= 100)
            expected.setdefault(is_held_out, []).append((after, before))
        # and one who bought nothing
        self._lot(self._customer("Nothing"), is_held_out=True)
        expected[True].append((0, 0))
        # when
        self._count()
        # then
        for is_held_out, pairs in expected.items():
            cell = self._cells(is_held_out=is_held_out)
            self.assertEqual(cell.customers, len(pairs))
            self.assertAlmostEqual(cell.revenue, sum(after for after, _before in pairs))
            self.assertAlmostEqual(cell.revenue_squares, sum(after**2 for after, _before in pairs))
            self.assertAlmostEqual(cell.revenue_before, sum(before for _after, before in pairs))
            self.assertAlmostEqual(cell.revenue_before_squares, sum(before**2 for _after, before in pairs))
            self.assertAlmostEqual(cell.revenue_products, sum(after * before for after, before in pairs))
            self.assertAlmostEqual(cell.contribution, 0.75 * cell.revenue)
            self.assertAlmostEqual(cell.contribution_squares, 0.75**2 * cell.revenue_squares)
            self.assertAlmostEqual(cell.contribution_products, 0.75**2 * cell.revenue_products)

    def test_customers_whose_window_is_not_over_have_no_part_yet(self):
        self._lot(self._customer(), days_ago=60)
        self._lot(self._customer(), days_ago=59)
        self._count()
        counts = {window: sum(self._cells(window).mapped("customers")) for window in (30, 60, 90)}
        self.assertEqual(counts, {30: 2, 60: 1, 90: 0})

    def test_the_lot_decides_and_not_whether_something_was_done(self):
        treated, forgotten, alone = (self._customer() for _number in range(3))
        self._acted(self._lot(treated))
        self._acted(self._lot(forgotten), state="lapsed")
        lot = self._lot(alone, is_held_out=True)
        self._acted(lot)
        self._count()
        looked_after, left_alone = self._cells(is_held_out=False), self._cells(is_held_out=True)
        self.assertEqual((looked_after.customers, looked_after.reached_customers), (2, 1))
        self.assertEqual((left_alone.customers, left_alone.reached_customers), (1, 0))

    def test_rows_name_the_event_for_which_the_lot_was_drawn(self):
        lot = self._lot(self._customer())
        self._acted(lot, event="slipping", kind="call")
        later = self._acted(lot, event="near_upgrade", kind="mail")
        later.decided_on = self._day(days_ago=80)
        self._count()
        self.assertEqual((self._cells().event, self._cells().kind), ("slipping", "call"))

    def test_cost_is_that_of_the_actions_done_in_the_window(self):
        self._rule("key", "slipping").cost = 4
        self._acted(self._lot(self._customer()))
        self._acted(self._lot(self._customer()), days_later=45)
        self._acted(self._lot(self._customer()), state="cancelled")
        self._count()
        self.assertEqual([sum(self._cells(days).mapped("action_cost")) for days in (30, 60)], [4, 8])

    def test_an_action_is_of_the_day_that_the_shops_had(self):
        self.company.retail_tz = "Asia/Shanghai"
        self._rule("key", "slipping").cost = 4
        lots = [self._lot(self._customer(), share=share) for share in (10, 20)]
        # done at half past midnight in Shanghai: on the day of the draw, and on the first day after the window
        for lot, days_later in zip(lots, (0, 30), strict=True):
            midnight = datetime.combine(lot.drawn_on + timedelta(days=days_later), time(0, 30))
            self._acted(lot).done_on = midnight - timedelta(hours=8)
        self._count()
        reached = {cell.share: (cell.reached_customers, cell.action_cost) for cell in self._cells()}
        self.assertEqual(reached, {10: (1, 4), 20: (0, 0)})

    def test_counting_twice_changes_nothing_and_companies_stay_apart(self):
        other = self._create_company("Other Shop", currency_id=self.euro.id)
        customer = self._customer()
        self._lot(customer)
        self._lot(customer, is_held_out=True, company=other)
        self._buys(customer, 10, days_ago=90)
        self._buys(customer, 500, days_ago=90, company=other)
        for _time in range(2):
            self._count()
            self._count(other)
        self.assertEqual((self._cells().revenue, self._cells().is_held_out), (10, False))
        theirs = self.env["retail.effect"].search([("company_id", "=", other.id), ("window_days", "=", 30)])
        self.assertEqual((theirs.revenue, theirs.is_held_out), (500, True))

    def test_customers_differ_by_what_those_of_the_segment_brought_since(self):
        # given Anna who was key 30 days ago, though she is no more, and Bert who came in only now
        bert = self._customer("Bert")
        self._in_key(bert)
        self._moves(self.anna, "transactional", "key", days_ago=200)
        self._moves(self.anna, "key", "transactional", days_ago=10)
        self._moves(bert, "transactional", "key", days_ago=10)
        self._buys(self.anna, 40, days_ago=10)
        self._buys(self.anna, 7, days_ago=40)
        self._buys(bert, 900, days_ago=10)
        # when
        self._count()
        # then
        baseline = self.env["retail.effect.baseline"].search(
            [("strategy_id", "=", self.strategy.id), ("window_days", "=", 30)]
        )
        self.assertEqual((baseline.revenue, baseline.revenue_before), (40, 7))
        self.assertEqual(baseline.members, 1)

    def test_customers_who_have_a_lot_are_told_apart_from_those_to_come(self):
        # given three customers to whom something happened lately: drawn long ago, drawn then, and not drawn
        customers = [self._customer() for _number in range(3)]
        for customer in customers:
            self._in_key(customer)
            action = self._acted(self._lot(customer, days_ago=10))
            action.decided_on = self._day(days_ago=10)
        lots = self.env["retail.holdout"].search([("strategy_id", "=", self.strategy.id)], order="id")
        lots[0].drawn_on = self._day(days_ago=100)
        lots[2].unlink()
        # when
        self._count()
        # then
        baseline = self.env["retail.effect.baseline"].search(
            [("strategy_id", "=", self.strategy.id)], limit=1
        )
        self.assertEqual(
            (baseline.members, baseline.drawn_customers, baseline.reached_customers),
            (len(customers) + len(self.anna), 2, 2),
        )

    def test_run_counts_once_a_week_and_on_full_runs(self):
        self._buys(self.anna, 10, days_ago=40)
        Baseline = self.env["retail.effect.baseline"]
        days = []
        for days_ago, full in ((8, False), (7, False), (1, False), (0, True)):
            self._rescore(as_of=self._day(days_ago=days_ago), full=full)
            last = Baseline.search([("company_id", "=", self.company.id)], limit=1).as_of
            days.append((self.today - last).days)
        self.assertEqual(days, [8, 8, 1, 0])


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestActEffectPage(ActEffectCommon):
    def test_effect_is_said_in_plain_words(self):
        self._lots(1, 1)
        self._cell(group(4000, 121.5), group(1000, 100))
        effect = self._shown()["effect"]
        self.assertEqual(effect["verdict"], "more")
        # difference 21.5, standard error 30 * sqrt(1 / 4000 + 1 / 1000) = 1.06
        self.assertEqual(
            effect["words"], "Customers who were looked after brought $ 19 to $ 24 more each in 90 days."
        )
        self.assertAlmostEqual(effect["difference"], 21.5, 2)
        self.assertIn("$ 77,678", effect["notes"][0])
        self.assertIn("not known", effect["notes"][1])

    def test_what_cannot_be_told_from_chance_is_not_called_an_effect(self):
        self._lots(1, 1)
        self._cell(group(400, 102), group(400, 100))
        effect = self._shown()["effect"]
        self.assertEqual(effect["verdict"], "unclear")
        self.assertIn("No difference can be told from chance", effect["words"])

    def test_harm_is_called_by_its_name(self):
        self._lots(1, 1)
        self._cell(group(4000, 80), group(1000, 100))
        effect = self._shown()["effect"]
        self.assertEqual(effect["verdict"], "less")
        self.assertIn("less each in 90 days", effect["words"])

    def test_cost_of_the_actions_is_set_against_the_effect(self):
        self._lots(1, 1)
        self._cell(group(4000, 121.5), group(1000, 100), action_cost=12000, reached_customers=3000)
        effect = self._shown()["effect"]
        self.assertEqual(effect["cost"], 3)
        note = next(note for note in effect["notes"] if "cost $ 3" in note)
        self.assertIn("$ 16 to $ 21 are left", note)
        self.assertIn("For 3,000 of the 4,000", " ".join(effect["notes"]))
        self.assertIn("left alone something was done all the same", " ".join(effect["notes"]))

    def test_few_customers_are_a_first_hint_or_nothing(self):
        self._lots(1, 1)
        self._cell(group(500, 130), group(150, 100))
        effect = self._shown()["effect"]
        self.assertTrue(effect["is_first_hint"])
        self.assertIn("A first hint only", effect["notes"][-1])
        self.env["retail.effect"].search([]).unlink()
        self._cell(group(500, 130), group(99, 100))
        effect = self._shown()["effect"]
        self.assertEqual(effect["verdict"], "unknown")
        self.assertIn("99 left alone are too few", effect["words"])
        self.assertNotIn("difference", effect)

    def test_only_customers_of_the_period_and_window_count(self):
        self._lots(1, 1)
        self._cell(group(500, 130), group(400, 100), days_ago=200)
        self.assertEqual(self._shown(months=12)["effect"]["verdict"], "more")
        self.assertEqual(self._shown(months=3)["effect"]["verdict"], "unknown")
        self.assertEqual(self._shown(window_days=30)["effect"]["verdict"], "unknown")

    def test_customers_drawn_under_different_shares_are_not_mixed(self):
        self._lots(1, 1)
        self._cell(group(1800, 100), group(200, 100), share=10)
        self._cell(group(1000, 10), group(1000, 10), share=50)
        effect = self._shown()["effect"]
        self.assertAlmostEqual(effect["difference"], 0, 2)
        self.assertIn("share was changed", " ".join(effect["notes"]))

    def test_each_event_has_a_comparison_of_its_own(self):
        self._lots(1, 1)
        self._cell(group(4000, 130), group(1000, 100))
        self._cell(group(400, 90), group(90, 100), event="near_upgrade", kind="mail")
        parts = self._shown()["parts"]
        self.assertEqual(
            [part["name"] for part in parts], ["Slipping: Call", "Near the next segment: E-mail"]
        )
        self.assertEqual([part["verdict"] for part in parts], ["more", "unknown"])

    def test_an_event_with_few_customers_is_a_first_hint_beside_a_strategy_with_enough(self):
        self._lots(1, 1)
        self._cell(group(4000, 130), group(1000, 100))
        self._cell(group(900, 150), group(100, 100), event="near_upgrade", kind="mail")
        shown = self._shown()
        self.assertFalse(shown["effect"]["is_first_hint"])
        large, small = shown["parts"]
        self.assertEqual((large["verdict"], large["notes"]), ("more", []))
        self.assertEqual(small["verdict"], "more")
        self.assertIn("A first hint only", small["notes"][0])

    def test_page_says_why_nothing_can_be_measured(self):
        self.strategy.holdout_share = 0
        self.assertIn("nobody was left alone", self._shown()["effect"]["words"])
        self.strategy.holdout_share = 10
        self.assertIn("10 % of customers are to be left alone", self._shown()["effect"]["words"])
        lot = self._lot(self._customer(), days_ago=20)
        self.assertIn("by chance nobody has been left alone", self._shown()["effect"]["words"])
        lot.is_held_out = True
        self.assertIn("everybody was left alone", self._shown()["effect"]["words"])
        self._lot(self._customer(), days_ago=10)
        self.assertIn("the next nightly run counts", self._shown()["effect"]["words"])
        self._count()
        self.assertIn("90 days are over on 09/08/2025", self._shown()["effect"]["words"])
        lot.drawn_on = self._day(days_ago=700)
        self._count()
        self.assertIn("Choose a longer period", self._shown()["effect"]["words"])

    def test_smallest_effect_is_shown_before_one_starts(self):
        self._baseline(group(6000, 100, 40, before=100), members=6000)
        plan = self._shown()["plan"]
        cells = {(cell["share"], cell["months"]): cell for cell in plan["cells"]}
        # nothing has happened yet: everybody is supposed to be reached at once
        cell = cells[10, 1]
        self.assertEqual((cell["treated"], cell["held_out"]), (5400, 600))
        # (1.96 + 0.84) * 40 * sqrt(1 / 5400 + 1 / 600)
        self.assertAlmostEqual(cell["smallest"], 2.8016 * 40 * (1 / 5400 + 1 / 600) ** 0.5, 2)
        self.assertEqual(cell["level"], "good")
        self.assertIn("by $ 4.82 or more", cell["words"])
        self.assertIn("on average it is $ 100 now", cell["words"])

    def test_plan_goes_on_at_the_pace_of_the_last_days(self):
        self._baseline(group(6000, 100), members=6000, reached_customers=300, reached_days=60)
        cells = {(cell["share"], cell["months"]): cell for cell in self._shown()["plan"]["cells"]}
        self.assertEqual(cells[50, 12]["held_out"] + cells[50, 12]["treated"], 1826)
        self.assertEqual(cells[5, 1]["level"], "none")
        self.assertIn("too few to see anything", cells[5, 1]["words"])

    def test_plan_is_about_customers_who_have_no_lot_yet(self):
        values = {"members": 6000, "drawn_customers": 4000}
        baseline = self._baseline(group(6000, 100), reached_customers=900, reached_days=90, **values)
        plan = self._shown()["plan"]
        cells = {(cell["share"], cell["months"]): cell for cell in plan["cells"]}
        self.assertEqual(cells[30, 12]["held_out"] + cells[30, 12]["treated"], 2000)
        self.assertIn("4,000 of the 6,000 customers", plan["words"])
        self.assertIn("for the first time with 900 customers", plan["words"])
        baseline.reached_customers = 0
        plan = self._shown()["plan"]
        self.assertEqual({cell["level"] for cell in plan["cells"]}, {"none"})
        self.assertIn("4,000 of the 6,000 customers", plan["words"])

    def test_actions_are_counted_by_what_became_of_them(self):
        done = self._action(strategy_id=False)
        done.with_user(self.emil).sudo(False)._log_outcome(self._ending("reached"))
        self._action().action_cancel()
        late = self._action(user_id=self.dora.id)
        late.sudo().write({"event_on": self._day(days_ago=100)})
        self._acted(self._lot(self._customer(), is_held_out=True))
        loop = self._data()["loop"]
        self.assertEqual(
            loop["total"],
            {
                "made": 4,
                "done": 1,
                "cancelled": 1,
                "lapsed": 0,
                "open": 1,
                "held_out": 1,
                "never_closed": 1,
                "successes": 1,
            },
        )
        people = {person["id"]: person for person in loop["people"]}
        self.assertEqual(people[self.emil.id]["done"], 1)
        self.assertEqual((people[self.dora.id]["open"], people[self.dora.id]["never_closed"]), (1, 1))
        self.assertEqual(
            [(one["name"], one["count"]) for one in loop["outcomes"]], [(self._ending("reached").name, 1)]
        )
        self.assertEqual(sum(one["made"] for one in loop["strategies"]), 4)

    def test_who_may_not_read_contribution_sees_revenue(self):
        self._lots(1, 1)
        self._cell(group(4000, 121.5), group(1000, 100), revenue=4000 * 200)
        self.assertEqual(self._shown("manager")["effect"]["measure"], CONTRIBUTION)
        shown = self._shown("approver")["effect"]
        self.assertEqual((shown["measure"], shown["revenue"]), ("revenue", None))
        for role in ("finance", "auditor"):
            self.assertEqual(self._shown(role)["effect"]["measure"], CONTRIBUTION, role)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            self._data("user")
        with self.assertRaises(AccessError):
            self.env["retail.effect"].with_user(self.users["approver"]).search([("contribution", ">", 0)])

    def test_companies_are_kept_apart_and_a_branch_sees_its_main_company(self):
        other = self._create_company("Other Shop", currency_id=self.euro.id)
        branch = self._create_company("Branch", parent_id=self.company.id)
        self._lots(1, 1)
        self._cell(group(4000, 130), group(1000, 100))
        self.users["manager"].company_ids = [Command.link(other.id), Command.link(branch.id)]
        verdicts = {
            company: {one["effect"]["verdict"] for one in self._data(company=company)["strategies"]}
            for company in (self.company, branch, other)
        }
        self.assertEqual(verdicts[self.company], {"more", "unknown"})
        self.assertEqual(verdicts[branch], {"more", "unknown"})
        self.assertEqual(verdicts[other], {"unknown"})
        self.assertEqual(self._data(company=other)["currency_id"], self.euro.id)

    def test_choices_that_are_none_are_refused(self):
        for choice in ({"months": 5}, {"window_days": 91}, {"months": "12"}, {"window_days": None}):
            with self.assertUndone("Choose the period"):
                self._data(**choice)

    def test_number_of_queries_does_not_depend_on_the_number_of_rows(self):
        for number in range(20):
            self._cell(group(400, 130), group(400, 100), share=number + 1)
            self._acted(self._lot(self._customer()))
        self._data()
        self.env.flush_all()
        self.env.invalidate_all()
        # current company 1; strategies 2; cells 2; lots 1; customers' differences 2; actions 3; names 4
        with self.assertQueryCount(15):
            self._data()


@tagged("post_install", "-at_install")
class TestActEffectTour(ActEffectCommon, HttpCase):
    def test_manager_sees_what_came_of_the_strategies(self):
        self.env["res.lang"]._activate_lang("en_US")
        # the browser's clock cannot be set
        type(self).today = fields.Date.today()
        self._lots(1, 1)
        self._cell(group(4000, 121.5), group(1000, 100))
        self._baseline(group(6000, 100), members=6000)
        self._action(user_id=self.dora.id)
        # those of another shop's strategies are copied
        self.env["retail.strategy"].search([("company_id", "=", self.company.id)]).holdout_share = 0
        self.strategy.holdout_share = 10
        user = self.users["manager"]
        user.lang = "en_US"
        self.start_tour("/odoo/retail-effects", "retail_crm_act_effect", login=user.login)
