from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .test_points_clients import CLIENTS, PointsClientsCommon

MONTH_LIMIT = 100


@tagged("post_install", "-at_install")
class TestPointsAdjustmentClients(PointsClientsCommon):
    """People who adjust and answer at the same time, over connections of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up_adjustments)
        with cls.registry.cursor() as cr:
            env = cls._env(cr)
            cls.company_id = cls._open_company(env).id
            env["loyalty.program"].browse(cls.program_id).company_id = cls.company_id
            limits = env["retail.points.limit"].search([("company_id", "=", cls.company_id)])
            limits.write({"deal_limit": MONTH_LIMIT, "month_limit": MONTH_LIMIT})
            cls.user_ids = [cls._create_manager(env, name).id for name in ("ann", "ben", "cat")]

    @classmethod
    def _open_company(cls, env):
        """Companies cannot be deleted either: that of the last time opens again."""
        companies = env["res.company"].with_context(active_test=False)
        values = {"name": "Shop of eight clients", "retail_tz": "UTC", "active": True}
        known = companies.search([("name", "=", values["name"])])
        known.write(values)
        return known or companies.create(values)

    @classmethod
    def _create_manager(cls, env, name):
        """People cannot be deleted: those of the last time work here again."""
        login = f"{name}.of.eight.clients"
        users = env["res.users"].with_context(active_test=False)
        values = {
            "active": True,
            "company_id": cls.company_id,
            "company_ids": [Command.set([cls.company_id])],
            "group_ids": [Command.link(env.ref("retail_crm.group_manager").id)],
        }
        if known := users.search([("login", "=", login)]):
            known.write(values)
            return known
        return users.create({"name": name, "login": login, **values})

    @classmethod
    def _clean_up_adjustments(cls):
        with cls.registry.cursor() as cr:
            env = cls._env(cr)
            cr.execute(
                SQL(
                    """CREATE TEMPORARY TABLE gone_adjustment ON COMMIT DROP AS
                       SELECT id FROM retail_points_adjustment WHERE company_id = %(company)s;
                       DELETE FROM mail_activity WHERE res_model = 'retail.points.adjustment'
                          AND res_id IN (SELECT id FROM gone_adjustment);
                       DELETE FROM mail_followers WHERE res_model = 'retail.points.adjustment'
                          AND res_id IN (SELECT id FROM gone_adjustment);
                       DELETE FROM mail_message WHERE model = 'retail.points.adjustment'
                          AND res_id IN (SELECT id FROM gone_adjustment);
                       DELETE FROM retail_points_adjustment WHERE id IN (SELECT id FROM gone_adjustment);
                       DELETE FROM retail_points_allowance WHERE company_id = %(company)s""",
                    company=cls.company_id,
                )
            )
            main = env.ref("base.main_company")
            env["loyalty.program"].with_context(active_test=False).browse(cls.program_id).company_id = main
            env["res.users"].browse(cls.user_ids).write(
                {"company_id": main.id, "company_ids": [Command.set(main.ids)], "active": False}
            )
            env["res.company"].browse(cls.company_id).active = False

    def setUp(self):
        super().setUp()
        self.wallet_id = self._give(0)

    def _adjust(self, user_id, points, **values):
        values = {"wallet_id": self.wallet_id, "points": points, "reason": "Late parcel", **values}
        return lambda env: env(user=user_id)["retail.points.adjustment"].create(values)

    def _read(self, function):
        with self.registry.cursor() as cr:
            return function(self._env(cr))

    def test_eight_adjustments_at_once_do_not_pass_the_limit_of_the_month(self):
        calls = [self._adjust(self.user_ids[0], 30)] * CLIENTS
        outcomes, _retries = self._at_once(calls)
        self.assertEqual(outcomes.count(None), CLIENTS, outcomes)
        states = self._read(
            lambda env: (
                env["retail.points.adjustment"].search([("wallet_id", "=", self.wallet_id)]).mapped("state")
            )
        )
        self.assertEqual((states.count("done"), states.count("requested")), (3, CLIENTS - 3))
        self.assertBalance(self.wallet_id, 90)

    def test_one_of_eight_answers_counts_and_the_others_are_told(self):
        with self.registry.cursor() as cr:
            request = self._adjust(self.user_ids[1], 500)(self._env(cr)).id

        def approve(user_id):
            return lambda env: env(user=user_id)["retail.points.adjustment"].browse(request).action_approve()

        outcomes, _retries = self._at_once(
            [approve(self.user_ids[2 * (number % 2)]) for number in range(CLIENTS)]
        )
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertTrue(all("answered this already" in str(error) for error in outcomes if error), outcomes)
        self.assertBalance(self.wallet_id, 500)

    def test_one_adjustment_sent_eight_times_counts_once(self):
        calls = [self._adjust(self.user_ids[2], 10, request_key=f"retry:{self.wallet_id}")] * CLIENTS
        outcomes, _retries = self._at_once(calls)
        self.assertEqual(outcomes.count(None), 1, outcomes)
        self.assertTrue(all("sent already" in str(error) for error in outcomes if error), outcomes)
        self.assertBalance(self.wallet_id, 10)
