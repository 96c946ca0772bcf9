import random
from collections import Counter
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import RetailCommon

ROLES = {
    "staff": "retail_crm.group_user",
    "manager": "retail_crm.group_manager",
    "approver": "retail_crm.group_approver",
    "finance": "retail_crm.group_finance",
    "auditor": "retail_crm.group_auditor",
}


class MovementsCase(RetailCommon):
    """Thirty customers of all kinds, whose segments are looked at after each event: the oracle of the log."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._user(f"movements_{role}", groups) for role, groups in ROLES.items()}
        cls.customers = [cls._customer(f"Customer {number:02}") for number in range(30)]
        cls.chance = random.Random(7)

    def setUp(self):
        super().setUp()
        # [(day, {customer id: segment id})], in the order of events
        self.seen = []

    def _shop(self, first_days_ago=150):
        """Purchases of random size and rhythm from ``first_days_ago`` until today."""
        for customer in self.customers:
            day, gap = self.chance.randint(0, first_days_ago), self.chance.choice([5, 20, 60])
            while day >= 0:
                self._buys(customer, self.chance.choice([5, 20, 80, 300]), days_ago=day)
                day -= self.chance.randint(1, 2 * gap)

    def _runs(self, days_ago):
        day = self._day(days_ago=days_ago)
        self._rescore(as_of=day)
        self._look(day)

    def _pins(self, customer, code, days_ago):
        """Pin the customer on that day, or end the pin where ``code`` is None."""
        day = self._day(days_ago=days_ago)
        with freeze_time(day):
            pin = self.env["retail.segment.pin"].search(
                [("partner_id", "=", customer.id), ("company_id", "=", self.company.id)]
            )
            if not code:
                pin.active = False
            elif pin:
                pin.segment_id = self._segment(code)
            else:
                values = {
                    "partner_id": customer.id,
                    "segment_id": self._segment(code).id,
                    "reason": "Knows us",
                }
                self.env["retail.segment.pin"].create(values)
        self._look(day)

    def _look(self, day):
        self.env.flush_all()
        profiles = self._profiles()
        self.seen.append((day, {profile.partner_id.id: profile.segment_id.id for profile in profiles}))

    def _segment_on(self, customer, day):
        """What was last seen up to the end of the day, 0 before there was a segment."""
        states = [state for seen_on, state in self.seen if seen_on <= day]
        return states[-1].get(customer.id, 0) if states else 0

    def _profiles(self):
        return self.env["retail.profile"].search([("company_id", "=", self.company.id)])

    def _page(self, role="manager"):
        user = self.users[role]
        return (
            self.env["retail.movements"].with_user(user).with_context(allowed_company_ids=user.company_id.ids)
        )

    def _moves(self, since, until, role="manager", **filters):
        """{(from, to): customers}"""
        cells = self._page(role).get_movements(str(since), str(until), filters)["cells"]
        return {(cell["from_id"], cell["to_id"]): cell["customers"] for cell in cells}

    def _opened(self, since, origin, until, target):
        """The customers that a click on the cell opens."""
        text = f"{since}:{origin}>{until}:{target}"
        return self.env["retail.profile"].search(
            [("movement", "=", text), ("company_id", "=", self.company.id)]
        )


@tagged("post_install", "-at_install")
class TestMovements(MovementsCase):
    def _live(self):
        """Half a year with runs, pins, several of them on one day, and customers who come later."""
        self._shop()
        pinned, moved = self.customers[3], self.customers[4]
        self._runs(150)
        self._runs(110)
        self._pins(pinned, "risk", 110)
        self._pins(pinned, "strategic", 110)
        self._runs(70)
        self._pins(moved, "key", 69)
        self._pins(pinned, None, 40)
        self._runs(40)
        self._pins(moved, "risk", 39)
        self._pins(moved, None, 39)
        self._runs(20)
        self._runs(0)

    def test_cells_count_who_was_where_on_the_two_days(self):
        self._live()
        days = [self._day(days_ago=ago) for ago in (200, 150, 111, 110, 109, 69, 40, 39, 38, 20, 1, 0, -5)]
        for since in days:
            for until in days:
                if since < until:
                    expected = Counter(
                        (self._segment_on(customer, since), self._segment_on(customer, until))
                        for customer in self.customers
                    )
                    # whoever was no customer on the second day is in no cell
                    expected = {pair: count for pair, count in expected.items() if pair[1]}
                    self.assertEqual(self._moves(since, until), expected, f"{since} to {until}")

    def test_every_cell_opens_the_customers_it_counts(self):
        self._live()
        since, until = self._day(days_ago=100), self._day(days_ago=20)
        moves = self._moves(since, until)
        self.assertGreater(len(moves), 5)
        for (origin, target), count in moves.items():
            opened = self._opened(since, origin, until, target)
            self.assertEqual(len(opened), count)
            for customer in opened.partner_id:
                self.assertEqual(
                    (self._segment_on(customer, since), self._segment_on(customer, until)), (origin, target)
                )

    def test_row_and_column_open_as_many_as_their_cells_together(self):
        self._live()
        since, until = self._day(days_ago=100), self._day(days_ago=20)
        moves = self._moves(since, until)
        for segment in {origin for origin, _target in moves}:
            total = sum(count for (origin, _target), count in moves.items() if origin == segment)
            self.assertEqual(len(self._opened(since, segment, until, "*")), total)
        for segment in {target for _origin, target in moves}:
            total = sum(count for (_origin, target), count in moves.items() if target == segment)
            self.assertEqual(len(self._opened(since, "*", until, segment)), total)

    def test_several_movements_open_together_and_their_opposite_the_rest(self):
        self._live()
        since, until = self._day(days_ago=100), self._day(days_ago=20)
        moves = self._moves(since, until)
        risen = [pair for pair in moves if pair[0] and pair[0] != pair[1]]
        texts = [f"{since}:{origin}>{until}:{target}" for origin, target in risen]
        ours = [("company_id", "=", self.company.id)]
        Profile = self.env["retail.profile"]
        opened = Profile.search([*ours, ("movement", "in", texts)])
        self.assertEqual(len(opened), sum(moves[pair] for pair in risen))
        self.assertEqual(
            Profile.search([*ours, ("movement", "not in", texts)]), Profile.search(ours) - opened
        )

    def test_value_of_a_cell_is_that_of_its_customers_today(self):
        self._live()
        since, until = self._day(days_ago=100), self._day()
        for cell in self._page().get_movements(str(since), str(until))["cells"]:
            opened = self._opened(since, cell["from_id"], until, cell["to_id"])
            self.assertAlmostEqual(cell["value"], sum(opened.mapped("value")), 2)

    def test_merged_customers_are_one_and_have_not_moved_by_that(self):
        self._live()
        before = self._moves(self._day(days_ago=1), self._day())
        stays, goes = self.customers[:2]
        self.env["base.partner.merge.automatic.wizard"]._merge((stays | goes).ids, stays)
        moves = self._moves(self._day(days_ago=1), self._day())
        self.assertEqual(sum(moves.values()), sum(before.values()) - 1)
        since_then = self._moves(self._day(), self._day() + timedelta(days=1))
        self.assertTrue(all(origin == target for origin, target in since_then))
        self.assertEqual(sum(since_then.values()), 29)


@tagged("post_install", "-at_install")
class TestMovementFilters(MovementsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stores = cls.env["retail.store"].create(
            [{"name": name, "code": name, "company_id": cls.company.id} for name in ("North", "South")]
        )
        cls.owners = [cls.users["staff"], cls.users["manager"]]
        for number, customer in enumerate(cls.customers):
            if owner := (*cls.owners, None)[number % 3]:
                cls.env["retail.owner"]._give(customer, owner, cls.company, day=cls.today)

    def _open_shops(self):
        for number, customer in enumerate(self.customers):
            for ago in (60, 3):
                store = self.stores[(number + (ago == 60)) % 2]
                self._buys(customer, self.chance.choice([5, 50, 500]), days_ago=ago, store_id=store.id)
        self._runs(30)
        self._runs(0)

    def assertNarrowed(self, keeps, **filters):
        """The page counts those whom ``keeps(profile)`` keeps."""
        since, until = self._day(days_ago=30), self._day()
        expected = Counter(
            (self._segment_on(profile.partner_id, since), self._segment_on(profile.partner_id, until))
            for profile in self._profiles().filtered(keeps)
        )
        self.assertTrue(expected)
        self.assertEqual(self._moves(since, until, **filters), expected)

    def test_page_narrows_to_store_owner_and_strategy_of_today(self):
        self._open_shops()
        store, owner, strategy = self.stores[0], self.owners[0], self._strategy("key")
        self.assertNarrowed(lambda profile: profile.store_id == store, store_id=store.id)
        self.assertNarrowed(lambda profile: profile.partner_id.retail_owner_id == owner, user_id=owner.id)
        self.assertNarrowed(lambda profile: profile.strategy_id == strategy, strategy_id=strategy.id)
        self.assertNarrowed(
            lambda profile: profile.store_id == store and profile.partner_id.retail_owner_id == owner,
            store_id=store.id,
            user_id=owner.id,
            strategy_id=False,
        )

    def test_upgrades_and_slipping_are_narrowed_too(self):
        self._open_shops()
        store = self.stores[0]
        since, until = str(self._day(days_ago=30)), str(self._day())
        found = self._page().get_movements(since, until, {"store_id": store.id})
        ours = Domain("company_id", "=", self.company.id) & Domain("store_id", "=", store.id)
        for name, field in (("upgrades", "is_near_upgrade"), ("slipping", "is_slipping")):
            profiles = self.env["retail.profile"].search(ours & Domain(field, "=", True))
            self.assertEqual(found[name]["customers"], len(profiles))
            self.assertAlmostEqual(found[name]["value"], sum(profiles.mapped("value")), 2)


@tagged("post_install", "-at_install")
class TestMovementInput(MovementsCase):
    def test_days_that_cannot_be_read_or_stand_in_the_wrong_order_are_refused(self):
        for since, until in (
            ("2025-06-30", "2025-05-30"),
            ("2025-06-30", "2025-06-30"),
            ("yesterday", "2025-06-30"),
            ("2025-05-30", "2025-02-31"),
            ("2025-05-30", None),
            (False, "2025-06-30"),
            (5, "2025-06-30"),
        ):
            with self.assertRaises(UserError, msg=(since, until)):
                self._page().get_movements(since, until)

    def test_filters_that_are_none_of_the_page_are_refused(self):
        for filters in ({"value": 5}, {"store_id": "1"}, {"store_id": [1]}, {"partner_id.user_id": 3}):
            with self.assertRaises(UserError, msg=filters):
                self._page().get_movements("2025-05-30", "2025-06-30", filters)

    def test_only_movements_as_the_page_writes_them_are_searched(self):
        for text in (
            "key",
            "2025-05-30:1",
            "2025-05-30:1>2025-06-30:2 OR 1=1",
            "2025-05-30:1>2025-06-31:2",
            "2025-05-30:-1>2025-06-30:2",
            "2025-05-30:1>2025-06-30:(SELECT 1)",
            False,
            7,
        ):
            with self.assertRaises(UserError, msg=text):
                self.env["retail.profile"].search([("movement", "=", text)])


@tagged("post_install", "-at_install")
class TestMovementRights(MovementsCase):
    def test_every_role_sees_the_same_movements(self):
        self._shop()
        self._runs(30)
        self._runs(0)
        since, until = self._day(days_ago=20), self._day()
        expected = self._moves(since, until)
        self.assertEqual(sum(expected.values()), len(self._profiles()))
        for role in ROLES:
            self.assertEqual(self._moves(since, until, role), expected, role)
            self.assertEqual(self._page(role).get_data()["as_of"], self.today, role)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_people_without_a_role_see_nothing(self):
        for login, groups in (
            ("movements_plain", "base.group_user"),
            ("movements_warehouse", "stock.group_stock_user"),
            ("movements_portal", "base.group_portal"),
        ):
            user = self._user(login, groups)
            page = self.env["retail.movements"].with_user(user)
            with self.assertRaises(AccessError):
                page.get_data()
            with self.assertRaises(AccessError):
                page.get_movements("2025-05-30", "2025-06-30")
            with self.assertRaises(AccessError):
                page.env["retail.profile"].search([("movement", "=", "2025-05-30:*>2025-06-30:*")])

    def test_companies_are_kept_apart(self):
        other = self._create_company("Other shop")
        for customer in self.customers[:5]:
            self._buys(customer, 10, days_ago=3, company=other)
        self._shop()
        self._runs(30)
        self._runs(0)
        self._rescore(company=other)
        since, until = self._day(days_ago=30), self._day()
        expected = Counter(
            (self._segment_on(customer, since), self._segment_on(customer, until))
            for customer in self.customers
        )
        self.assertEqual(self._moves(since, until), expected)
        values = {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        self.users["stranger"] = self._user("movements_stranger", ROLES["manager"], **values)
        moves = self._moves(since, until, "stranger")
        self.assertEqual({origin for origin, _target in moves}, {0}, "all of them are new")
        self.assertEqual(sum(moves.values()), 5)
        data = self._page("stranger").get_data()
        self.assertEqual(sum(row["customers"] for row in data["trend"]), 5)
        self.assertEqual([row["cells"][0]["customers"] for row in data["cohorts"]["rows"]], [5])
        text = f"{since}:*>{until}:*"
        seen = self._page("stranger").env["retail.profile"].search([("movement", "=", text)])
        self.assertEqual(seen.company_id, other.with_env(seen.env))

    def test_branch_sees_the_movements_of_the_whole_shop(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        self._shop()
        self._runs(30)
        self._runs(0)
        values = {"company_id": branch.id, "company_ids": [Command.set(branch.ids)]}
        self.users["branch"] = self._user("movements_branch", ROLES["staff"], **values)
        since, until = self._day(days_ago=20), self._day()
        self.assertEqual(self._moves(since, until, "branch"), self._moves(since, until))


@tagged("post_install", "-at_install")
class TestMovementSpeed(MovementsCase):
    def test_number_of_queries_does_not_depend_on_the_number_of_customers(self):
        self._shop()
        self._runs(30)
        self._runs(0)
        page = self._page("staff")
        since, until = str(self._day(days_ago=20)), str(self._day())
        page.get_data()
        page.get_movements(since, until, {"user_id": self.users["staff"].id})
        # current company 2; figures' day 2; segments 1, those noted 1; trend 1; cohorts 1
        self.env.invalidate_all()
        with self.assertQueryCount(10):
            page.get_data()
        # current company 2; cells 1; candidates: marks 3, sum 1; slipping: marks 2, sum 1
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            page.get_movements(since, until, {"user_id": self.users["staff"].id})

    def test_list_of_candidates_takes_the_same_queries_for_half_and_for_all(self):
        self._shop()
        self._runs(0)
        names = ["next_segment_id", "missing_value", "slipping_reason", "next_step", "next_step_date"]
        Profile = self.env["retail.profile"].with_user(self.users["staff"])
        counts = []
        # once before: rights and such are then known
        for profiles in (self._profiles(), self._profiles()[::2], self._profiles()):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Profile.browse(profiles.ids).read(names)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestEmptyShop(MovementsCase):
    def test_shop_without_figures_shows_that_there_are_none(self):
        data = self._page("staff").get_data()
        self.assertIsNone(data["as_of"])
        self.assertEqual((data["trend"], data["cohorts"]), ([], {"as_of": None, "rows": []}))
        found = self._page("staff").get_movements("2025-05-30", "2025-06-30")
        nobody = {"customers": 0, "value": 0}
        self.assertEqual(found, {"cells": [], "upgrades": nobody, "slipping": nobody})

    def test_before_the_first_run_everybody_is_new(self):
        self._shop()
        self._runs(0)
        moves = self._moves(self._day(days_ago=30), date(2030, 1, 1))
        self.assertEqual({origin for origin, _target in moves}, {0})
        self.assertEqual(sum(moves.values()), 30)
        self.assertFalse(self._moves(self._day(days_ago=30), self._day(days_ago=1)))
        self.assertEqual(sum(self._moves(self._day(), self._day() + timedelta(days=3)).values()), 30)
