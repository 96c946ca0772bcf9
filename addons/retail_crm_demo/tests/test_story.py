from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import SEGMENTS, StoryCase


@tagged("post_install", "-at_install")
class TestStory(StoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.latest = cls._recompute()

    def test_everybody_has_the_intended_segment(self):
        self.assertEqual(self.latest.state, "done")
        self.assertSegments(SEGMENTS)

    def test_nobody_but_the_pinned_customers_differs_from_the_figures(self):
        for name in SEGMENTS.keys() - {"jade_garden", "aisha_rahman"}:
            profile = self._profile(name)
            self.assertEqual(profile.segment_id, profile.computed_segment_id, name)

    def test_each_risk_has_its_own_reason(self):
        self.assertEqual(self._profile("blue_heron_catering").reason_code, "payment")
        self.assertEqual(self._profile("robert_haines").reason_code, "inactivity")

    def test_movements_of_the_last_half_year(self):
        changes = self.env["retail.profile.change"].search(
            [("from_segment_id", "!=", False)], order="day, id"
        )
        moves = {
            change.partner_id: (change.from_segment_id.code, change.to_segment_id.code) for change in changes
        }
        self.assertEqual(moves[self._ref("robert_haines")], ("key", "risk"))
        self.assertEqual(moves[self._ref("blue_heron_catering")], ("key", "risk"))
        self.assertEqual(moves[self._ref("wang_meiling")], ("transactional", "key"))

    def test_segments_were_computed_every_five_weeks(self):
        trend = self.env["retail.movements"].with_user(self._ref("user_manager")).get_data()["trend"]
        days = sorted({point["day"] for point in trend})
        self.assertEqual([(self.latest.as_of - day).days for day in days], [175, 140, 105, 70, 35, 0])

    def test_contacts_buy_for_their_company(self):
        profile = self._profile("golden_gate_hotels")
        self.assertEqual(profile.purchase_days, 7)
        self.assertFalse(self._profile("margaret_olsen"))

    def test_manager_has_pinned_the_restaurant_with_a_reason(self):
        pin = self._ref("pin_jade_garden")
        profile = self._profile("jade_garden")
        self.assertEqual(pin.user_id, self._ref("user_manager"))
        self.assertTrue(pin.reason)
        self.assertEqual(profile.computed_segment_id.code, "transactional")
        self.assertEqual(profile.pinned_segment_id.code, "key")

    def test_prospect_and_walk_in_have_no_profile(self):
        self.assertFalse(self._profile("pacific_conservatory"))
        self.assertFalse(self._profile("walk_in"))

    def test_order_of_the_alliance_gets_price_list_and_payment_terms(self):
        for name in ("order_alliance", "quotation_alliance"):
            order = self._ref(name)
            self.assertEqual(order.pricelist_id, self._ref("pricelist_alliance"))
            self.assertEqual(order.payment_term_id, self.env.ref("account.account_payment_term_45days"))
        self.assertEqual(self._ref("order_alliance").order_line.price_unit, 80.1)

    def test_orders_of_others_keep_shop_prices_and_their_own_terms(self):
        self.assertEqual(self._ref("order_meiling").pricelist_id, self._ref("pricelist_shop"))
        self.assertEqual(
            self._ref("quotation_caterer").payment_term_id,
            self.env.ref("account.account_payment_term_30days"),
        )

    def test_delivery_of_the_alliance_is_urgent_and_served_first(self):
        urgent = self._ref("order_alliance").picking_ids
        normal = self._ref("order_meiling").picking_ids
        self.assertEqual((urgent.priority, normal.priority), ("1", "0"))
        self.assertEqual((urgent.state, normal.state), ("confirmed", "confirmed"))
        receipt = self._ref("receipt_rain_jackets").with_user(self._ref("user_warehouse"))
        receipt.move_ids.picked = True
        receipt.button_validate()
        self.assertEqual((urgent.state, normal.state), ("assigned", "confirmed"))

    def test_return_lowers_revenue(self):
        credit_note = self._ref("credit_note_emma")
        rows = self.env["retail.purchase"].search([("partner_id", "=", self._ref("emma_clarke").id)])
        returned = rows.filtered("is_return")
        self.assertEqual(credit_note.payment_state, "paid")
        self.assertEqual((returned.revenue, returned.contribution), (-79, -31))
        self.assertEqual(self._profile("emma_clarke").revenue, 35)

    def test_one_bill_is_sixty_days_overdue_and_nothing_else(self):
        overdue = self.env["account.move"].search(
            [
                ("commercial_partner_id", "in", [self._ref(name).id for name in SEGMENTS]),
                ("move_type", "=", "out_invoice"),
                ("payment_state", "=", "not_paid"),
                ("invoice_date_due", "<", self.latest.as_of),
            ]
        )
        self.assertEqual(overdue.partner_id, self._ref("blue_heron_catering"))
        self.assertEqual(overdue.invoice_date_due, self._today_of_the_story() - timedelta(days=60))
        self.assertEqual(self._profile("blue_heron_catering").overdue_amount, overdue.amount_residual)

    def test_points_were_collected_and_spent(self):
        card = self._ref("loyalty_program").coupon_ids.filtered(
            lambda card: card.partner_id == self._ref("sofia_martins")
        )
        reward_line = self._ref("order_sofia").order_line.filtered("is_reward_line")
        self.assertEqual(reward_line.points_cost, 200)
        self.assertGreater(card.points, 0)
        self.assertEqual(sum(card.history_ids.mapped("used")), 200)

    def test_everyone_opens_customers(self):
        for name in ("user_manager", "user_manager_zh", "user_approver", "user_staff", "user_finance"):
            profiles = self.env["retail.profile"].with_user(self._ref(name))
            rows = profiles.search_read([], ["partner_id", "segment_id", "value", "reason", "risk_level"])
            self.assertGreaterEqual(len(rows), len(SEGMENTS), name)
            Form(self._ref("golden_gate_hotels").with_user(self._ref(name)))

    def test_warehouse_sees_how_to_serve_and_nothing_of_value(self):
        user = self._ref("user_warehouse")
        picking = self._ref("order_alliance").picking_ids.with_user(user)
        Form(self._ref("golden_gate_hotels").with_user(user))
        Form(picking)
        self.assertEqual(picking.retail_service_class, "Alliance")
        with self.assertRaises(AccessError):
            self.env["retail.profile"].with_user(user).search_read([], ["value"])

    def _today_of_the_story(self):
        return self._ref("order_alliance").date_order.date()
