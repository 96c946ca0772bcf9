from datetime import date, timedelta

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .tiers_common import TiersCommon


@tagged("post_install", "-at_install")
class TestTiers(TiersCommon):
    """Who comes into a tier, keeps it and loses it."""

    # ------------------------------------------------------------------ coming in

    def test_threshold_exactly_met_is_met(self):
        self._ladder()
        self._earns(99.99)
        self._night()
        self.assertTier(None)
        self._earns(0.01)
        self._night()
        self.assertTier("Silver", kept_until=date(2026, 6, 30), how="qualified")

    def test_money_that_is_no_binary_fraction_meets_the_threshold(self):
        self._ladder(qualification="spend")
        self._card()
        for _purchase in range(1000):
            self._buys(self.customer, 0.1)
        self._night()
        self.assertTier("Silver")

    def test_best_tier_reached_is_given_at_once_and_a_better_one_that_night(self):
        self._ladder()
        self._earns(350)
        self._night()
        self.assertTier("Gold")
        other = self._customer("Ben")
        self._earns(150, other)
        self._night()
        self.day = date(2025, 7, 1)
        self._earns(150, other)
        self._night()
        self.assertEqual(
            self._stays(other),
            [
                ("Silver", date(2025, 6, 30), date(2025, 7, 1), "qualified", "upgraded"),
                ("Gold", date(2025, 7, 1), None, "qualified", None),
            ],
        )

    def test_running_twice_or_with_the_clock_set_back_changes_nothing(self):
        self._ladder()
        self._earns(150)
        self._night()
        self._night()
        before = self._stays()
        self._earns(500)
        self._night(date(2025, 6, 1))
        self.assertEqual(self._stays(), before)
        self.assertEqual(len(before), 1)

    def test_opening_balances_and_adjustments_earn_no_tier(self):
        self._ladder()
        self._card(points=1000)
        self._night()
        self.assertTier(None)

    def test_net_revenue_counts_in_the_shop_and_its_branches(self):
        self._ladder(qualification="spend")
        self._card()
        branch = self._create_company("Branch", parent_id=self.company.id)
        stranger = self._create_company("Other shop")
        self._buys(self.customer, 120)
        self._buys(self.customer, -30)
        self._buys(self.customer, 500, company=stranger)
        self._sells(self.customer, [(self.product, 1, 9.99)], company=branch)
        self._night()
        self.assertTier(None)
        self._buys(self.customer, 0.01)
        self._night()
        self.assertTier("Silver")

    def test_household_reaches_a_tier_together(self):
        self._ladder(qualification="spend", points_multiplier=2)
        ben = self._customer("Ben")
        self._card()
        self._card(ben)
        self._buys(self.customer, 60)
        self._buys(ben, 40)
        self.env["retail.household"].create(
            {"name": "Both", "head_id": self.customer.id, "member_ids": [Command.link(ben.id)]}
        )
        self._night()
        self.assertTier("Silver")
        order = self._order(10, ben)
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertPoints(20)

    def test_segment_gives_a_tier_and_takes_it_after_its_time(self):
        tier = self._tier(
            "Friends", 1, qualification="segment", segment_ids=self._segments("strategic", "key")
        )
        tier.validity_days = 10
        self._card()
        profile = self._in_segment(self.customer, "key")
        self._night()
        self.assertTier("Friends", kept_until=date(2025, 7, 10))
        profile.segment_id = self._segment("risk")
        self._night(date(2025, 7, 10))
        self.assertTier("Friends")
        self._night(date(2025, 7, 11))
        self.assertTier(None)

    def test_lowest_tier_may_be_for_every_member(self):
        self._tier("Bronze", 1, 0)
        self._card()
        self._night()
        self.assertTier("Bronze")

    # ------------------------------------------------------------------ windows

    def test_rolling_window_across_a_leap_day(self):
        self._ladder(validity_days=1)
        self.day = date(2024, 2, 29)
        self._earns(100)
        # 365 days that end on 27 February 2025 begin on 29 February 2024
        self._night(date(2025, 2, 27))
        self.assertTier("Silver")
        other = self._customer("Ben")
        self._earns(100, other, day=date(2024, 2, 29))
        self.env["retail.tier.qualification"]._evaluate(self.program, date(2025, 2, 28), self._wallet(other))
        self.assertTier(None, other)

    def test_points_of_the_last_evening_of_the_year_count_for_that_year(self):
        self._ladder(window="year", validity="next_window")
        self._night(date(2024, 12, 31))
        self._earns(100)
        self._night(date(2025, 1, 1))
        self.assertTier("Silver", kept_until=date(2025, 12, 31))

    def test_year_begins_anew_and_who_qualifies_in_it_keeps_the_tier_longer_at_once(self):
        self._ladder(window="year", validity="next_window")
        self._earns(100)
        self._night()
        self.assertTier("Silver", kept_until=date(2026, 12, 31))
        self.day = date(2026, 3, 1)
        self._earns(99)
        self._night()
        self.assertTier("Silver", kept_until=date(2026, 12, 31))
        self._earns(1)
        self._night()
        self.assertTier("Silver", kept_until=date(2027, 12, 31), how="requalified")
        self.assertEqual(self._stay().stay_since, date(2025, 6, 30))

    def test_nights_without_a_server_are_made_up_for(self):
        self._ladder(window="quarter", validity="window")
        self._night(date(2024, 12, 28))
        self._earns(100, day=date(2024, 12, 30))
        self.day = date(2025, 1, 20)
        self._look()
        self.assertEqual(
            self._stays(), [("Silver", date(2024, 12, 30), date(2025, 1, 1), "qualified", "left")]
        )

    # ------------------------------------------------------------------ keeping and losing

    def test_tier_is_kept_until_its_end_and_through_grace_then_lost(self):
        self._ladder(grace_days=30)
        self._earns(150)
        self._night()
        self._night(date(2026, 6, 30))
        self.assertTier("Silver", kept_until=date(2026, 6, 30))
        self._night(date(2026, 7, 30))
        self.assertTier("Silver")
        self.assertTrue(self._wallet()._get_tier_summary()[self._wallet().id]["in_grace"])
        self._night(date(2026, 7, 31))
        self.assertTier(None)
        self.assertEqual(self._stays()[-1][-1], "left")

    def test_who_still_reaches_the_tier_on_the_last_day_keeps_it_for_another_time(self):
        self._ladder()
        self._earns(150)
        self._night()
        self.day = date(2026, 6, 1)
        self._earns(100)
        self._night()
        self.assertTier("Silver", kept_until=date(2026, 6, 30))
        self._night(date(2026, 6, 30))
        self.assertTier("Silver", kept_until=date(2027, 6, 30), how="requalified")

    def test_who_qualifies_again_in_grace_keeps_the_tier(self):
        self._ladder(grace_days=30)
        self._earns(150)
        self._night()
        self._night(date(2026, 7, 10))
        self._earns(100)
        self._night()
        self.assertTier("Silver", kept_until=date(2027, 7, 10), how="requalified")
        self.assertEqual(self._stay().stay_since, date(2025, 6, 30))

    def test_who_loses_gold_goes_to_the_tier_reached_then(self):
        self._ladder()
        self._tier("Bronze", 0, 10)
        self._earns(350)
        self._night()
        self.day = date(2026, 6, 30)
        self._earns(20)
        self._night(date(2026, 7, 1))
        self.assertTier("Bronze", how="downgraded")
        self.assertEqual(self._stay().from_tier_id, self.gold)

    def test_program_may_let_customers_down_one_step_at_a_time(self):
        self._ladder()
        self._tier("Bronze", 0, 10)
        self.program.retail_tier_downgrade = "step"
        self._earns(350)
        self._night()
        self._night(date(2026, 7, 1))
        self.assertTier("Silver", kept_until=date(2027, 7, 1), how="downgraded")

    def test_tier_promised_for_longer_is_what_is_left(self):
        self.silver = self._tier("Silver", 1, 100)
        self.gold = self._tier("Gold", 2, 300, validity_days=10)
        self._earns(150)
        self._night()
        self._earns(200)
        self._night(date(2025, 7, 1))
        self.assertTier("Gold", kept_until=date(2025, 7, 10))
        self._earns(-300)
        self._night(date(2025, 7, 12))
        self.assertTier("Silver", kept_until=date(2026, 6, 30), how="downgraded")

    def test_members_of_an_archived_tier_move_on(self):
        self._ladder()
        self._earns(350)
        self._night()
        self.gold.active = False
        self._night()
        self.assertTier("Silver")
        self.silver.active = False
        self._night()
        self.assertTier(None)

    def test_scheduled_action_gives_members_of_an_archived_tier_the_lower_one(self):
        self._ladder()
        self._earns(350)
        self._night()
        self.gold.active = False
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_tier").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTier("Silver", kept_until=date(2026, 6, 30), how="downgraded")

    # ------------------------------------------------------------------ returns

    def test_points_taken_back_before_the_night_are_as_never_earned(self):
        self._ladder()
        self._earns(120, document=self.product)
        self._earns(-21, document=self.product)
        self._night()
        self.assertTier(None)

    def test_return_lowers_the_year_in_which_the_points_were_earned(self):
        self._ladder(window="year", validity="window")
        self._earns(120, day=date(2024, 12, 30), document=self.product)
        self.day = date(2025, 1, 5)
        self._earns(-120, document=self.product)
        self._earns(100)
        self._night()
        self.assertTier("Silver")

    def test_return_of_what_was_spent_already_lowers_the_figure_as_well(self):
        self._ladder()
        self._earns(120, document=self.product)
        wallet = self._wallet()
        wallet._adjust(-120, "Spent")
        self._earns(-60, document=self.product)
        self.assertEqual(wallet.debt, 60)
        self._night()
        self.assertTier(None)

    # ------------------------------------------------------------------ merging

    def test_better_tier_of_two_merged_customers_stays(self):
        self._ladder()
        ben, eva = self._customer("Ben"), self._customer("Eva")
        self._earns(150)
        self._earns(350, ben)
        self._earns(20, eva)
        self._night()
        gone = self._wallet(ben)
        self._wallet(ben)._merge_into(self._wallet())
        self.assertTier("Gold", kept_until=date(2026, 6, 30), how="merged")
        self.assertFalse(gone.tier_id)
        self._wallet()._merge_into(self._wallet(eva))
        self.assertTier("Gold", eva)
        self._night()
        self.assertTier("Gold", eva)
        # what the merged ones earned counts for who stays
        summary = self._wallet(eva)._get_tier_summary()[self._wallet(eva).id]
        self.assertEqual(summary["figure"], 520)

    def test_longer_promise_of_a_merged_customer_is_kept(self):
        self.silver = self._tier("Silver", 1, 100)
        self.gold = self._tier("Gold", 2, 300, validity_days=10)
        ben = self._customer("Ben")
        self._earns(350)
        self._earns(150, ben)
        self._night()
        self._wallet(ben)._merge_into(self._wallet())
        self.assertTier("Gold", kept_until=date(2025, 7, 10))
        self.gold.threshold = 10_000
        self.silver.threshold = 10_000
        self._night(date(2025, 7, 11))
        self.assertTier("Silver", kept_until=date(2026, 6, 30), how="downgraded")

    # ------------------------------------------------------------------ configuration

    def test_tier_with_members_is_archived_and_not_deleted(self):
        self._ladder()
        self._earns(150)
        self._night()
        with self.assertUndone("archive it"):
            self.silver.unlink()
        self.gold.unlink()

    def test_settings_that_contradict_each_other_are_refused(self):
        self._ladder()
        with self.assertUndone("number of days"):
            self.silver.validity = "next_window"
        with self.assertUndone("Choose the segments"):
            self.silver.qualification = "segment"
        with self.assertUndone("colour"):
            self.silver.color = "red;"
        ewallet = self._program("Purse", program_type="ewallet")
        with self.assertRaises(ValidationError):
            self._tier("Odd", 1, program_id=ewallet.id)

    def test_scheduled_action_does_all_programs_and_each_has_its_own_ladder(self):
        self._ladder()
        other = self._program("Other club")
        self.env["retail.tier"].create(
            {"name": "Friend", "sequence": 1, "program_id": other.id, "threshold": 5}
        )
        self._earns(150)
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_tier").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTier("Silver")
        self.assertEqual((self.program | other).mapped("retail_tier_day"), [self.day, self.day])

    def test_standing_says_who_is_near_the_next_tier(self):
        self._ladder()
        self._earns(240)
        self._night()
        standing = self.env["retail.tier.standing"].search([("wallet_id", "=", self._wallet().id)])
        self.assertEqual(
            (standing.tier_id, standing.next_tier_id, standing.missing, standing.next_share),
            (self.silver, self.gold, 60, 0.8),
        )
        self._earns(100)
        self._night(self.day + timedelta(days=1))
        self.assertFalse(standing.next_tier_id)
