"""What each run notes of the segments, and who is near the next one or about to leave: by the marks noted there."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_movements import MovementsCase

CODES = ("strategic", "key", "transactional", "risk")


@tagged("post_install", "-at_install")
class TestSegmentTotals(MovementsCase):
    def _totals(self):
        return self.env["retail.run.segment"].search([("company_id", "=", self.company.id)])

    def test_each_day_with_a_run_is_a_point_of_the_trend(self):
        self._shop()
        points = {}
        for days_ago in (60, 30, 0):
            self._runs(days_ago)
            for segment, profiles in self._profiles().grouped("segment_id").items():
                sums = [len(profiles), sum(profiles.mapped("value")), sum(profiles.mapped("contribution"))]
                points[self._day(days_ago=days_ago), segment.id] = sums
        shown = {
            (row["day"], row["segment_id"]): [row["customers"], row["value"], row["contribution"]]
            for row in self._page("staff").get_data()["trend"]
            if row["customers"]
        }
        self.assertEqual(shown.keys(), points.keys())
        for key, sums in points.items():
            for actual, expected in zip(shown[key], sums, strict=True):
                self.assertAlmostEqual(actual, expected, 2)

    def test_day_computed_again_replaces_its_totals(self):
        self._shop()
        self._runs(0)
        before = self._totals().mapped("customers")
        self._buys(self._customer("Late"), 10)
        self._runs(0)
        self.assertEqual(self._totals().mapped("day"), [self.today] * len(CODES))
        self.assertEqual(sum(self._totals().mapped("customers")), sum(before) + 1)

    def test_segment_without_customers_is_a_point_at_zero(self):
        self._buys(self.customers[0], 10)
        self._runs(0)
        customers = {row.segment_id.code: row.customers for row in self._totals()}
        self.assertEqual(customers, {"strategic": 0, "key": 0, "transactional": 1})

    def test_interrupted_run_leaves_its_totals_too(self):
        self._shop()
        self._runs(0)
        run = self.env["retail.run"].search([("company_id", "=", self.company.id)], limit=1)
        self._totals().unlink()
        run.state = "applying"
        self.env["retail.run"]._finish_interrupted(self.company)
        self.assertEqual(sum(self._totals().mapped("customers")), len(self._profiles()))

    def test_marks_are_the_least_values_that_enter_and_stay(self):
        self._shop()
        self._runs(0)
        profiles = self._profiles()
        policy = self.env["retail.policy"]._get_active(self.company)
        for code, above in (("strategic", None), ("key", "strategic")):
            band = policy.band_ids.filtered(lambda band, code=code: band.segment_id.code == code)
            row = self._totals().filtered(lambda row, band=band: row.segment_id == band.segment_id)
            entering = [profile.value for profile in profiles if profile.value_percentile >= band.enter]
            staying = [profile.value for profile in profiles if profile.value_percentile >= band.leave]
            self.assertEqual((row.entry_value, row.leave_value), (min(entering), min(staying)), code)
            self.assertEqual(row.next_segment_id.code or None, above)
        last = self._totals().filtered(lambda row: row.segment_id.code == "transactional")
        self.assertEqual((last.next_segment_id.code, last.entry_value, last.leave_value), ("key", 0, 0))


@tagged("post_install", "-at_install")
class TestUpgradeCandidates(MovementsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # worth 10, 20 ... 300 today: strategic begins at 280, key at 220
        for number, customer in enumerate(cls.customers, start=1):
            cls._buys(customer, 10 * number)

    def setUp(self):
        super().setUp()
        self._runs(0)

    def _of(self, name):
        return {
            int(profile.value): profile
            for profile in self._profiles().filtered(lambda profile: profile[name])
        }

    def assertFound(self, name, values):
        """The customers worth ``values`` and nobody else: by the field, and by searching for it."""
        self.assertEqual(sorted(self._of(name)), sorted(values))
        ours = [("company_id", "=", self.company.id)]
        searched = self.env["retail.profile"].search([*ours, (name, "=", True)])
        self.assertEqual(sorted(map(int, searched.mapped("value"))), sorted(values))
        rest = self.env["retail.profile"].search([*ours, (name, "=", False)])
        self.assertEqual(rest, self._profiles() - searched)

    def test_whoever_has_four_fifths_of_the_next_segment_is_a_candidate(self):
        # key from 224 on to strategic, transactional from 176 on to key
        self.assertFound("is_near_upgrade", [230, 240, 250, 260, 270, 180, 190, 200, 210])
        for value, profile in self._of("is_near_upgrade").items():
            code, entry = ("strategic", 280) if value >= 220 else ("key", 220)
            # more than the last who got in
            self.assertEqual((profile.next_segment_id.code, profile.missing_value), (code, entry - value + 1))

    def test_purchase_of_what_is_missing_lifts_the_candidate(self):
        profile = self._of("is_near_upgrade")[240]
        self._buys(profile.partner_id, profile.missing_value)
        self._runs(0)
        self.assertEqual(profile.segment_id.code, "strategic")

    def test_far_from_the_next_segment_is_shown_what_is_missing_but_is_no_candidate(self):
        profile = self._profiles().filtered(lambda profile: profile.value == 50)
        self.assertEqual((profile.next_segment_id.code, profile.missing_value), ("key", 171))
        self.assertFalse(profile.is_near_upgrade)

    def test_top_segment_and_pinned_customers_have_no_next_segment(self):
        best = self._profiles().filtered(lambda profile: profile.segment_id.code == "strategic")
        self.assertFalse(any(best.mapped("next_segment_id")))
        pinned = self._of("is_near_upgrade")[240]
        self._pins(pinned.partner_id, "transactional", 0)
        self.assertFalse(pinned.next_segment_id or pinned.is_near_upgrade)
        self.assertFound("is_near_upgrade", [230, 250, 260, 270, 180, 190, 200, 210])

    def test_risk_customer_is_no_candidate_but_slips(self):
        profile = self._of("is_near_upgrade")[240]
        risk = self._segment("risk")
        profile.write({"segment_id": risk.id, "computed_segment_id": risk.id, "reason_code": "inactivity"})
        self.assertFalse(profile.is_near_upgrade or profile.next_segment_id)
        self.assertTrue(profile.is_slipping)

    def test_whoever_is_hardly_above_the_end_of_the_segment_slips(self):
        # strategic ends below 260, key below 200; 5% above is 273 and 210
        policy = self.env["retail.policy"]._get_active(self.company)
        marks = self.env["retail.run.segment"]._get_latest()
        leave = {code: marks[self.company, self._segment(code)].leave_value for code in ("strategic", "key")}
        self.assertEqual((leave, policy.version), ({"strategic": 260, "key": 200}, 1))
        self.assertFound("is_slipping", [])
        # of the customers who were strategic, the one that fell to 270 stays so, and is about to leave
        fallen = self._profiles().filtered(lambda profile: profile.value == 290)
        self._buys(fallen.partner_id, -20)
        self._runs(-1)
        self.assertEqual(fallen.segment_id.code, "strategic")
        self.assertTrue(fallen.is_slipping)
        self.assertIn("value at which Strategic ends", fallen.with_context(lang="en_US").slipping_reason)

    def test_shop_without_customers_in_a_higher_segment_has_no_candidates(self):
        company = self._create_company("Kiosk")
        self._buys(self.customers[0], 10, company=company)
        self._rescore(company=company)
        profile = self._profile(self.customers[0], company)
        self.assertFalse(profile.next_segment_id or profile.is_near_upgrade or profile.is_slipping)
        found = self.env["retail.profile"].search(
            [("company_id", "=", company.id), ("is_near_upgrade", "=", True)]
        )
        self.assertFalse(found)

    def test_candidates_show_the_next_activity_to_who_may_read_the_customer(self):
        profile = self._of("is_near_upgrade")[240]
        staff = self.users["staff"]
        plan = {"summary": "Call about tea", "date_deadline": self.today, "user_id": staff.id}
        profile.partner_id.activity_schedule("mail.mail_activity_data_call", **plan)
        seen = profile.with_user(staff)
        self.assertEqual(seen.next_step, "Call about tea")
        self.assertEqual(
            (seen.next_step_date, seen.next_step_user_id), (self.today, staff.with_env(seen.env))
        )
        profile.partner_id.company_id = self._create_company("Elsewhere")
        self.env.invalidate_all()
        self.assertFalse(seen.next_step or seen.next_step_date or seen.next_step_user_id)

    def test_sales_people_schedule_the_next_step_and_auditors_do_not(self):
        profile = self._of("is_near_upgrade")[240]
        seller = self._user("movements_seller", "sales_team.group_sale_salesman")
        action = profile.with_user(seller).action_schedule_next_step()
        wizard = (
            self.env[action["res_model"]]
            .with_user(seller)
            .with_context(**action["context"])
            .create({"summary": "Invite", "activity_user_id": seller.id})
        )
        wizard.action_schedule_activities()
        self.env.invalidate_all()
        self.assertEqual(profile.next_step, "Invite")
        with self.assertRaises(AccessError):
            profile.with_user(self.users["auditor"]).action_schedule_next_step()
