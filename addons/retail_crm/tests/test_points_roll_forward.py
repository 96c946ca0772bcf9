from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..points.event import PointsEvent
from .points_common import PointsCommon

# what may be drawn: operation and kind
EVENTS = [("add", "earn"), ("add", "adjust"), ("spend", "redeem"), ("take_back", "reverse")]


class HistoryMixin:
    """Wallets with a history, booked at moments of one's own; what was booked is kept for the oracle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._numbers = count(1)

    def _books(self, moment, points, kind="earn", operation="add", wallet=None, **values):
        """Book at that moment, as the database writes moments: in UTC."""
        with freeze_time(moment):
            (wallet or self._wallet())._book(
                [
                    PointsEvent(
                        wallet=wallet or self._wallet(),
                        operation=operation,
                        kind=kind,
                        amount=Decimal(str(points)),
                        key=f"test:{next(self._numbers)}",
                        **values,
                    )
                ]
            )
        self.env.flush_all()

    def _random_history(self, wallets, seed, since, days):
        """Seeded events at random moments, in order; what the wallet cannot pay is left out."""
        random = Random(seed)
        moments = sorted(since + timedelta(minutes=random.randrange(days * 1440)) for _ in range(40))
        for moment in moments:
            wallet = random.choice(wallets)
            operation, kind = random.choice(EVENTS)
            points = Decimal(random.randrange(1, 5000)) / 100
            values = {}
            if kind == "earn" and random.random() < 0.3:
                values["release_on"] = date(2025, 12, 31)
            if operation == "spend" and points > Decimal(str(wallet.available)):
                continue
            self._books(moment, points, kind, operation, wallet, **values)
        for lot in self.env["retail.points.lot"].search(
            [("wallet_id", "in", [wallet.id for wallet in wallets])]
        ):
            if lot.remaining and random.random() < 0.3:
                operation = "release" if lot.is_pending else "expire"
                self._books(
                    since + timedelta(days=days), 0, operation, operation, lot.wallet_id, lot_ids=(lot.id,)
                )

    def _all_moves(self):
        return self.env["retail.points.move"].search([], order="id")


@tagged("post_install", "-at_install")
class TestPointsRollForward(HistoryMixin, PointsCommon):
    """What the page says, against moves added up one by one in plain Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls._user("points_finance", "retail_crm.group_finance")
        cls.staff = cls._user("points_staff", "retail_crm.group_user")
        cls.other = cls._customer("Bert")
        cls._card()
        cls._card(cls.other)

    def _roll_forward(self, since, until, user=None, **choice):
        self.env.flush_all()
        self.env.invalidate_all()
        liability = self.env["retail.points.liability"].with_user(user or self.finance)
        return liability.with_company(self.company).get_roll_forward(since, until, **choice)

    def _cells(self, told, kind, name="points"):
        return next(
            ([cell[name] for cell in row["cells"]] for row in told["rows"] if row["kind"] == kind), None
        )

    def test_months_begin_with_what_the_month_before_ended_with(self):
        self._books("2025-04-10 12:00:00", 100)
        self._books("2025-05-10 12:00:00", 50)
        self._books("2025-06-10 12:00:00", 30, "redeem", "spend")
        told = self._roll_forward("2025-05-01", "2025-06-30")
        self.assertEqual(
            [column["since"] for column in told["columns"]], [date(2025, 5, 1), date(2025, 6, 1)]
        )
        self.assertEqual([cell["points"] for cell in told["opening"]], [100, 150])
        self.assertEqual(self._cells(told, "earn"), [50, 0])
        self.assertEqual(self._cells(told, "redeem"), [0, -30])
        self.assertEqual([cell["points"] for cell in told["closing"]], [150, 120])
        self.assertTrue(told["check"]["is_right"])

    def test_points_are_valued_at_what_the_reward_costs(self):
        self._books("2025-06-10 12:00:00", 100)
        told = self._roll_forward("2025-06-01", "2025-06-30")
        # 100 points are 10 dollars off
        self.assertEqual(told["closing"][0], {"points": 100, "value": 10})
        self.assertEqual(told["check"]["total"]["lots"], {"points": 100, "value": 10})

    def test_every_figure_is_the_sum_of_its_moves(self):
        self.company.retail_tz = "America/New_York"
        wallets = [self._wallet(), self._wallet(self.other)]
        self._random_history(wallets, 20250601, datetime(2025, 5, 20), 40)
        for unit in ("day", "month"):
            for measure in ("amount", "available_amount"):
                told = self._roll_forward("2025-06-01", "2025-06-30", unit=unit, measure=measure)
                self.assertIsOracle(told, measure)
                self.assertTrue(told["check"]["is_right"])

    def assertIsOracle(self, told, measure):
        """Each move by its day in New York."""
        zone = ZoneInfo("America/New_York")
        moves = [
            (
                move.moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date(),
                move.kind,
                Decimal(repr(move[measure])),
            )
            for move in self._all_moves()
        ]
        for place, column in enumerate(told["columns"]):
            before = sum(points for day, _kind, points in moves if day < column["since"])
            after = sum(points for day, _kind, points in moves if day <= column["until"])
            self.assertEqual(told["opening"][place]["points"], float(before), column)
            self.assertEqual(told["closing"][place]["points"], float(after), column)
            for row in told["rows"]:
                plain = sum(
                    points
                    for day, kind, points in moves
                    if kind == row["kind"] and column["since"] <= day <= column["until"]
                )
                self.assertEqual(row["cells"][place]["points"], float(plain), (column, row["kind"]))

    def test_a_cell_opens_its_moves(self):
        self.company.retail_tz = "Asia/Shanghai"
        self._books("2025-05-31 15:59:59", 1)
        self._books("2025-05-31 16:00:00", 2)
        self._books("2025-06-30 15:59:59", 4)
        self._books("2025-06-30 16:00:00", 8)
        told = self._roll_forward("2025-06-01", "2025-06-30")
        self.assertEqual(self._cells(told, "earn"), [6])
        column = told["columns"][0]
        moves = self.env["retail.points.move"].search(
            [("kind", "=", "earn"), ("moment", ">=", column["from"]), ("moment", "<", column["to"])]
        )
        self.assertEqual(sorted(moves.mapped("amount")), [2, 4])

    def test_days_of_the_list_are_those_of_the_shop(self):
        self.company.retail_tz = "Asia/Shanghai"
        self._books("2025-05-31 15:59:59", 1)
        self._books("2025-05-31 16:00:00", 2)
        rows = self.env["retail.points.roll.forward"].with_user(self.finance).search([], order="day")
        self.assertEqual(
            [(row.day, row.amount, row.value, row.company_id) for row in rows],
            [(date(2025, 5, 31), 1, 0.1, self.company), (date(2025, 6, 1), 2, 0.2, self.company)],
        )

    def test_the_list_adds_up_to_the_page(self):
        wallets = [self._wallet(), self._wallet(self.other)]
        self._random_history(wallets, 7, datetime(2025, 5, 20), 30)
        told = self._roll_forward("2025-05-01", "2025-06-30")
        groups = self.env["retail.points.roll.forward"]._read_group(
            [("day", ">=", "2025-05-01")], ["day:month", "kind"], ["amount:sum"]
        )
        by_cell = {(month, kind): amount for month, kind, amount in groups}
        for row in told["rows"]:
            for column, cell in zip(told["columns"], row["cells"], strict=True):
                self.assertAlmostEqual(by_cell.get((column["since"], row["kind"]), 0), cell["points"], 6)

    def test_points_taken_back_after_they_were_spent_are_a_debt(self):
        self._books("2025-06-01 12:00:00", 100)
        self._books("2025-06-02 12:00:00", 80, "redeem", "spend")
        self._books("2025-06-03 12:00:00", 50, "reverse", "take_back")
        check = self._roll_forward("2025-06-01", "2025-06-30")["check"]
        self.assertEqual(
            [check[name]["lots"]["points"] for name in ("available", "debt", "total")], [0, 30, -30]
        )
        self.assertTrue(check["is_right"])

    def test_lots_that_were_tampered_with_show(self):
        self._books("2025-06-01 12:00:00", 100)
        self.env.cr.execute(
            "UPDATE retail_points_lot SET remaining = 90 WHERE wallet_id = %s", [self._wallet().id]
        )
        check = self._roll_forward("2025-06-01", "2025-06-30")["check"]
        self.assertFalse(check["is_right"])
        self.assertEqual((check["total"]["moves"]["points"], check["total"]["lots"]["points"]), (100, 90))

    def test_errors_of_two_programs_do_not_cancel_out(self):
        second = self._program("Second club")
        self._card(program=second)
        for program, change in ((self.program, 10), (second, -10)):
            self._books("2025-06-01 12:00:00", 100, wallet=self._wallet(program=program))
            self.env.cr.execute(
                "UPDATE retail_points_lot SET remaining = remaining + %s WHERE wallet_id = %s",
                [change, self._wallet(program=program).id],
            )
        self.assertFalse(self._roll_forward("2025-06-01", "2025-06-30")["check"]["is_right"])

    def test_merged_customers_change_nothing(self):
        self._books("2025-06-01 12:00:00", 100)
        self._wallet()._merge_into(self._wallet(self.other))
        told = self._roll_forward("2025-06-01", date.today())
        self.assertEqual(told["closing"][-1]["points"], 100)
        self.assertIsNone(self._cells(told, "merge"))
        self.assertTrue(told["check"]["is_right"])

    def test_programs_are_valued_each_at_its_own_cost(self):
        dear = self._program("Dear club")
        dear.reward_ids.required_points = 10
        self._card(program=dear)
        self._books("2025-06-01 12:00:00", 100)
        self._books("2025-06-01 12:00:00", 10, wallet=self._wallet(program=dear))
        of_all = self._roll_forward("2025-06-01", "2025-06-30")
        self.assertEqual(of_all["closing"][0]["value"], 20)
        of_one = self._roll_forward("2025-06-01", "2025-06-30", program_id=dear.id)
        self.assertEqual(of_one["closing"][0], {"points": 10, "value": 10})

    def test_other_companies_are_not_seen(self):
        there = self._create_company("Other shop")
        program = self._program("Theirs", company_id=there.id)
        self._card(program=program)
        self._books("2025-06-01 12:00:00", 5, wallet=self._wallet(program=program))
        self._books("2025-06-01 12:00:00", 100)
        told = self._roll_forward("2025-06-01", "2025-06-30")
        self.assertEqual(told["closing"][0]["points"], 100)
        rows = self.env["retail.points.roll.forward"].with_user(self.finance).search([])
        self.assertEqual(rows.company_id, self.company)

    def test_what_cannot_be_read_is_said(self):
        for choice, words in (
            ({"since": "2025-07-01", "until": "2025-06-30"}, "first day"),
            ({"since": "yesterday", "until": "2025-06-30"}, "is not a day"),
            ({"since": "2025-01-01", "until": "2025-06-30", "unit": "day"}, "shorter time"),
            ({"since": "2025-06-01", "until": "2025-06-30", "measure": "debt"}, "all points"),
        ):
            with self.subTest(**choice), self.assertRaisesRegex(UserError, words):
                self._roll_forward(**choice)

    def test_number_of_queries_does_not_depend_on_programs_days_and_moves(self):
        for number in range(5):
            program = self._program(f"Club {number}")
            self._card(program=program)
            self._books("2025-06-01 12:00:00", 5, wallet=self._wallet(program=program))
        liability = self.env["retail.points.liability"].with_user(self.finance).with_company(self.company)
        liability.get_roll_forward("2025-06-01", "2025-06-30", unit="day")
        self.env.invalidate_all()
        # user and company 2, wallets by program 1, programs 1, costs: own 1, rewards 3, their programs 1 and
        # currencies 1; moves 1, lots 1
        with self.assertQueryCount(12):
            liability.get_roll_forward("2025-06-01", "2025-06-30", unit="day")


