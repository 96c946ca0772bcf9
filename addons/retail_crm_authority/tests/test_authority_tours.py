from odoo.tests import HttpCase, tagged

from .common import AuthorityCommon


@tagged("post_install", "-at_install")
class TestAuthorityTours(AuthorityCommon, HttpCase):
    """A request and its answer in a real browser, as the people who do it."""

    def test_a_salesperson_asks_a_manager_answers_and_the_order_is_confirmed(self):
        self.env["res.lang"]._activate_lang("en_US")
        order = self._quote(discount=20)
        url = f"/odoo/action-sale.action_quotations_with_onboarding/{order.id}"
        self.start_tour(url, "retail_crm_authority_asks", login=self.seller.login)
        request = self.env["retail.authority.request"].search([("order_id", "=", order.id)])
        self.assertEqual((request.state, request.reason), ("requested", "She buys every month"))
        self.start_tour(
            "/odoo/action-retail_crm_authority.retail_authority_request_action_to_answer",
            "retail_crm_authority_answers",
            login=self.manager.login,
        )
        self.start_tour(url, "retail_crm_authority_confirms", login=self.seller.login)
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._log(order), ["asked", "approved", "confirmed"])
