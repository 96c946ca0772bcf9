from odoo.tests import HttpCase, tagged

from .test_act_promise import ActPromiseCommon


@tagged("post_install", "-at_install")
class TestActPromiseTours(ActPromiseCommon, HttpCase):
    """A promise made and kept, and what the manager sees of it, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        (cls.dora | cls.manager).lang = "en_US"
        # the card on top of the customer tells the day of the scores
        cls.profile.as_of = cls.today

    def test_staff_promise_and_keep(self):
        self.start_tour(
            f"/odoo/res.partner/{self.anna.id}",
            "retail_crm_promise_staff",
            login=self.dora.login,
            timeout=120,
        )
        promise = self.env["retail.promise"].search([("partner_id", "=", self.anna.id)])
        self.assertEqual((promise.kind, promise.text), ("gift", "A tin of green tea"))
        self.assertEqual((promise.state, promise.closed_by_id), ("kept", self.dora))

    def test_manager_sees_the_share_of_broken_promises(self):
        broken, kept = self._promise(hours=1), self._promise()
        self._passes(broken)
        self._as(self.dora, kept).action_keep()
        self._settle()
        self.start_tour(
            "/odoo/retail-promises-kept",
            "retail_crm_promise_manager",
            login=self.manager.login,
            timeout=120,
        )
