from contextlib import suppress

import psycopg2

from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged

from ..models.retail_run import LOCK_SPACE
from .test_scoring import AS_OF, ScoringCase


@tagged("post_install", "-at_install")
class TestRunConcurrency(ScoringCase):
    """What another process does is played by a second connection to the same database."""

    def setUp(self):
        super().setUp()
        self.other = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(self._close_other)

    def _close_other(self):
        # one of the tests has it killed
        with suppress(psycopg2.OperationalError):
            self.other.close()

    def test_second_run_of_a_company_is_refused_while_the_first_one_works(self):
        self._load([("one", AS_OF, "1", 50, 1, None)])
        self.other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, self.company.id])
        with self.assertRaisesRegex(UserError, "being computed right now"):
            self._run()
        self.other.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, self.company.id])
        self._run()

    def test_dead_process_leaves_no_lock(self):
        self._load([("one", AS_OF, "1", 50, 1, None)])
        self.other.execute("SELECT pg_advisory_lock(%s, %s), pg_backend_pid()", [LOCK_SPACE, self.company.id])
        pid = self.other.fetchone()[1]
        self.env.cr.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        self._run()

    def test_scheduled_action_goes_on_with_the_other_companies(self):
        self._load([("one", AS_OF, "1", 50, 1, None)])
        busy = self.env["res.company"].create({"name": "A busy shop", "retail_tz": "UTC"})
        self.other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, busy.id])
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_run").method_direct_trigger()
        self.assertTrue(self.env["retail.run"]._get_last_done(self.company))
        self.assertFalse(self.env["retail.run"]._get_last_done(busy))
