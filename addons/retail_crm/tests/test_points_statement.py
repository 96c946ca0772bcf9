from datetime import date, datetime
from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .points_common import PointsCommon
from .test_points_roll_forward import HistoryMixin


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30 12:00:00")
class TestPointsStatement(HistoryMixin, PointsCommon):
    """What the wallet tells, against its moves added up one by one in plain Python."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._user("statement_staff", "retail_crm.group_user")
        cls._card()

    def _statement(self, *args, user=None, **kwargs):
        self.env.flush_all()
        self.env.invalidate_all()
        wallet = self._wallet().with_user(user or self.staff).with_company(self.company)
        return wallet.get_statement(*args, **kwargs)

    def _summary(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self._wallet().with_user(self.staff).with_company(self.company).get_summary()

    def _lines(self, told, name="points"):
        return {line["kind"]: line[name] for line in told["lines"]}

    def test_period_begins_with_what_was_there_and_ends_with_what_is_left(self):
        self._books("2025-04-10 12:00:00", 100)
        self._books("2025-05-10 12:00:00", 50)
        self._books("2025-05-20 12:00:00", 30, "redeem", "spend")
        self._books("2025-06-10 12:00:00", 7)
        told = self._statement("2025-05-01", "2025-05-31")
        self.assertEqual((told["opening"]["points"], told["closing"]["points"]), (100, 120))
        self.assertEqual(self._lines(told), {"earn": 50, "redeem": -30})
        self.assertEqual(
            [(event["kind"], event["points"], event["points_after"]) for event in told["events"]],
            [("redeem", -30, 120), ("earn", 50, 150)],
        )
        self.assertEqual(self._summary()["available"], 127)

    def test_pending_points_are_told_apart_from_those_that_can_be_spent(self):
        self._books("2025-06-10 12:00:00", 50, release_on=date(2025, 7, 1))
        lot = self._wallet().lot_ids
        told = self._statement()
        self.assertEqual((told["closing"]["points"], told["closing"]["available"]), (50, 0))
        self.assertEqual(self._summary()["next_release"], {"day": date(2025, 7, 1), "points": 50})
        self._books("2025-06-20 12:00:00", 0, "release", "release", lot_ids=(lot.id,))
        told = self._statement()
        self.assertEqual(self._lines(told, "available"), {"earn": 0, "release": 50})
        self.assertEqual((told["closing"]["points"], told["closing"]["available"]), (50, 50))

    def test_debt_and_its_repayment_are_told(self):
        self._books("2025-06-01 12:00:00", 100)
        self._books("2025-06-02 12:00:00", 80, "redeem", "spend")
        self._books("2025-06-03 12:00:00", 50, "reverse", "take_back")
        told = self._summary()
        self.assertEqual((told["available"], told["debt"]), (-30, 30))
        self._books("2025-06-04 12:00:00", 40)
        told = self._summary()
        self.assertEqual((told["available"], told["debt"]), (10, 0))
        told = self._statement()
        self.assertEqual(self._lines(told, "debt"), {"earn": 0, "redeem": 0, "reverse": 30, "repay": -30})
        self.assertEqual(told["closing"], {"points": 10, "available": 10, "debt": 0})

    def test_what_one_event_took_from_several_lots_is_one_row(self):
        for day in (1, 2, 3):
            self._books(f"2025-06-0{day} 12:00:00", 10, expires_on=date(2026, 1, day))
        self._books("2025-06-10 12:00:00", 25, "redeem", "spend")
        event = self._statement()["events"][0]
        self.assertEqual((event["points"], event["points_after"]), (-25, 5))

    def test_balances_are_those_of_a_plain_sum_whatever_the_page(self):
        wallet = self._wallet()
        self._random_history([wallet], 99, datetime(2025, 5, 15), 40)
        told = [
            self._statement("2025-06-01", "2025-06-30", offset=offset, limit=7) for offset in range(0, 70, 7)
        ]
        count = told[0]["event_count"]
        events = [event for page in told for event in page["events"]]
        self.assertEqual(len(events), count)
        moves = [(move.moment, move.kind, move) for move in self._all_moves()]
        begin, end = datetime(2025, 6, 1), datetime(2025, 7, 1)
        for name, measure in (("points", "amount"), ("available", "available_amount")):
            value = {move.id: Decimal(repr(move[measure])) for _moment, _kind, move in moves}
            before = sum(value[move.id] for moment, _kind, move in moves if moment < begin)
            after = sum(value[move.id] for moment, _kind, move in moves if moment < end)
            self.assertEqual(told[0]["opening"][name], float(before))
            self.assertEqual(told[0]["closing"][name], float(after))
            self.assertEqual(events[0][f"{name}_after"], float(after))
            self.assertAlmostEqual(events[-1][f"{name}_after"] - events[-1][name], float(before), 6)
            for kind, points in self._lines(told[0], name).items():
                plain = sum(value[move.id] for at, of, move in moves if of == kind and begin <= at < end)
                self.assertEqual(points, float(plain), kind)
        summary = self._summary()
        self.assertEqual((summary["available"], summary["pending"]), (wallet.available, wallet.pending))

    def test_days_are_those_of_the_shop(self):
        self.company.retail_tz = "Asia/Shanghai"
        self._books("2025-05-31 15:59:59", 1)
        self._books("2025-05-31 16:00:00", 2)
        self._books("2025-06-30 15:59:59", 4)
        self._books("2025-06-30 16:00:00", 8)
        told = self._statement("2025-06-01", "2025-06-30")
        self.assertEqual((told["opening"]["points"], self._lines(told)), (1, {"earn": 6}))

    def test_next_expiry_and_what_expires_when(self):
        self._books("2025-06-01 12:00:00", 10, expires_on=date(2025, 7, 5))
        self._books("2025-06-01 12:00:00", 3, expires_on=date(2025, 7, 20))
        self._books("2025-06-01 12:00:00", 4, expires_on=date(2027, 1, 1))
        self._books("2025-06-01 12:00:00", 6)
        told = self._summary()
        self.assertEqual(told["next_expiry"], {"day": date(2025, 7, 5), "points": 10})
        points = {row["month"]: row["points"] for row in told["expiries"] if row["points"]}
        self.assertEqual(points, {date(2025, 7, 1): 13, date(2026, 5, 1): 4, False: 6})

    def test_quotation_that_reserves_points_is_told(self):
        self._books("2025-06-01 12:00:00", 150)
        self._redeems(self._order(50))
        figures = self._summary()
        self.assertEqual((figures["available"], figures["reserved"]), (150, 100))

    def test_every_row_names_its_document(self):
        order = self._order(50)
        order.action_confirm()
        event = self._statement()["events"][0]
        self.assertEqual(event["document"]["name"], order.name)
        self.assertEqual((event["document"]["model"], event["document"]["id"]), ("sale.order", order.id))
        # who may not read orders learns the number, and opens nothing
        self.assertFalse(event["document"]["may_open"])
        seller = self._user("statement_seller", "sales_team.group_sale_salesman_all_leads")
        self.assertTrue(self._statement(user=seller)["events"][0]["document"]["may_open"])

    def test_an_empty_wallet_has_an_empty_statement(self):
        told = self._statement()
        self.assertEqual((told["lines"], told["events"], told["event_count"]), ([], [], 0))
        self.assertEqual(self._summary()["expiries"], [])
        self.assertEqual(told["closing"]["points"], 0)

    def test_every_role_reads_it_and_nobody_else(self):
        self._books("2025-06-01 12:00:00", 10)
        for role in ("user", "manager", "approver", "finance", "auditor"):
            user = self._user(f"statement_{role}", f"retail_crm.group_{role}")
            self.assertEqual(self._statement(user=user)["closing"]["points"], 10, role)
        there = self._create_company("Other shop")
        values = {"company_id": there.id, "company_ids": [Command.set(there.ids)]}
        strangers = [
            self._user(f"not_{group}", group)
            for group in ("base.group_user", "stock.group_stock_user", "base.group_portal")
        ] + [self._user("statement_there", "retail_crm.group_manager", **values)]
        for user in strangers:
            wallet = self._wallet().with_user(user).with_context(allowed_company_ids=user.company_id.ids)
            for method in (wallet.get_statement, wallet.get_summary):
                with self.subTest(user=user.login, method=method.__name__), self.assertRaises(AccessError):
                    method()

    def test_what_cannot_be_read_is_said(self):
        with self.assertRaisesRegex(UserError, "is not a day"):
            self._statement("last year")
        with self.assertRaisesRegex(UserError, "first day"):
            self._statement("2025-06-30", "2025-06-01")

    def test_number_of_queries_does_not_depend_on_the_number_of_movements(self):
        for number in range(30):
            self._books(f"2025-06-{number % 28 + 1:02} 12:00:00", 5 + number, document=self._wallet())
        wallet = self._wallet().with_user(self.staff).with_company(self.company)
        wallet.get_statement()
        self.env.invalidate_all()
        # rights of the wallet 2, company and time zone 2, sums 1, events 1, their documents 3, authors 1
        with self.assertQueryCount(11):
            wallet.get_statement("2025-06-01", "2025-06-30")
        self.env.invalidate_all()
        # rights 2, company and time zone 2, unit 1, figures 2, expiries 1
        with self.assertQueryCount(10):
            wallet.get_summary()
