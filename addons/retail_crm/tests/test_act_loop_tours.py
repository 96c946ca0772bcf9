from odoo import fields
from odoo.tests import HttpCase, tagged

from .act_loop_common import ActLoopCommon


@tagged("post_install", "-at_install")
class TestActLoopTours(ActLoopCommon, HttpCase):
    """From the customer to the outcome, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        # the browser's clock cannot be set
        cls.today = fields.Date.today()
        (cls.dora | cls.manager).lang = "en_US"

    def test_staff_log_what_came_of_an_action(self):
        berta = self._customer("Berta Maes", user_id=self.dora.id)
        self._in_key(berta, "strategic", last=100, as_of=self.today)
        self._act()
        self.start_tour(
            f"/odoo/res.partner/{berta.id}", "retail_crm_act_loop_staff", login=self.dora.login, timeout=120
        )

        done, following = self._actions(berta).sorted("id")
        self.assertEqual((done.outcome_id.code, done.done_by_id), ("no_answer", self.dora))
        self.assertEqual((following.previous_id, following.note), (done, "Call in the evening"))
        self.assertEqual(berta.activity_ids.user_id, self.dora)