@tagged("post_install", "-at_install")
class TestPointCost(PointsCommon):
    def _reward(self, points=100, **values):
        self.program.reward_ids = [
            Command.create({"reward_type": "discount", "required_points": points, **values})
        ]

    def _cost(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.program.retail_point_cost

    def test_costs_what_the_dearest_reward_gives_for_a_point(self):
        self._reward(50, discount_mode="per_order", discount=10)
        self._reward(1, discount_mode="per_point", discount=0.15)
        self.assertEqual(self._cost(), 0.2)

    def test_rewards_that_are_no_longer_given_do_not_count(self):
        self._reward(10, discount_mode="per_order", discount=10)
        self.program.reward_ids[-1].active = False
        self.assertEqual(self._cost(), 0.1)

    def test_gift_costs_what_it_costs_the_shop(self):
        gifts = self._product("Mug", cost=8) + self._product("Bag", cost=30)
        tag = self.env["product.tag"].create({"name": "Gifts", "product_product_ids": gifts.ids})
        self._reward(20, reward_type="product", reward_product_tag_id=tag.id, reward_product_qty=2)
        self.assertEqual(self._cost(), 3)

    def test_share_of_an_order_is_taken_of_an_average_one(self):
        self._reward(100, discount_mode="percent", discount=20)
        self.reward.active = False
        self.assertEqual(self._cost(), 0)
        for amount in (100, 200):
            self._sells(self._customer("Other"), [(self.product, 1, amount)])
        self.assertEqual(self._cost(), 0.3)
        self.program.reward_ids[-1].discount_max_amount = 25
        self.assertEqual(self._cost(), 0.25)

    def test_reward_in_another_currency_is_converted(self):
        self._rate(self.euro, {date(2020, 1, 1): 0.5})
        self.program.currency_id = self.euro
        self.assertEqual(self._cost(), 0.2)

    def test_who_keeps_the_accounts_overrules_the_rewards(self):
        finance = self._user("cost_finance", "retail_crm.group_finance")
        row = (
            self.env["retail.points.cost"]
            .with_user(finance)
            .create({"program_id": self.program.id, "company_id": self.company.id, "cost": 0.07})
        )
        self.assertEqual(self._cost(), 0.07)
        self.assertEqual(row.computed_cost, 0.1)
        row.unlink()
        self.assertEqual(self._cost(), 0.1)

    def test_manager_writes_it_on_the_program(self):
        groups = "retail_crm.group_manager,sales_team.group_sale_manager"
        program = self.program.with_user(self._user("cost_manager", groups))
        program.retail_point_cost = 0.05
        self.assertEqual(self._cost(), 0.05)
        program.retail_point_cost = 0
        self.assertEqual(self._cost(), 0.1)

    def test_staff_see_points_and_learn_their_cost_by_no_detour(self):
        self._card(points=100)
        staff = self._user("cost_staff", "sales_team.group_sale_salesman")
        for model in ("retail.points.roll.forward", "retail.points.due"):
            rows = self.env[model].with_user(staff)
            rows.search([])
            for call in (
                lambda rows=rows: rows.search([("value", ">", 1)]),
                lambda rows=rows: rows.search([], order="value"),
                lambda rows=rows: rows._read_group([], [], ["value:sum"]),
                lambda rows=rows: rows.formatted_read_group([], ["program_id"], ["value:sum"]),
                lambda rows=rows: rows.search_read([], ["value"]),
            ):
                with self.subTest(model=model), self.assertRaises(AccessError):
                    call()
        with self.assertRaises(AccessError):
            self.program.with_user(staff).read(["retail_point_cost"])
        with self.assertRaises(AccessError):
            self.env["retail.points.cost"].with_user(staff).search([])
        liability = self.env["retail.points.liability"].with_user(staff).with_company(self.company)
        told = liability.get_roll_forward("2025-06-01", date.today())
        self.assertEqual(told["closing"][-1], {"points": 100, "value": None})
        self.assertIsNone(liability.get_data()["programs"][0]["cost"])
        for user in ("base.group_user", "stock.group_stock_user", "base.group_portal"):
            stranger = self.env["retail.points.liability"].with_user(self._user(f"not_{user}", user))
            with self.assertRaises(AccessError):
                stranger.get_data()
            with self.assertRaises(AccessError):
                stranger.get_roll_forward("2025-06-01", "2025-06-30")


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestPointsDue(HistoryMixin, PointsCommon):
    """What waits and what expires, with whom to call."""

    def _dues(self, kind):
        self.env.flush_all()
        self.env["retail.points.due"].invalidate_model()
        rows = self.env["retail.points.due"].search(
            [("kind", "=", kind), ("program_id", "=", self.program.id)]
        )
        return [(row.partner_id.name, row.due_on, row.points, row.value) for row in rows]

    def test_pending_points_are_listed_by_their_day_of_release(self):
        self._card()
        self._books("2025-06-10", 40, release_on=date(2025, 7, 10), expires_on=date(2026, 6, 10))
        self._books("2025-06-11", 7, release_on=date(2025, 7, 1))
        self.assertEqual(
            self._dues("release"),
            [("Anna", date(2025, 7, 1), 7, 0.7), ("Anna", date(2025, 7, 10), 40, 4)],
        )
        self.assertEqual(self._dues("expiry"), [("Anna", date(2026, 6, 10), 40, 4)])

    def test_points_without_a_last_day_do_not_expire(self):
        self._card(points=10)
        self.assertEqual(self._dues("expiry"), [])

    def test_what_was_spent_does_not_expire(self):
        self._card()
        self._books("2025-06-10", 40, expires_on=date(2025, 7, 10))
        self._books("2025-06-11", 15, "redeem", "spend")
        self.assertEqual(self._dues("expiry"), [("Anna", date(2025, 7, 10), 25, 2.5)])

    def test_purchases_put_off_the_end_where_points_live_as_long_as_the_customer_buys(self):
        self.program.write({"retail_expiry": "rolling", "retail_expiry_days": 100})
        self._card()
        self._books("2025-03-01 12:00:00", 40, earned_on=date(2025, 3, 1))
        self._books("2025-05-01 12:00:00", 5, "redeem", "spend")
        self.assertEqual(self._dues("expiry"), [("Anna", date(2025, 8, 9), 35, 3.5)])
