from odoo.tests import HttpCase, tagged

from .points_common import PointsCommon


@tagged("post_install", "-at_install")
class TestHouseholdsTours(PointsCommon, HttpCase):
    """A manager in a real browser: a family shares a wallet, and a wallet is blocked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tours read English words
        cls.env["res.lang"]._activate_lang("en_US")
        cls.anna, cls.bert = cls._customer("Anna Peeters"), cls._customer("Bert Peeters")
        cls._card(cls.anna, 10)
        cls._card(cls.bert, 30)
        cls.manager = cls._user("household_manager", "retail_crm.group_manager", lang="en_US")

    def _tour(self, name, path):
        self.start_tour(path, f"retail_crm_{name}", login=self.manager.login, timeout=120)
        self.env.invalidate_all()

    def test_manager_founds_a_household(self):
        self._tour("households_manager", "/odoo/action-retail_crm.retail_household_action")
        self.assertPoints(40, customer=self.anna)
        self.assertEqual(self.bert.retail_household_id.head_id, self.anna)

    def test_manager_blocks_a_wallet(self):
        wallet = self._wallet(self.bert)
        self._tour("wallet_block_manager", f"/odoo/action-retail_crm.retail_points_wallet_action/{wallet.id}")
        self.assertTrue(wallet.is_blocked)
