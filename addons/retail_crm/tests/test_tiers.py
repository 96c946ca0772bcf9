from datetime import date

from odoo.tests import tagged

from .tiers_common import TiersCommon


@tagged("post_install", "-at_install")
class TestTiers(TiersCommon):
    """Who comes into a tier, keeps it and loses it."""

    def test_threshold_exactly_met_is_met(self):
        self._ladder()
        self._earns(99.99)
        self._night()
        self.assertTier(None)
        self._earns(0.01)
        self._night()
        self.assertTier("Silver", kept_until=date(2026, 6, 30), how="qualified")

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
        self.assertTier("Gold", other)
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
