from odoo.fields import Date
from odoo.tests import tagged
from odoo.tools import SQL

from .test_points_clients import CLIENTS, CUSTOMER, PointsClientsCommon

LOGIN = "owner of eight clients %s"


@tagged("post_install", "-at_install")
class TestActOwnerClients(PointsClientsCommon):
    """Eight managers give the same customer to eight people at the same moment."""

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """DELETE FROM retail_owner
                        WHERE partner_id IN (SELECT id FROM res_partner WHERE name = %s)""",
                    CUSTOMER,
                )
            )
            env = cls._env(cr)
            env["res.users"].search([("login", "like", LOGIN % "%")]).unlink()
        return super()._clean_up()

    def _create_people(self):
        with self.registry.cursor() as cr:
            env = self._env(cr)
            values = [{"name": "Owner", "login": LOGIN % number} for number in range(CLIENTS)]
            return env["res.users"].create(values).ids

    def _give_to(self, user_id):
        def give(env):
            customer = env["res.partner"].browse(self.customer_id)
            owner = env["res.users"].browse(user_id)
            env["retail.owner"]._give(customer, owner, env.company, day=Date.today())

        return give

    def test_a_customer_has_one_owner_whoever_assigns_at_once(self):
        people = self._create_people()
        outcomes, _retries = self._at_once([self._give_to(user_id) for user_id in people])
        self.assertIn(None, outcomes)
        with self.registry.cursor() as cr:
            rows = self._env(cr)["retail.owner"].search([("partner_id", "=", self.customer_id)])
            self.assertEqual(len(rows.filtered(lambda one: not one.until)), 1)
            # every one who got through was the owner for a while
            self.assertEqual(len(rows), outcomes.count(None))
