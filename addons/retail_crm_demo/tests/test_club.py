from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import club
from ..shop import Shop
from .common import StoryCase


@tagged("post_install", "-at_install")
class TestClub(StoryCase):
    """What docs/demo.md says of the Lantern Club."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = Shop(cls.env)

    def _wallet(self, name):
        return club.wallet(self.shop, name)

    def test_ledger_of_the_past_adds_up(self):
        wallets = self.env["retail.points.wallet"].search(
            [("program_id", "=", self._ref("loyalty_program").id)]
        )
        self.assertGreater(len(wallets), 10)
        self.assertEqual(wallets._find_problems(), [])

    def test_sofia_collected_for_months_and_spent_the_oldest_points_first(self):
        moves = self._wallet("sofia_martins").move_ids.sorted("id")
        earned = [(move.moment.date(), move.lot_id.earned_on) for move in moves if move.kind == "earn"]
        self.assertEqual(len(earned), 8)
        self.assertEqual([moment for moment, _day in earned], [day for _moment, day in earned])
        self.assertEqual(sum(move.amount for move in moves if move.kind == "redeem"), -200)
        left = self._wallet("sofia_martins").lot_ids.filtered("remaining").mapped("earned_on")
        self.assertGreater(min(left), min(day for _moment, day in earned))

    def test_emma_lost_the_points_of_the_sweater_with_the_sweater(self):
        moves = self._wallet("emma_clarke").move_ids.sorted("id")
        self.assertEqual([(move.kind, move.amount) for move in moves], [("earn", 114), ("reverse", -79)])

    def test_points_of_the_first_year_have_expired(self):
        self.assertFalse(self._wallet("liu_yang").available)
        self.assertEqual(self._wallet("liu_yang").move_ids.mapped("kind"), ["expire", "earn"])

    def test_ladder_of_the_club(self):
        tiers = {
            "golden_gate_hotels": "tier_circle",
            "sofia_martins": "tier_gold",
            "wang_meiling": "tier_silver",
            "emma_clarke": None,
        }
        for name, tier in tiers.items():
            self.assertEqual(
                self._wallet(name).tier_id, self._ref(tier) if tier else self.env["retail.tier"], name
            )

    def test_staff_wait_for_the_answer_to_a_request_and_the_manager_did_not(self):
        self.assertEqual(self._ref("adjustment_chen_hao").state, "done")
        self.assertEqual(self._ref("adjustment_emma_clarke").state, "requested")

    def test_quotation_of_the_hotel_holds_points_of_the_company(self):
        reservation = self._ref("quotation_alliance").retail_reservation_ids
        self.assertEqual(
            (reservation.wallet_id, reservation.amount), (self._wallet("golden_gate_hotels"), 200)
        )

    def test_sofia_has_had_her_scarf(self):
        scarf = self._ref("tier_gold").benefit_ids.filtered(lambda benefit: benefit.kind == "gift")
        with self.assertRaisesRegex(UserError, "Sofia"):
            self.env["retail.tier.benefit.use"]._hand_over(self._wallet("sofia_martins"), scarf, 1)
