from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import hooks
from .common import StoryCase


@tagged("post_install", "-at_install")
class TestHooks(StoryCase):
    def test_telling_the_story_again_adds_nothing(self):
        count = self.env["sale.order"].search_count([])
        hooks.post_init_hook(self.env)
        self.assertEqual(self.env["sale.order"].search_count([]), count)

    def test_uninstalling_leaves_the_documents_and_locks_the_users_out(self):
        orders = self.env["sale.order"].search([("partner_id", "=", self._ref("sofia_martins").id)])
        users = self.env["res.users"].search([("login", "in", hooks.LOGINS)])
        hooks.uninstall_hook(self.env)
        self.assertEqual(orders.exists(), orders)
        self.assertFalse(any(users.mapped("active")))
        self.assertFalse(
            self.env["res.users"].with_context(active_test=False).search([("login", "in", hooks.LOGINS)])
        )
        self.assertFalse(self.env["ir.model.data"].search([("module", "=", "retail_crm_demo")]))

    def test_users_of_the_shop_are_never_taken_over(self):
        self.env["ir.model.data"].search(
            [("module", "=", "retail_crm_demo"), ("name", "=", "user_staff")]
        ).unlink()
        with self.assertRaisesRegex(UserError, "staff"):
            hooks.pre_init_hook(self.env)
