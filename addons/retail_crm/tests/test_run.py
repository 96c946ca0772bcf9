import datetime
from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import retail_run_result
from ..models.retail_run_result import RetailRunResult
from .loading import load_purchases
from .test_scoring import AS_OF, ScoringCase, random_purchases

SHOWN = [
    "partner_id",
    "segment_id",
    "computed_segment_id",
    "value",
    "value_percentile",
    "inactivity_risk",
    "expected_revenue",
    "revenue",
    "contribution",
    "purchase_days",
    "first_purchase_date",
    "last_purchase_date",
    "previous_segment_id",
    "risk_level",
    "store_id",
]


class Killed(BaseException):
    """The process dies here."""


@tagged("post_install", "-at_install")
class TestRun(ScoringCase):
    def _shown(self):
        profiles = self.env["retail.profile"].search(
            [("company_id", "=", self.company.id)], order="partner_id"
        )
        return [{name: value for name, value in row.items() if name != "id"} for row in profiles.read(SHOWN)]

    def test_increments_equal_a_full_rebuild(self):
        purchases = random_purchases(11, 200)
        early = [purchase for purchase in purchases if purchase[1] <= AS_OF - datetime.timedelta(days=20)]
        self._load(early)
        self._run(AS_OF - datetime.timedelta(days=20))
        for step in (10, 0):
            until = AS_OF - datetime.timedelta(days=step)
            rows = [
                purchase
                for purchase in purchases
                if until - datetime.timedelta(days=10) < purchase[1] <= until
            ]
            self._add(rows)
            run = self._run(until)
            self.assertFalse(run.is_full)
        incremental = self._shown()
        self.assertTrue(self._run(full=True).is_full)
        self.assertEqual(self._shown(), incremental)

    def _add(self, purchases):
        known = [purchase for purchase in purchases if purchase[0] in self.partners]
        new = [purchase for purchase in purchases if purchase[0] not in self.partners]
        self.partners.update(load_purchases(self.env, self.company, new) if new else {})
        for ref, day, reference, amount, _quantity, _cost in known:
            self.env["retail.purchase.history"].sudo().create(
                {
                    "partner_id": self.partners[ref],
                    "company_id": self.company.id,
                    "customer_ref": ref,
                    "channel": "later",
                    "date": day,
                    "reference": reference,
                    "ordinal": self.env["retail.purchase.history"].search_count([]) + 1,
                    "amount": amount,
                }
            )

    def test_purchase_dated_ahead_counts_when_its_day_comes(self):
        self._load(
            [
                ("ahead", AS_OF, "1", 50, 1, None),
                ("ahead", AS_OF + datetime.timedelta(days=3), "2", 70, 1, None),
            ]
        )
        self._run()
        self.assertEqual(self._profiles()[self.partners["ahead"]].revenue, 50)
        self.assertEqual(self._run(AS_OF + datetime.timedelta(days=3)).touched_count, 1)
        self.assertEqual(self._profiles()[self.partners["ahead"]].revenue, 120)

    def test_customer_made_together_with_the_first_purchase_is_not_missed(self):
        self._load([("old", AS_OF, "1", 50, 1, None)])
        self._run()
        newcomer = self.env["res.partner"].create({"name": "Newcomer"})
        self.partners["new"] = newcomer.id
        self._add([("new", AS_OF, "1", 70, 1, None)])
        self._run()
        self.assertEqual(self._profiles()[newcomer.id].revenue, 70)

    def test_same_day_again_changes_nothing(self):
        self._load(random_purchases(12, 150))
        self._run(AS_OF - datetime.timedelta(days=30))
        self._run()
        first = self._shown()
        self.assertEqual(self._run().change_count, 0)
        self.assertEqual(self._shown(), first)

    def test_killed_run_goes_on_where_it_stopped(self):
        self._load(random_purchases(13, 120))
        self._run(AS_OF - datetime.timedelta(days=30))
        apply_chunk, chunks = RetailRunResult._apply_chunk, []

        def die_at_the_third(self, run):
            chunks.append(run)
            if len(chunks) == 3:
                raise Killed
            return apply_chunk(self, run)

        with patch.object(retail_run_result, "CHUNK", 20):
            # not assertRaises, which would roll back what the process had done before it died
            with patch.object(RetailRunResult, "_apply_chunk", die_at_the_third), suppress(Killed):
                self._run()
            run = self._run()
        self.assertEqual(chunks[0].state, "done", "the interrupted run was finished first")
        self.assertEqual(
            set(self.env["retail.profile"].search([("company_id", "=", self.company.id)]).mapped("as_of")),
            {AS_OF},
        )
        resumed = self._shown()
        self.assertEqual(run.change_count, 0)
        self._run(full=True)
        self.assertEqual(self._shown(), resumed)

    def test_failed_run_says_why_and_leaves_the_previous_result(self):
        self._load(random_purchases(14, 60))
        self._run(AS_OF - datetime.timedelta(days=1))
        before = self._shown()
        self._add([("14-00001", AS_OF, "late", 5000, 1, None)])
        self.env.cr.execute("UPDATE retail_policy SET state = 'retired' WHERE id = %s", [self.policy.id])
        self.env.invalidate_all()
        run = self.env["retail.run"].run_company(self.company, as_of=AS_OF)
        self.assertEqual(run.state, "failed")
        self.assertIn("No segmentation policy is active", run.error)
        self.assertEqual(self._shown(), before)
        self.env.cr.execute("UPDATE retail_policy SET state = 'active' WHERE id = %s", [self.policy.id])
        self.env.invalidate_all()
        revenue = self._profiles()[self.partners["14-00001"]].revenue
        self._run()
        self.assertEqual(
            self._profiles()[self.partners["14-00001"]].revenue,
            revenue + 5000,
            "the news of the failed run are not lost",
        )

    def test_notes_that_fail_cost_neither_the_segments_nor_the_next_run(self):
        self._load(random_purchases(21, 40))

        def fail(*_args, **_kwargs):
            raise ValueError("the disk is full")

        with (
            patch.object(type(self.env["retail.run.segment"]), "_store", fail),
            patch.object(type(self.env["retail.cohort"]), "_replace", fail),
            mute_logger("odoo.addons.retail_crm.models.retail_job"),
        ):
            run = self._run()
        self.assertEqual((run.state, run.error), ("done", "the disk is full"))
        self.assertEqual(set(self._profiles()), set(self.partners.values()))
        self.assertFalse(self._run().error)
        self.assertTrue(self.env["retail.run.segment"].search([("company_id", "=", self.company.id)]))

    def test_run_cannot_go_back_in_time(self):
        self._load([("one", AS_OF, "1", 50, 1, None)])
        self._run()
        with self.assertRaisesRegex(UserError, "cannot go back"):
            self.env["retail.run"].run_company(self.company, as_of=AS_OF - datetime.timedelta(days=1))

    def test_movement_is_logged_once_per_change(self):
        self._load(random_purchases(15, 100))
        first = self._run()
        changes = self.env["retail.profile.change"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(changes), first.customer_count)
        self.assertEqual(set(changes.mapped("from_segment_id.id")), set())
        self._run()
        self.assertEqual(
            self.env["retail.profile.change"].search_count([("company_id", "=", self.company.id)]),
            len(changes),
        )

    def test_customer_whose_last_purchase_is_deleted_has_no_profile(self):
        self._load([("gone", AS_OF, "1", 50, 1, None), ("stays", AS_OF, "1", 50, 1, None)])
        self._run()
        self.env["retail.purchase.history"].sudo().search([("customer_ref", "=", "gone")]).unlink()
        self._run()
        self.assertEqual(self._codes().keys(), {self.partners["stays"]})

    def test_changed_margin_rate_rebuilds_everything(self):
        self._load([("one", AS_OF, "1", 50, 1, None)])
        self._run()
        self.company.retail_default_margin_rate = 0.4
        self.assertTrue(self._run().is_full)
        self.assertEqual(self._profiles()[self.partners["one"]].contribution, 20)
        self.assertTrue(self._profiles()[self.partners["one"]].is_cost_estimated)

    def test_companies_stay_apart(self):
        self._load([("one", AS_OF, "1", 50, 1, None)])
        other = self.env["res.company"].create({"name": "Other shop", "retail_tz": "UTC"})
        self._run()
        self.env["retail.run"].run_company(other, as_of=AS_OF)
        self.assertFalse(self.env["retail.profile"].search([("company_id", "=", other.id)]))
        self._add([("one", AS_OF, "again", 20, 1, None)])
        self.env["retail.run"].run_company(other, as_of=AS_OF)
        self.assertEqual(self._run().touched_count, 1, "the other company's run did not take our news")

    def test_scheduled_action_computes_each_company_once_a_day(self):
        self._load([("one", AS_OF, "1", 50, 1, None)])
        cron = self.env.ref("retail_crm.ir_cron_retail_run")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
        runs = self.env["retail.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual(runs.mapped("state"), ["done"])

    def test_request_of_a_manager_is_run_by_the_scheduled_action(self):
        self.env["retail.run"].run_company(self.company)
        waiting = self.env["retail.run"]._request(self.company)
        self.assertEqual(self.env["retail.run"]._request(self.company), waiting, "asking twice is one wish")
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_run").method_direct_trigger()
        waiting.invalidate_recordset()
        self.assertEqual(waiting.state, "done")

    def test_managers_are_told_of_a_failed_night(self):
        manager = new_test_user(
            self.env,
            "told_manager",
            groups="retail_crm.group_manager",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.env.cr.execute("UPDATE retail_policy SET state = 'retired' WHERE id = %s", [self.policy.id])
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_run").method_direct_trigger()
        message = self.env["mail.message"].search([("notified_partner_ids", "in", manager.partner_id.ids)])
        self.assertIn("No segmentation policy is active", message.body)
        self.assertEqual(message.model, "retail.run")
