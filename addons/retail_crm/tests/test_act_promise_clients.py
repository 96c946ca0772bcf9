from datetime import datetime
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

CUSTOMER = "Customer of two jobs"
# so long ago that nothing else is due
MADE_AT, DUE_AT, NOW = (datetime(2001, 1, day) for day in (1, 2, 3))


@tagged("post_install", "-at_install")
class TestActPromiseClients(BaseCase):
    """Two processes at the same promise, over connections of their own. What they do is committed, and deleted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        # the test runner holds this lock as long as tests run, and every new environment asks for it
        cls.startClassPatcher(patch.object(Registry, "_lock", DummyRLock()))
        cls.addClassCleanup(cls._clean_up)

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            cr.execute(SQL("DELETE FROM res_partner WHERE name = %s", CUSTOMER))

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = self._env(cr)
            self.company_id = env.ref("base.main_company").root_id.id
            customer = env["res.partner"].create({"name": CUSTOMER})
            cr.execute(
                SQL(
                    """INSERT INTO retail_promise (company_id, partner_id, kind, text, source, state, made_at, due_at)
                       VALUES (%s, %s, 'other', 'Tea', 'hand', 'open', %s, %s) RETURNING id""",
                    self.company_id,
                    customer.id,
                    MADE_AT,
                    DUE_AT,
                )
            )
            self.promise_id = cr.fetchone()[0]

    @staticmethod
    def _env(cr):
        return api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})

    def _break(self, cr):
        env = self._env(cr)
        return env["retail.promise"]._break_overdue(env["res.company"].browse(self.company_id), NOW)

    def test_two_jobs_at_once_break_a_promise_once(self):
        with self.registry.cursor() as first, self.registry.cursor() as second:
            # both look before either has written
            for cr in (first, second):
                cr.execute(SQL("SELECT state FROM retail_promise WHERE id = %s", self.promise_id))
            self.assertEqual(self._break(first), [self.promise_id])
            first.commit()
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                self._break(second)
            second.rollback()
            self.assertEqual(self._break(second), [])

    def test_a_person_and_the_job_at_once_end_it_once(self):
        with self.registry.cursor() as person, self.registry.cursor() as job:
            for cr in (person, job):
                cr.execute(SQL("SELECT state FROM retail_promise WHERE id = %s", self.promise_id))
            self._env(person)["retail.promise"].browse(self.promise_id).with_user(SUPERUSER_ID)._keep()
            person.commit()
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                self._break(job)
            job.rollback()
            self.assertEqual(self._break(job), [])
            kept = self._env(job)["retail.promise"].browse(self.promise_id)
            self.assertEqual((kept.state, kept.ending), ("broken", "hand"))
