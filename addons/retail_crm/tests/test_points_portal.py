from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import format_date, mute_logger

from ..points.event import PointsEvent
from ..points.exact import to_points
from .common import RetailCommon
from .points_common import PointsMixin

DEBT = (
    "70 Points were used for rewards before the purchases that had earned them came back. Your next points settle this"
    " by themselves; there is nothing you have to do or pay."
)


class PortalCommon(PointsMixin, RetailCommon, HttpCase):
    """Anna reads her points as a customer does: logged in, over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        cls.today = fields.Date.today()
        cls.user = cls._user("anna", "base.group_portal", name="Anna", lang="en_US")
        cls.customer = cls.user.partner_id
        cls.card = cls._card()

    def _has_lot(self, points, wallet=None, **values):
        """Points of the wallet with days of their own, booked as an adjustment."""
        wallet = wallet or self.card.retail_wallet_id
        wallet._adjust(points, "for a test")
        lot = wallet.lot_ids.sorted("id")[-1]
        lot.sudo().write(values)
        return lot

    def _climbs(self):
        """Silver from 100 points, Gold from 300; 120 are earned."""
        for name, sequence, threshold in (("Silver", 1, 100), ("Gold", 2, 300)):
            self.env["retail.tier"].create(
                {
                    "name": name,
                    "sequence": sequence,
                    "program_id": self.program.id,
                    "threshold": threshold,
                    "points_multiplier": 1.5,
                }
            )
        self._order(120).action_confirm()
        self.env["retail.tier.qualification"]._look_at_days(self.program)

    def _read_dialog(self, card=None):
        return self.make_jsonrpc_request(f"/my/loyalty_card/{(card or self.card).id}/values", {})

    def _read_page(self, card=None, page=""):
        response = self.url_open(f"/my/loyalty_card/{(card or self.card).id}/history{page}")
        self.assertEqual(response.status_code, 200)
        return response


@tagged("post_install", "-at_install")
class TestPointsPortalTour(PortalCommon):
    def test_customer_reads_tier_distance_pending_and_expiring(self):
        self._climbs()
        self._has_lot(1200, expires_on=self.today + timedelta(days=20))
        self.program.retail_pending_days = 14
        self._order(50).action_confirm()
        self.start_tour("/my", "retail_crm_portal_points", login="anna", timeout=120)


@tagged("post_install", "-at_install")
class TestPointsPortal(PortalCommon):
    def test_customer_reads_what_can_be_used_what_comes_and_what_goes(self):
        self._has_lot(1200, expires_on=self.today + timedelta(days=20))
        self.program.retail_pending_days = 14
        self._order(50).action_confirm()
        self.authenticate("anna", "anna")
        points = self._read_dialog()["retail_points"]
        self.assertEqual(points["available"], "1,200 Points")
        self.assertEqual([entry["points"] for entry in points["pending"]], ["50 Points"])
        self.assertEqual([entry["points"] for entry in points["expiring"]], ["1,200 Points"])
        release = self.today + timedelta(days=14)
        self.assertEqual(
            points["pending"][0]["when"], f"from {format_date(self.env, release, date_format='medium')}"
        )

    def test_home_page_shows_the_points_and_each_wallet_once(self):
        self._has_lot(120)
        self._card()
        self.authenticate("anna", "anna")
        page = self.url_open("/my/home").text
        # at the side, and for phones in the drawer and among the pages
        self.assertEqual(page.count("120 Points"), 3)

    def test_history_is_told_by_event_with_the_balance_after_it(self):
        self._order(200).action_confirm()
        order = self._order(30)
        self._redeems(order)
        order.action_confirm()
        self.authenticate("anna", "anna")
        events = self._read_dialog()["retail_points"]["events"]
        self.assertEqual(
            [(event["words"], event["change"], event["balance"]) for event in events],
            [
                ("Reward used", "−100 Points", "Balance 130 Points"),
                ("Purchase", "+30 Points", "Balance 230 Points"),
                ("Purchase", "+200 Points", "Balance 200 Points"),
            ],
        )
        self.assertEqual(events[0]["document"], order.name)
        self.assertIn(f"/my/orders/{order.id}", self._read_page().text)

    def test_history_is_paged(self):
        wallet = self.card.retail_wallet_id
        for _number in range(85):
            wallet._adjust(1, "for a test")
        self.authenticate("anna", "anna")
        first, second = self._read_page().text, self._read_page(page="/page/2").text
        self.assertEqual(
            (first.count("o_retail_points_event"), second.count("o_retail_points_event")), (80, 5)
        )
        self.assertIn("Balance 1 Points", second)
        self.assertEqual(self._read_page(page="/page/99").text.count("o_retail_points_event"), 5)

    def test_debt_is_told_in_friendly_words(self):
        order = self._order(200)
        order.action_confirm()
        second = self._order(30)
        self._redeems(second)
        second.action_confirm()
        order._action_cancel()
        self.authenticate("anna", "anna")
        points = self._read_dialog()["retail_points"]
        self.assertEqual((points["available"], points["debt"]), ("0 Points", DEBT))
        self.assertIn("nothing you have to do or pay", self._read_page().text)

    def test_reasons_of_staff_stay_inside(self):
        self.card.retail_wallet_id._adjust(10, "complains all the time")
        self.authenticate("anna", "anna")
        page = self._read_page().text
        self.assertIn("Changed by the shop", page)
        self.assertNotIn("complains", page)

    def test_empty_card_says_what_to_do(self):
        self.authenticate("anna", "anna")
        self.assertIn("Your first purchase fills this page", self._read_page().text)

    def test_others_cards_are_not_shown(self):
        card = self._card(self._customer("Bert"))
        card.retail_wallet_id._adjust(777, "for a test")
        self.authenticate("anna", "anna")
        self.assertEqual(self._read_dialog(card), {})
        response = self._read_page(card)
        self.assertTrue(response.url.endswith("/my"))
        self.assertNotIn("777", response.text)

    def test_visitors_have_to_log_in(self):
        self.card.retail_wallet_id._adjust(777, "for a test")
        self.assertIn("/web/login", self._read_page().url)
        with self.assertRaises(JsonRpcException):
            self._read_dialog()

    def test_customer_gets_nothing_from_the_models_themselves(self):
        self.authenticate("anna", "anna")
        with mute_logger("odoo.http"):
            self.assertModelsRefuse()

    def assertModelsRefuse(self):
        for model in ("retail.points.wallet", "retail.points.portal"):
            for method in ("search_read", "_get_summary"):
                with self.assertRaises(JsonRpcException):
                    self.make_jsonrpc_request(
                        "/web/dataset/call_kw",
                        {"model": model, "method": method, "args": [[]], "kwargs": {}},
                    )

    def test_contacts_of_a_company_share_the_balance(self):
        company = self._customer("Caterer", is_company=True)
        bert = self._customer("Bert", parent_id=company.id)
        self.customer.parent_id = company
        card = self._card()
        bert_order = self._order(60, bert)
        bert_order.action_confirm()
        self.authenticate("anna", "anna")
        points = self._read_dialog(card)["retail_points"]
        self.assertEqual(points["available"], "60 Points")
        # Odoo lists the orders of colleagues on the page of orders as well
        self.assertEqual(points["events"][0]["document"], bert_order.name)

    def test_purchase_that_the_reader_may_not_open_is_just_a_purchase(self):
        stranger = self._customer("Stranger")
        order = self._order(60, stranger)
        order.action_confirm()
        self._wallet(stranger)._merge_into(self.card.retail_wallet_id)
        other = self._order(5, stranger)
        self.env["retail.points.wallet"]._book([self._event_of(other)])
        self.authenticate("anna", "anna")
        event = self._read_dialog()["retail_points"]["events"][0]
        self.assertEqual((event["words"], event["document"], event["url"]), ("Purchase", "", ""))

    def _event_of(self, order):
        return PointsEvent(
            self.card.retail_wallet_id, "add", "earn", to_points(5), f"test:{order.id}", document=order
        )

    def test_customer_reads_the_tier_and_what_is_missing_for_the_next(self):
        self._climbs()
        self.authenticate("anna", "anna")
        tier = self._read_dialog()["retail_points"]["tier"]
        self.assertEqual((tier["name"], tier["next"], tier["percent"]), ("Silver", "On the way to Gold", 40))
        self.assertEqual(tier["missing"], "180 Points to Gold")
        page = self._read_page().text
        for words in ("Silver", "180 Points to Gold", "1.5 times the points"):
            self.assertIn(words, page)

    def test_customer_reads_what_is_left_of_benefits_each_once(self):
        self._climbs()
        silver = self.card.retail_wallet_id.tier_id
        benefits = self.env["retail.tier.benefit"].create(
            [
                {"name": "Half as many points again", "tier_id": silver.id, "kind": "multiplier"},
                {"name": "Box of tea", "tier_id": silver.id, "quantity": 1, "period": "stay"},
            ]
        )
        self.authenticate("anna", "anna")

        def told():
            rows = self._read_dialog()["retail_points"]["tier"]["benefits"]
            return [(row["name"], row["left"]) for row in rows]

        self.assertEqual(told(), [("Half as many points again", ""), ("Box of tea", "1 left")])
        self.env["retail.tier.benefit.use"]._hand_over(self.card.retail_wallet_id, benefits[1], 1)
        self.assertEqual(told()[1], ("Box of tea", "Used up"))

    def test_program_without_tiers_shows_none(self):
        self.authenticate("anna", "anna")
        self.assertFalse(self._read_dialog()["retail_points"]["tier"])
        self.assertNotIn("o_retail_tier", self._read_page().text)

    def test_cards_of_two_companies_stay_apart(self):
        other = self._create_company("Other Shop")
        program = self._program("Other Club", company_id=other.id)
        card = self._card(program=program)
        self._has_lot(30)
        self._has_lot(70, card.retail_wallet_id)
        self.authenticate("anna", "anna")
        page = self.url_open("/my/home").text
        for words in ("Corner Shop", "Other Shop", "30 Points", "70 Points"):
            self.assertIn(words, page)
        self.assertEqual(self._read_dialog(card)["retail_points"]["available"], "70 Points")
        self.assertEqual(self._read_dialog()["retail_points"]["available"], "30 Points")

    def test_cards_of_other_kinds_stay_as_odoo_shows_them(self):
        program = self._program("Wallet", program_type="ewallet")
        card = self._card(program=program, points=12)
        self.authenticate("anna", "anna")
        values = self._read_dialog(card)
        self.assertNotIn("retail_points", values)
        self.assertTrue(values["card"]["points_display"])
        self.assertNotIn("o_retail_points", self._read_page(card).text)

    def test_customer_reads_in_their_own_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.program.with_context(lang="zh_CN").portal_point_name = "积分"
        self._has_lot(1200, expires_on=fields.Date.to_date("2099-12-31"))
        self.user.lang = "zh_CN"
        self.authenticate("anna", "anna")
        points = self._read_dialog()["retail_points"]
        self.assertEqual(points["available"], "1,200 积分")
        self.assertIn("2099年12月31日", points["expiring"][0]["when"])
        self.assertIn("2099年12月31日", self._read_page().text)
