import base64
import csv
import io
import random
import re
from datetime import date, timedelta
from decimal import Decimal

import openpyxl

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .points_common import PointsCommon

HEADER = "customer_ref,points,earned_on,expires_on,reference"


class PointsImportCommon(PointsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.ref = "PT1"
        cls.History = cls.env["retail.points.history"]
        cls.later = (fields.Date.today() + timedelta(days=100)).isoformat()

    def _import(self, *lines, header=HEADER, **options):
        content = "\n".join([header, *lines]).encode()
        counts = self.History.import_csv(self.company, io.BytesIO(content), **options)
        self.env.invalidate_all()
        return counts

    def assertRefused(self, words, *lines, bad_lines=None, **options):
        """The import says ``words`` and writes nothing."""

        def count():
            models = ("retail.points.history", "retail.points.move", "retail.points.wallet", "loyalty.card")
            return [self.env[model].sudo().search_count([]) for model in (*models, "res.partner")]

        before = count()
        with self.assertRaisesRegex(UserError, words) as caught:
            self._import(*lines, **options)
        self.assertEqual(count(), before)
        if bad_lines is not None:
            self.assertEqual([bad["line"] for bad in caught.exception.report["bad_rows"]], bad_lines)
        return caught.exception.report

    def _lots(self, customer=None):
        return [
            (
                lot.amount,
                lot.earned_on and lot.earned_on.isoformat(),
                lot.expires_on and lot.expires_on.isoformat(),
            )
            for lot in self._wallet(customer).lot_ids.sorted("id")
        ]


@tagged("post_install", "-at_install")
class TestPointsImport(PointsImportCommon):
    """Points that customers bring from another system."""

    def test_each_row_becomes_points_with_dates_of_their_own(self):
        counts = self._import(
            f"PT1,250,2024-05-31,{self.later},L1", f"PT1,12.345678,2025-01-01,{self.later},L2"
        )
        self.assertEqual((counts["rows"], counts["created"], counts["bad_total"]), (2, 2, 0))
        self.assertEqual(
            self._lots(), [(250, "2024-05-31", self.later), (12.345678, "2025-01-01", self.later)]
        )
        self.assertEqual(self._moves(), [("opening", 250, 250), ("opening", 12.345678, 12.345678)])
        self.assertPoints(262.345678)
        move = self._wallet().move_ids.sorted("id")[0]
        document = self.env[move.document_model].browse(move.document_id)
        self.assertEqual((move.reason, document.reference, document.points), ("L1", "L1", 250))

    def test_customers_get_a_card_and_are_found_by_it(self):
        self._import("PT1,10,,,", "PT1,5,,,x")
        card = self.env["loyalty.card"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((len(card), card.points), (1, 15))
        self._import(f"{card.code},7", header="card_code,points")
        self.assertPoints(22)

    def test_new_customers_are_made_with_a_name_only(self):
        self.assertRefused('no customer with the number "PT9"', "PT9,10,,,", bad_lines=[2])
        counts = self._import(
            "PT9,10,Ann,ann@example.com", header="customer_ref,points,customer_name,customer_email"
        )
        self.assertEqual(counts["customers_created"], 1)
        ann = self.env["res.partner"].search([("ref", "=", "PT9")])
        self.assertEqual((ann.name, ann.email), ("Ann", "ann@example.com"))
        self.assertPoints(10, customer=ann)

    def test_importing_twice_adds_nothing(self):
        lines = ["PT1,10,2024-05-31,,L1", "PT1,10,2024-05-31,,L1", "PT1,10,,,L1", "PT1,20,2024-05-31,,L1"]
        self.assertEqual(self._import(*lines)["created"], 4)
        counts = self._import(*reversed(lines), "PT1,1,,,L9")
        self.assertEqual((counts["created"], counts["already_there"]), (1, 4))
        self.assertPoints(51)

    def test_same_row_with_other_points_is_a_bad_row(self):
        self._import("PT1,10,2024-05-31,,L1")
        self.assertRefused(
            "already imported with 10.* points", "PT1,3,,,", "PT1,11,2024-05-31,,L1", bad_lines=[3]
        )
        self.assertPoints(10)

    def test_dry_run_tells_what_would_happen_and_writes_nothing(self):
        self.program.sudo().retail_point_cost = 0.25
        bob = self._customer("Bob", ref="PT2")
        counts = self._import("PT1,10,,,", "PT2,30,,,", "PT2,2,,,x", dry_run=True)
        total = counts["totals"][0]
        self.assertEqual(total["program"], self.program)
        self.assertEqual((total["customers"], total["points"], total["value"]), (2, 42, Decimal("10.5")))
        self.assertFalse(self._wallet() | self._wallet(bob))

    def test_bad_rows_are_named_and_nothing_is_written(self):
        yesterday = (fields.Date.today() - timedelta(days=1)).isoformat()
        tomorrow = (fields.Date.today() + timedelta(days=1)).isoformat()
        stranger = self._card(self._customer("Bob"))
        reasons = {
            "PT1,0,,,,": "above zero",
            "PT1,-5,,,,": "above zero",
            "PT1,200000000,,,,": "hundred million",
            "PT1,1.1234567,,,,": "six decimals",
            "PT1,ten,,,,": "not a number",
            "PT1,nan,,,,": "not an amount",
            f"PT1,5,{tomorrow},,,": "future",
            f"PT1,5,,{yesterday},,": "over since",
            f"PT1,5,{fields.Date.today()},2024-01-01,,": "before they are earned",
            "PT1,5,31/12,,,": "not a date",
            ",5,,,,": "Whose points",
            "PT1,5,,,,Gold": 'no loyalty program "Gold"',
        }
        report = self.assertRefused(
            f"{len(reasons) + 2} of {len(reasons) + 3} rows",
            *reasons,
            "PT1,5,,,,",
            f"PT1,5,,,,,{stranger.code}",
            "PT1,5,,,,,044-nobody",
            header="customer_ref,points,earned_on,expires_on,reference,program,card_code",
        )
        words = {bad["line"]: bad["reason"] for bad in report["bad_rows"]}
        for line, reason in enumerate(reasons.values(), 2):
            self.assertIn(reason, words[line])
        self.assertIn("does not belong", words[len(reasons) + 3])
        self.assertIn("No card in use", words[len(reasons) + 4])

    def test_points_that_the_program_would_let_expire_need_a_day(self):
        self.program.write({"retail_expiry": "days", "retail_expiry_days": 30})
        self.assertRefused("By the rule of the program", "PT1,5,2024-01-01,,", bad_lines=[2])
        today = fields.Date.today()
        self._import(f"PT1,5,2024-01-01,{self.later},", f"PT1,6,{today},,", "PT1,7,,,")
        last = (today + timedelta(days=30)).isoformat()
        self.assertEqual([lot[2] for lot in self._lots()], [self.later, last, last])

    def test_program_is_named_where_there_are_several(self):
        gold = self._program("Gold")
        self.assertRefused("name one in the column program", "PT1,5,,,", bad_lines=[2])
        self._import("PT1,5,gold", "PT1,6,Club", header="customer_ref,points,program")
        self.assertPoints(5, wallet=self._wallet(program=gold))
        self.assertPoints(6)

    def test_imported_points_repay_a_debt(self):
        order = self._order(100)
        order.action_confirm()
        self._redeems(other := self._order(10))
        other.action_confirm()
        order._action_cancel()
        debt = self._wallet().debt
        self.assertTrue(debt)
        self._import(f"PT1,{debt + 7},,,")
        self.assertPoints(7)

    def test_contacts_of_a_company_share_what_is_imported(self):
        house = self._customer("Tea House", is_company=True, ref="H")
        card = self._card(self._customer("Buyer", parent_id=house.id), 1)
        self._import("H,10,,,", f",5,,,{card.code}", header=f"{HEADER.replace('reference', 'card_code')}")
        self.assertPoints(16, customer=house)
        self.assertFalse(self.env["loyalty.card"].search([("partner_id", "=", house.id)]))

    def test_points_of_a_member_go_to_the_household(self):
        son = self._customer("Son", ref="S")
        values = {"name": "Family", "head_id": self.customer.id, "company_id": self.company.id}
        self.env["retail.household"].create({**values, "member_ids": [(6, 0, (son | self.customer).ids)]})
        self._import("S,10,,,", "PT1,5,,,")
        self.assertPoints(15)
        self.assertEqual(self.env["loyalty.card"].search([("partner_id", "=", son.id)]).points, 15)

    def test_wallets_are_what_a_plain_sum_of_the_rows_says(self):
        dice = random.Random(7)
        customers = [self._customer(f"Customer {number}", ref=f"R{number}") for number in range(12)]
        lines, sums = [], {}
        for number in range(300):
            customer = dice.choice(customers)
            points = Decimal(dice.randint(1, 10**9)) / 10**6
            sums[customer] = sums.get(customer, 0) + points
            lines.append(f"{customer.ref},{points},{date(2024, 1, 1 + number % 28)},,L{dice.randint(1, 5)}")
        self._import(*lines[:200])
        self._import(*dice.sample(lines, len(lines)))
        for customer, points in sums.items():
            self.assertPoints(float(points), customer=customer)

    def test_number_of_statements_does_not_grow_with_the_file(self):
        for number in range(20):
            self._customer(f"Customer {number}", ref=f"R{number}")
        self._import("R1,1,,,")
        counts = []
        for rows in (10, 1000):
            before = self.cr.sql_log_count
            self._import(*(f"R{number % 20},1,2024-06-01,,{rows}-{number}" for number in range(rows)))
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_rows_that_a_wallet_cannot_hold_together_are_named(self):
        self._card(points=30_000_000)
        ben = self._customer("Ben", ref="PT2")
        self.env["retail.household"].create(
            {"name": "Both", "head_id": self.customer.id, "member_ids": [Command.link(ben.id)]}
        )
        self._customer("Eva", ref="PT9")
        report = self.assertRefused(
            "Line 4",
            "PT1,40000000,,,",
            "PT2,30000000,,,",
            "PT2,0.5,,,x",
            "PT9,60000000,,,",
            "PT9,60000000,,,",
            "PT9,-20000000,,,",
            bad_lines=[4, 6, 7],
        )
        self.assertIn("100000000.5 points", report["bad_rows"][0]["reason"])
        self._import("PT1,40000000,,,", "PT2,30000000,,,")
        self.assertPoints(100_000_000)

    def test_nobody_imports_points_of_their_own(self):
        manager = self._user("imports_own", "retail_crm.group_manager,sales_team.group_sale_manager")
        manager.partner_id.ref = "PT3"
        self.History = self.env(user=manager, context={})["retail.points.history"]
        self.company = self.company.with_env(self.History.env)
        self.assertRefused("your own points", "PT1,5,,,", "PT3,5,,,", bad_lines=[3])

    def test_points_of_another_company_are_not_touched(self):
        stranger = self._create_company("Other Shop")
        self._program("Theirs", company_id=stranger.id)
        self._import("PT1,5,,,")
        self.assertRefused("no loyalty program", "PT1,5,Theirs", header="customer_ref,points,program")

    def test_imported_points_are_sealed_and_verified(self):
        self._import("PT1,5,,,", "PT1,6,,,x")
        self.assertEqual(self._wallet()._find_problems(), [])
        sealed = self.env.execute_query(
            SQL("SELECT count(*) FROM retail_points_seal WHERE wallet_id = %s", self._wallet().id)
        )
        self.assertEqual(sealed, [(2,)])


@tagged("post_install", "-at_install")
class TestPointsImportWizard(PointsImportCommon):
    """A manager's way through a file."""

    def _wizard(self, content, user=None):
        user = user or self._user("imported_by", "retail_crm.group_manager")
        return self.env(user=user, context={})["retail.points.import"].create(
            {"data": base64.b64encode(content), "filename": "points.csv"}
        )

    def test_file_is_checked_first_and_then_imported(self):
        wizard = self._wizard(f"{HEADER}\nPT1,250,,,L1\n".encode())
        with self.assertUndone("Check the file first"):
            wizard.action_import()
        wizard.action_check()
        self.assertEqual((wizard.state, wizard.new_count, wizard.total_ids.points), ("checked", 1, 250))
        self.assertFalse(self._wallet())
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        self.assertPoints(250)
        self.assertEqual(self._wallet().move_ids.user_id, wizard.create_uid)
        action = wizard.action_open_points()
        self.assertEqual(self.History.search_count(action["domain"]), 1)

    def test_bad_rows_are_listed(self):
        wizard = self._wizard(f"{HEADER}\nPT1,5,,,\nPT7,5,,,\n".encode())
        wizard.action_check()
        self.assertEqual(wizard.problem_ids.mapped("line"), [3])
        self.assertIn("1 of 2 rows", wizard.message)
        with self.assertUndone("Correct the rows"):
            wizard.action_import()

    def test_workbook_is_read(self):
        book = openpyxl.Workbook()
        for row in (["customer_ref", "points", "earned_on"], ["PT1", 12.5, date(2024, 5, 31)]):
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        wizard = self._wizard(stream.getvalue())
        wizard.action_check()
        wizard.action_import()
        self.assertEqual(self._lots(), [(12.5, "2024-05-31", False)])

    def test_template_can_be_imported(self):
        wizard = self._wizard(b"")
        text = base64.b64decode(wizard.template).decode("utf-8-sig")
        self.assertEqual(len(list(csv.reader(io.StringIO(text)))), 3)
        wizard.data = wizard.template
        wizard.action_check()
        self.assertEqual((wizard.new_count, wizard.bad_count), (2, 0), wizard.problem_ids.mapped("reason"))

    def test_only_managers_import(self):
        for login, groups in (("st", "sales_team.group_sale_salesman"), ("ap", "retail_crm.group_approver")):
            with self.assertRaises(AccessError):
                self._wizard(b"", self._user(login, groups))
        wizard = self._wizard(f"{HEADER}\nPT1,5,,,\n".encode())
        with self.assertRaises(AccessError):
            wizard.with_user(self._user("finn", "retail_crm.group_finance")).action_check()
        self.assertTrue(re.match(r"/web/content/", wizard.action_download_template()["url"]))
