from datetime import date, timedelta
from decimal import Decimal

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..points.event import PointsEvent
from .common import RetailAccountingCommon, RetailCommon

HALF_LIFE_DAYS = 26 * 7


class CardCase(RetailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._user(
            "card_manager", "retail_crm.group_manager,sales_team.group_sale_salesman_all_leads"
        )
        cls.staff = cls._user("card_staff", "sales_team.group_sale_salesman_all_leads")
        cls.finance = cls._user("card_finance", "retail_crm.group_finance")
        cls.auditor = cls._user("card_auditor", "retail_crm.group_auditor")
        cls.customer = cls._customer("Anna")

    def _card(self, user=None, customer=None, **context):
        """What the user sees who is in the own company, unless ``context`` says otherwise."""
        user = user or self.manager
        context = {"allowed_company_ids": user.company_id.ids, **context}
        return (customer or self.customer).with_user(user).with_context(**context).get_retail_card()


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestCustomerCard(CardCase):
    def test_scores_are_those_of_the_profile(self):
        self._buys(self.customer, 100, days_ago=40, cost=30)
        self._buys(self.customer, 50, days_ago=10, cost=20)
        self._rescore()
        profile = self._profile(self.customer)
        card = self._card()
        for name in ("value", "contribution", "revenue", "expected_revenue", "risk_level", "as_of"):
            self.assertEqual(card["profile"][name], profile[name], name)
        self.assertEqual(card["profile"]["contribution"], 100)
        self.assertEqual(card["profile"]["mean_gap_days"], 30)
        self.assertEqual(card["segment"]["name"], profile.segment_id.name)
        self.assertEqual(card["strategy"]["name"], profile.strategy_id.name)

    def test_history_too_short_for_a_probability_shows_none(self):
        self._buys(self.customer, 100)
        self._rescore()
        self.assertIsNone(self._card()["profile"]["inactivity_risk"])

    def test_trend_is_what_a_run_of_each_day_had_said(self):
        purchases = {
            date(2024, 8, 3): 80,
            date(2024, 12, 31): 100,
            date(2025, 1, 1): 60,
            date(2025, 6, 2): 40,
        }
        for day, amount in purchases.items():
            self._buys(self.customer, amount, day=day)
        self._rescore(as_of=date(2025, 1, 31))
        value_then = self._profile(self.customer).value
        self._rescore()
        trend = self._card()["trend"]
        self.assertEqual(
            [point["day"] for point in trend],
            [
                date(2024, 7, 31),
                date(2024, 8, 31),
                date(2024, 9, 30),
                date(2024, 10, 31),
                date(2024, 11, 30),
                date(2024, 12, 31),
                date(2025, 1, 31),
                date(2025, 2, 28),
                date(2025, 3, 31),
                date(2025, 4, 30),
                date(2025, 5, 31),
                date(2025, 6, 30),
            ],
        )
        for point in trend:
            plain = sum(
                amount * 0.5 ** ((point["day"] - day).days / HALF_LIFE_DAYS)
                for day, amount in purchases.items()
                if day <= point["day"]
            )
            self.assertAlmostEqual(point["value"], plain, 2, point["day"])
        self.assertEqual(trend[6]["value"], value_then)
        self.assertEqual(trend[-1]["value"], self._profile(self.customer).value)

    def test_months_hold_what_was_bought_and_given_back_in_them(self):
        self._buys(self.customer, 100, day=date(2024, 7, 1))
        self._buys(self.customer, 30, day=date(2025, 6, 1))
        self._buys(self.customer, 20, day=date(2025, 6, 1))
        self._buys(self.customer, -10, day=date(2025, 6, 15))
        self._buys(self.customer, 999, day=date(2024, 6, 30))
        self._rescore()
        months = self._card()["months"]
        self.assertEqual(len(months), 12)
        self.assertEqual(
            [months[0], months[-1]],
            [
                {"month": date(2024, 7, 1), "bought": 100, "returned": 0, "purchase_days": 1},
                {"month": date(2025, 6, 1), "bought": 50, "returned": -10, "purchase_days": 1},
            ],
        )
        self.assertFalse(any(month["bought"] for month in months[1:-1]))

    def test_lines_of_one_document_are_one_purchase(self):
        for ordinal, amount in enumerate((10, 20, 30), start=1):
            self._buys(self.customer, amount, days_ago=5, reference="TILL-7", ordinal=ordinal)
        order = self._sells(self.customer, [(self.product, 2, 15), (self.product, 1, 5)], days_ago=2)
        self._rescore()
        documents = self._card()["documents"]
        self.assertEqual(
            [(document["reference"], document["amount"], document["day"]) for document in documents],
            [(order.name, 35, date(2025, 6, 28)), ("TILL-7", 60, date(2025, 6, 25))],
        )
        self.assertEqual((documents[0]["res_model"], documents[0]["res_id"]), ("sale.order", order.id))
        self.assertEqual(documents[0]["store"], order.warehouse_id.retail_store_id.name)
        self.assertIsNone(documents[0]["domain"])
        rows = self.env["retail.purchase.history"].search(documents[1]["domain"])
        self.assertEqual(sum(rows.mapped("amount")), 60)

    def test_last_twelve_purchases_are_listed_newest_first(self):
        for days_ago in range(15):
            self._buys(self.customer, 10, days_ago=days_ago)
        self._buys(self.customer, -4, days_ago=0)
        self._rescore()
        documents = self._card()["documents"]
        self.assertEqual(len(documents), 12)
        self.assertEqual(
            [document["day"] for document in documents],
            [self.today] * 2 + [self.today - timedelta(days=days) for days in range(1, 11)],
        )
        self.assertEqual([document["amount"] for document in documents if document["is_return"]], [-4])

    def test_pin_stands_beside_what_the_figures_say(self):
        self._buys(self.customer, 100)
        self._rescore()
        computed = self._profile(self.customer).computed_segment_id
        key = self.env.ref("retail_crm.segment_key")
        self.env["retail.segment.pin"].with_user(self.manager).create(
            {"partner_id": self.customer.id, "segment_id": key.id, "reason": "Opens a second shop"}
        )
        segment = self._card(self.staff)["segment"]
        self.assertEqual(segment["name"], key.name)
        self.assertEqual(
            segment["pin"],
            {
                "computed": computed.name,
                "reason": "Opens a second shop",
                "author": self.manager.name,
                "date_end": False,
            },
        )

    def _gives_points(self, customer, points, program="Club", kind="loyalty", company=None):
        values = {"name": program, "program_type": kind, "applies_on": "both"}
        values["company_id"] = (company or self.company).id
        found = self.env["loyalty.program"].search([("name", "=", program)]) or self.env[
            "loyalty.program"
        ].create(values)
        return self.env["loyalty.card"].create(
            {"program_id": found.id, "partner_id": customer.id, "points": points}
        )

    def test_points_are_those_of_the_wallets_of_the_customer_and_the_contacts(self):
        contact = self._customer("Her assistant", parent_id=self.customer.id)
        self._gives_points(self.customer, 40)
        self._gives_points(contact, 2)
        self._gives_points(self.customer, 500, program="Purse", kind="ewallet")
        self._buys(self.customer, 100)
        self._rescore()
        points = self._card(self.staff)["points"]
        self.assertEqual([(wallet["program"], wallet["available"]) for wallet in points], [("Club", 42)])
        wallet = self.env["retail.points.wallet"].browse(points[0]["wallet_id"])
        self.assertEqual(wallet.partner_id, self.customer)

    def test_points_that_wait_expire_or_are_owed_are_told_apart(self):
        wallet = self._gives_points(self.customer, 40).retail_wallet_id
        for number, dates in enumerate(
            ({"expires_on": date(2025, 8, 1)}, {"release_on": date(2025, 7, 15)}), start=1
        ):
            wallet._book(
                [PointsEvent(wallet, "add", "earn", Decimal(10 * number), f"card:{number}", **dates)]
            )
        self._buys(self.customer, 100)
        self._rescore()
        [points] = self._card(self.staff)["points"]
        self.assertEqual((points["available"], points["pending"], points["debt"]), (50, 20, 0))
        self.assertEqual(points["next_expiry"], {"day": date(2025, 8, 1), "points": 10})
        self.assertEqual(points["next_release"], {"day": date(2025, 7, 15), "points": 20})

    def test_points_of_other_companies_are_not_told(self):
        self._gives_points(self.customer, 40, company=self._create_company("Other Shop"))
        self._buys(self.customer, 100)
        self._rescore()
        self.assertEqual(self._card(self.staff)["points"], [])

    def test_open_orders_are_confirmed_and_not_finished(self):
        self._quotes(self.customer, [(self.product, 1, 1000)])
        order = self._sells(self.customer, [(self.product, 2, 15)], days_ago=2)
        self._buys(self.customer, 10)
        self._rescore()
        orders = self._card(self.staff)["orders"]
        self.assertEqual((orders["count"], orders["amount"]), (1, 30))
        self.assertEqual(self.env["sale.order"].search(orders["domain"]), order)

    def test_contact_shows_the_card_of_the_company(self):
        firm = self._customer("Firm", is_company=True)
        contact = self._customer("Buyer", parent_id=firm.id)
        self._buys(firm, 100)
        self._rescore()
        self.assertEqual(self._card(customer=contact)["profile"]["id"], self._profile(firm).id)

    def test_whoever_never_bought_has_no_card(self):
        self._rescore()
        self.assertIsNone(self._card())


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestCustomerCardRights(RetailAccountingCommon, CardCase):
    def _customer_who_owes(self):
        self._buys(self.customer, 300, days_ago=60)
        self._bills(self.customer, 80, days_ago=40, due=date(2025, 5, 31))
        self._bills(self.customer, 20, days_ago=1, due=date(2025, 7, 31))
        self._rescore()

    def test_blocks_of_each_role(self):
        self._customer_who_owes()
        expected = {
            # role: (trend of the value, points, orders, receivables as of now)
            self.manager: (True, True, True, False),
            self.staff: (False, True, True, False),
            self.finance: (True, True, True, True),
            self.auditor: (True, True, False, False),
        }
        for user, blocks in expected.items():
            card = self._card(user)
            shown = [card[block] is not None for block in ("trend", "points", "orders")]
            self.assertEqual((*shown, card["receivable"]["is_live"]), blocks, user.login)
            self.assertEqual(card["profile"]["revenue"], 400, user.login)

    def test_finance_sees_what_is_overdue_now_and_everything_open(self):
        self._customer_who_owes()
        receivable = self._card(self.finance)["receivable"]
        self.assertEqual((receivable["overdue"], receivable["open"]), (80, 100))
        lines = self.env["account.move.line"].search(receivable["domain"])
        self.assertEqual(sum(lines.mapped("amount_residual")), 80)

    def test_staff_see_what_was_overdue_when_the_scores_were_made(self):
        self._customer_who_owes()
        self._pays(
            self.env["account.move"].search([("partner_id", "=", self.customer.id)], order="id", limit=1)
        )
        self.assertEqual(self._card(self.staff)["receivable"], {"overdue": 80, "is_live": False})
        self.assertEqual(self._card(self.finance)["receivable"]["overdue"], 0)

    def test_credit_limit_is_shown_where_the_company_uses_them(self):
        self._customer_who_owes()
        self.assertIsNone(self._card(self.finance)["receivable"]["credit_limit"])
        self.company.account_use_credit_limit = True
        self.customer.credit_limit = 500
        self.assertEqual(self._card(self.finance)["receivable"]["credit_limit"], 500)

    def test_credit_note_is_a_return_in_the_month_it_came(self):
        invoice = self._bills(self.customer, 80, day=date(2025, 3, 10))
        self._credits(invoice, 30, day=date(2025, 5, 20))
        self._rescore()
        card = self._card(self.finance)
        returned = card["documents"][0]
        self.assertTrue(returned["is_return"])
        self.assertEqual((returned["amount"], returned["day"]), (-30, date(2025, 5, 20)))
        self.assertEqual(
            {month["month"]: month["returned"] for month in card["months"]}[date(2025, 5, 1)], -30
        )

    def test_document_opens_for_those_who_may_read_it(self):
        self._bills(self.customer, 80, days_ago=10)
        self._rescore()
        self.assertTrue(self._card(self.finance)["documents"][0]["may_open"])
        self.assertFalse(self._card(self.auditor)["documents"][0]["may_open"])

    def test_people_without_a_role_get_no_card_and_no_error(self):
        self._customer_who_owes()
        self.assertIsNone(self._card(self._user("plain", "base.group_user")))

    def test_companies_are_kept_apart(self):
        other = self._create_company("Other Shop")
        self._buys(self.customer, 5, company=other)
        self._buys(self.customer, 100)
        self._rescore()
        self._rescore(company=other)
        self.manager.company_ids = [Command.link(other.id)]
        here = self._card(allowed_company_ids=[self.company.id, other.id])
        there = self._card(allowed_company_ids=[other.id, self.company.id])
        self.assertEqual([document["amount"] for document in here["documents"]], [100])
        self.assertEqual([document["amount"] for document in there["documents"]], [5])
        self.assertEqual((here["profile"]["revenue"], there["profile"]["revenue"]), (100, 5))

    def test_reader_of_one_branch_gets_no_trend_of_the_whole_shop(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        self._buys(self.customer, 100)
        self._rescore()
        values = {"company_id": branch.id, "company_ids": [Command.set(branch.ids)]}
        reader = self._user("branch_staff", "retail_crm.group_user", **values)
        card = self._card(reader)
        self.assertIsNone(card["trend"])
        self.assertEqual(card["documents"], [])
        self.assertEqual(card["profile"]["revenue"], 100)


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestCustomerCardSpeed(CardCase):
    def test_number_of_queries_does_not_depend_on_the_number_of_purchases(self):
        for days_ago in range(0, 400, 8):
            self._buys(self.customer, 10, days_ago=days_ago)
            self._sells(self.customer, [(self.product, 1, 5)], days_ago=days_ago)
        self._rescore()
        self._card()
        # current company 1, customer 1, profile 2, days 1, segment 1, currency and run of the reason 2, strategy 1,
        # branches 1, documents 1, their stores 1, which of the two kinds of documents open 2, points 1, orders 2,
        # appeals 1; what would change the segment: policy and bands 3, the customer 1, purchases 2, silence 1
        self.env.invalidate_all()
        with self.assertQueryCount(25):
            self._card()
