from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import RetailCommon

ROLES = {
    "manager": "retail_crm.group_manager",
    "staff": "retail_crm.group_user",
    "finance": "retail_crm.group_finance",
    "auditor": "retail_crm.group_auditor",
    "approver": "retail_crm.group_approver",
}


class DashboardCase(RetailCommon):
    """Twenty customers who buy every other week; the first five of them have stayed away for a year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._user(f"dashboard_{role}", groups) for role, groups in ROLES.items()}
        cls.customers = [cls._customer(f"Customer {number:02}") for number in range(20)]
        for number, customer in enumerate(cls.customers):
            days_ago = 365 if number < 5 else number
            for purchase in range(6):
                cls._buys(customer, 300 - 10 * number, days_ago=days_ago + 14 * purchase)

    def _data(self, role="manager", **context):
        return self._data_of(self.users[role], **context)

    def _data_of(self, user, **context):
        """What the user sees who is in the own company, unless ``context`` says otherwise."""
        context = {"allowed_company_ids": user.company_id.ids, **context}
        return self.env["retail.dashboard"].with_user(user).with_context(**context).get_data()

    def _profiles(self):
        return self.env["retail.profile"].search([("company_id", "=", self.company.id)])


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestDashboardFigures(DashboardCase):
    def test_segments_add_up_their_customers(self):
        self._rescore()
        of_segment = self._profiles().grouped(lambda profile: profile.segment_id.id)
        for segment in self._data()["segments"]:
            profiles = of_segment.get(segment["id"], self.env["retail.profile"])
            self.assertEqual(segment["customers"], len(profiles), segment["name"])
            for name in ("value", "contribution", "expected_revenue"):
                self.assertAlmostEqual(
                    segment[name], sum(profiles.mapped(name)), 2, f"{segment['name']} {name}"
                )
        self.assertEqual(sum(segment["customers"] for segment in self._data()["segments"]), 20)

    def test_segment_without_customers_stands_there_with_nothing(self):
        self._rescore()
        rare = self.env["retail.segment"].create({"name": "Rising", "code": "rising", "sequence": 5})
        first = self._data()["segments"][0]
        self.assertEqual((first["id"], first["customers"], first["value"]), (rare.id, 0, 0))

    def test_every_cell_of_the_map_opens_as_many_customers_as_it_says(self):
        self._rescore()
        cells = self._data()["cells"]
        self.assertEqual(sum(cell["customers"] for cell in cells), 20)
        for decile, level in {(cell["decile"], cell["risk_level"]) for cell in cells}:
            of_cell = [cell for cell in cells if (cell["decile"], cell["risk_level"]) == (decile, level)]
            # as the dashboard asks for them
            opened = self.env["retail.profile"].search(
                [
                    ("company_id", "=", self.company.id),
                    ("risk_level", "=", level),
                    ("value_percentile", ">=", decile * 10),
                    ("value_percentile", "<=" if decile == 9 else "<", (decile + 1) * 10),
                ]
            )
            self.assertEqual(len(opened), sum(cell["customers"] for cell in of_cell))
            self.assertAlmostEqual(sum(opened.mapped("value")), sum(cell["value"] for cell in of_cell), 2)

    def test_customers_slipping_away_are_counted_and_those_of_most_value_named(self):
        for number in range(12):
            customer = self._customer(f"Gone {number:02}")
            for purchase in range(4):
                self._buys(customer, 500 + number, days_ago=300 + 10 * purchase)
        self._rescore()
        slipping = self._data()["slipping"]
        gone = self._profiles().filtered(lambda profile: profile.reason_code == "inactivity")
        self.assertGreater(len(gone), 10)
        self.assertEqual(slipping["customers"], len(gone))
        self.assertAlmostEqual(slipping["value"], sum(gone.mapped("value")), 2)
        most_valued = gone.sorted(lambda profile: (-profile.value, profile.id))[:10]
        self.assertEqual([customer["partner_id"] for customer in slipping["top"]], most_valued.partner_id.ids)

    def test_customer_slipping_away_is_shown_with_reason_and_owner(self):
        owner = self.users["staff"]
        self.env["retail.owner"]._give(self.customers[4], owner, self.company, day=self.today)
        self._rescore()
        shown = next(
            customer
            for customer in self._data(lang="en_US")["slipping"]["top"]
            if customer["partner_id"] == self.customers[4].id
        )
        self.assertEqual(shown["name"], "Customer 04")
        self.assertEqual(shown["owner"], owner.name)
        self.assertEqual(shown["last_purchase_date"], date(2024, 6, 30))
        self.assertIn("bought every 14 days, last 365 days ago", shown["reason"])

    def test_movements_are_those_of_the_last_month(self):
        self._rescore(as_of=self.today - timedelta(days=60))
        self._rescore(as_of=self.today - timedelta(days=40))
        newcomer = self._customer("Newcomer")
        self._buys(newcomer, 10_000, days_ago=1)
        self._rescore()
        movements = self._data()["movements"]
        self.assertEqual(movements["since"], date(2025, 5, 30))
        changes = self.env["retail.profile.change"].search(
            [("company_id", "=", self.company.id), ("day", ">", date(2025, 5, 30))]
        )
        self.assertEqual(
            {(move["from_id"], move["to_id"]): move["customers"] for move in movements["moves"]},
            {
                (origin.id, target.id): len(group)
                for (origin, target), group in changes.grouped(
                    lambda change: (change.from_segment_id, change.to_segment_id)
                ).items()
            },
        )
        strategic = self.env.ref("retail_crm.segment_strategic")
        self.assertIn(
            (False, strategic.id), {(move["from_id"], move["to_id"]) for move in movements["moves"]}
        )

    def test_failed_run_says_why_and_leaves_the_figures(self):
        self._rescore(as_of=self.today - timedelta(days=3))
        before = self._data()
        self.env["retail.policy"]._get_active(self.company).state = "retired"
        with mute_logger("odoo.addons.retail_crm.models.retail_run"):
            self.env["retail.run"].run_company(self.company, as_of=self.today)
        after = self._data(lang="en_US")
        self.assertEqual(after["run"]["state"], "failed")
        self.assertIn("No segmentation policy is active", after["run"]["error"])
        self.assertEqual(after["as_of"], self.today - timedelta(days=3))
        self.assertEqual(after["segments"], before["segments"])

    def test_run_that_was_asked_for_shows_as_waiting(self):
        self._rescore()
        self.env["retail.run"].with_user(self.users["manager"]).action_recompute()
        run = self.env["retail.dashboard"].with_user(self.users["manager"]).get_run()
        self.assertEqual((run["state"], run["progress"]), ("requested", 0))

    def test_back_test_is_that_of_the_last_run_that_has_one(self):
        self.env["retail.policy"]._get_active(self.company).horizon_weeks = 4
        run = self._rescore()
        self.assertTrue(run.backtest_id)
        shown = self._data()["backtest"]
        self.assertEqual(shown["id"], run.backtest_id.id)
        self.assertEqual(shown["customer_count"], run.backtest_id.customer_count)
        self.assertEqual(shown["window_end"], self.today)
        self.env["retail.run"].create({"company_id": self.company.id})
        self.assertEqual(self._data()["backtest"]["id"], run.backtest_id.id)

    def test_horizon_that_would_fit_better_is_proposed(self):
        policy = self.env["retail.policy"]._get_active(self.company)
        self._rescore()
        policy.write({"horizon_weeks": 13, "proposed_horizon_weeks": 26})
        self.assertEqual(self._data()["horizon"], {"policy_id": policy.id, "weeks": 13, "proposed_weeks": 26})

    def test_shop_without_segments_is_told_what_there_is_to_start_from(self):
        data = self._data()
        self.assertEqual(data["onboarding"]["purchases"], 20 * 6)
        self.assertIsNone(data["as_of"])
        self.assertFalse(any(segment["customers"] for segment in data["segments"]))
        self.assertEqual(data["movements"]["moves"], [])
        self._rescore()
        self.assertIsNone(self._data()["onboarding"])


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestDashboardRights(DashboardCase):
    def test_each_role_sees_and_may_do_what_is_theirs(self):
        self.env["retail.policy"]._get_active(self.company).horizon_weeks = 4
        self._rescore()
        expected = {
            # role: (run, back-test, recompute, import, change the policy)
            "manager": (True, True, True, True, True),
            "staff": (False, False, False, False, False),
            "finance": (True, True, False, False, False),
            "auditor": (True, True, False, False, False),
            "approver": (True, True, False, False, False),
        }
        for role, rights in expected.items():
            data = self._data(role)
            may = data["may"]
            shown = (data["run"], data["backtest"], may["recompute"], may["import"], may["change_policy"])
            self.assertEqual(tuple(map(bool, shown)), rights, role)
            self.assertEqual(sum(segment["customers"] for segment in data["segments"]), 20, role)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_people_without_a_role_see_nothing(self):
        for login, groups in (("plain", "base.group_user"), ("portal", "base.group_portal")):
            user = self._user(login, groups)
            with self.assertRaises(AccessError):
                self.env["retail.dashboard"].with_user(user).get_data()
            self.assertIsNone(self.env["retail.dashboard"].with_user(user).get_run())

    def test_companies_are_kept_apart(self):
        other = self._create_company("Other Shop")
        self._buys(self.customers[0], 5, company=other)
        self._rescore()
        self._rescore(company=other)
        values = {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        reader = self._user("other_manager", ROLES["manager"], **values)
        data = self._data_of(reader)
        self.assertEqual(data["company_id"], other.id)
        self.assertEqual(sum(segment["customers"] for segment in data["segments"]), 1)
        self.assertEqual(data["run"]["customer_count"], 1)

    def test_reader_of_both_companies_sees_the_current_one(self):
        other = self._create_company("Other Shop")
        self._buys(self.customers[0], 5, company=other)
        self._rescore()
        self._rescore(company=other)
        manager = self.users["manager"]
        manager.company_ids = [Command.link(other.id)]
        both = [self.company.id, other.id]
        self.assertEqual(self._data(allowed_company_ids=both)["company_id"], self.company.id)
        data = self._data(allowed_company_ids=both[::-1])
        self.assertEqual(data["company_id"], other.id)
        self.assertEqual(sum(move["customers"] for move in data["movements"]["moves"]), 1)

    def test_branch_sees_the_figures_of_the_whole_shop_but_no_names_it_may_not_read(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        sister = self._create_company("Sister", parent_id=self.company.id)
        self.customers[4].company_id = sister
        self._rescore()
        values = {"company_id": branch.id, "company_ids": [Command.set(branch.ids)]}
        reader = self._user("branch_staff", ROLES["staff"], **values)
        mine = self._data_of(reader)
        manager = self.users["manager"]
        manager.company_ids = [Command.link(sister.id)]
        everything = self._data(allowed_company_ids=[self.company.id, sister.id])
        self.assertEqual(mine["company_id"], self.company.id)
        self.assertEqual(mine["segments"], everything["segments"])
        self.assertEqual(mine["slipping"]["customers"], everything["slipping"]["customers"])
        hidden = self.customers[4].id
        self.assertIn(hidden, [customer["partner_id"] for customer in everything["slipping"]["top"]])
        self.assertNotIn(hidden, [customer["partner_id"] for customer in mine["slipping"]["top"]])


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30")
class TestDashboardSpeed(DashboardCase):
    def test_number_of_queries_does_not_depend_on_the_number_of_customers(self):
        self.env["retail.policy"]._get_active(self.company).horizon_weeks = 4
        self._rescore()
        self._data()
        # current company 1; cells 1; segments 2; slipping: profiles 2, customers 1, owners 1; movements 1; run 2,
        # who started it 2; back-test 2; policy 2; the horizon of the figures 2
        self.env.invalidate_all()
        with self.assertQueryCount(19):
            self._data()

    def test_progress_costs_four_queries(self):
        self._rescore()
        dashboard = self.env["retail.dashboard"].with_user(self.users["manager"])
        dashboard.get_run()
        self.env.invalidate_all()
        # current company 1, run 2, who started it 1
        with self.assertQueryCount(4):
            dashboard.get_run()
