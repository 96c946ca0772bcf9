from odoo.tests import HttpCase, tagged

from .test_act_owner import OwnersCommon


@tagged("post_install", "-at_install")
class TestActOwnerTours(OwnersCommon, HttpCase):
    """Managers share out customers, staff hand over their own, in the browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        (cls.ann | cls.ben | cls.max).lang = "en_US"

    def test_manager_shares_out_customers(self):
        self._staff(self.ann, capacity=20)
        self._staff(self.ben, capacity=10)
        customers = self.env["res.partner"].create([{"name": f"Customer {number}"} for number in range(9)])
        for customer in customers:
            self._in_segment(customer, "transactional", value=5)
        self.start_tour("/odoo/retail-assignments", "retail_crm_owner_assign", login=self.max.login)
        self.env.invalidate_all()
        groups = customers._read_group([("id", "in", customers.ids)], ["retail_owner_id"], ["__count"])
        self.assertEqual(dict(groups), {self.ann: 6, self.ben: 3})

    def test_staff_hand_over_a_customer(self):
        carla = self._customer("Carla")
        self._give(carla, self.ann)
        self.start_tour("/odoo/retail-owners", "retail_crm_owner_hand_over", login=self.ann.login)
        self.assertEqual(self._owner(carla), self.ben)
        row = self.env["retail.owner"].search([("partner_id", "=", carla.id)], limit=1)
        self.assertEqual((row.user_id, row.note), (self.ben, "Likes tea"))
