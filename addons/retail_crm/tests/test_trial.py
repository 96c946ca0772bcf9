import datetime
from contextlib import contextmanager, suppress
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models.retail_trial import LOCK_SPACE
from .test_scoring import AS_OF, ScoringCase, random_purchases

MONTHS = 12


class TrialCase(ScoringCase):
    def _draft(self, enter=(90, 70), leave=(85, 65), company=None, **values):
        """A draft beside the company's active policy; ``enter`` and ``leave`` of strategic and key."""
        active = self.env["retail.policy"]._get_active(company or self.company)
        draft = active.copy({"trial_months": MONTHS, **values})
        for band, enters, leaves in zip(draft._get_value_bands(), enter, leave, strict=False):
            band.write({"enter": enters, "leave": leaves})
        return draft

    def _try(self, draft):
        """A trial of the draft, replayed to its end."""
        trial = self.env["retail.trial"]._request(draft)
        trial._replay()
        self.assertEqual(trial.state, "done", trial.error)
        self.env.invalidate_all()
        return trial

    def _labels(self, trial, side):
        """{customer: code} on the last day."""
        customers = self.env["retail.trial.customer"].search([("trial_id", "=", trial.id)])
        return {customer.partner_id.id: customer[f"{side}_segment_id"].code for customer in customers}

    @staticmethod
    def _get_rows(trial, side, day):
        return trial.month_ids.filtered(lambda row: row.side == side and row.day == day)

    def _live_through(self, months=MONTHS):
        """Full runs on the days that a trial replays; the codes after each."""
        history = []
        for ago in reversed(range(months + 1)):
            self._run(AS_OF - relativedelta(months=ago), full=True)
            history.append(self._codes())
        return history


@tagged("post_install", "-at_install")
class TestTrial(TrialCase):
    def test_trial_of_other_rules_equals_runs_that_had_followed_them(self):
        """The runs themselves are the oracle: a year lived under each policy against a year replayed."""
        purchases = random_purchases(31, 320)
        self._load(purchases)
        # an unusual half-life, so that value and percentile differ too
        changes = {"enter": (95, 60), "leave": (92, 50), "half_life_weeks": 9, "risk_purchase_days": 3}
        self._live_through()
        trial = self._try(self._draft(**changes))
        self.assertEqual(self._labels(trial, "active"), self._codes())

        twin = self.env["res.company"].create({"name": "Twin", "retail_tz": "UTC"})
        other = self._draft(company=twin, **changes)
        other._activate()
        self.company = twin
        self._load(purchases)
        history = self._live_through()
        refs = {self.partners[ref]: ref for ref in self.partners}
        lived = {refs[partner]: code for partner, code in self._codes().items()}
        names = {customer.partner_id.id: customer.partner_id.ref for customer in trial._get_customers()}
        self.assertEqual(
            {names[partner]: code for partner, code in self._labels(trial, "draft").items()}, lived
        )
        self.assertStability(trial, "draft", history)

    def assertStability(self, trial, side, history):
        for position, (before, after) in enumerate(zip(history, history[1:], strict=False), 1):
            known = before.keys() & after.keys()
            rows = self._get_rows(trial, side, trial._get_days()[position])
            self.assertEqual(sum(rows.mapped("known")), len(known))
            self.assertEqual(sum(rows.mapped("changed")), sum(before[c] != after[c] for c in known))
            if position > 1:
                earlier = history[position - 2]
                flips = sum(earlier.get(c) == after[c] != before[c] for c in known)
                self.assertEqual(sum(rows.mapped("flipped")), flips)

    def test_killed_trial_goes_on_where_it_stopped_and_finds_the_same(self):
        self._load(random_purchases(32, 120))
        self._run()
        whole = self._try(self._draft(enter=(80, 60), leave=(75, 50)))
        trial = self.env["retail.trial"]._request(self._draft(enter=(80, 60), leave=(75, 50)))
        self._interrupt(trial, at=5, error=KeyboardInterrupt)
        self.assertEqual((trial.state, trial.months_done), ("running", 5))
        with self._counting_months() as replayed:
            trial._replay()
        self.assertEqual(trial.state, "done", trial.error)
        self.assertEqual(replayed, list(range(5, MONTHS + 1)))
        self.assertEqual(self._told(trial), self._told(whole))

    def test_failed_trial_says_why_and_leaves_nothing_behind(self):
        self._load(random_purchases(33, 40))
        self._run()
        trial = self.env["retail.trial"]._request(self._draft())
        with mute_logger("odoo.addons.retail_crm.models.retail_job"):
            self._interrupt(trial, at=2, error=ValueError("the disk is full"))
        self.assertEqual((trial.state, trial.error, trial.months_done), ("failed", "the disk is full", 0))
        self.assertNothingLeft(trial)
        self.assertIn("the disk is full", self._read_message_of(trial).body)

    def test_cancelled_trial_leaves_nothing_behind(self):
        self._load(random_purchases(34, 40))
        self._run()
        draft = self._draft()
        waiting = self.env["retail.trial"]._request(draft)
        waiting.action_cancel()
        self.assertEqual(waiting.state, "cancelled")
        running = self.env["retail.trial"]._request(draft)
        replay_month = type(running)._replay_month

        def cancel_in_the_third_month(trial, history, terms, position):
            replay_month(trial, history, terms, position)
            if position == 2:
                trial.action_cancel()
                trial.flush_recordset()

        with patch.object(type(running), "_replay_month", cancel_in_the_third_month):
            running._replay()
        self.assertEqual(running.state, "cancelled")
        self.assertNothingLeft(running)

    def test_trial_touches_nothing_that_others_see(self):
        self._load(random_purchases(35, 120))
        self._run()
        before = self._everything()
        self._try(self._draft(enter=(50, 20), leave=(45, 10), half_life_weeks=4))
        self.assertEqual(self._everything(), before)

    def test_trial_without_history_is_refused_in_words(self):
        draft = self._draft()
        with self.assertRaisesRegex(UserError, "there are none yet"):
            self.env["retail.trial"]._request(draft)
        self._load([("one", AS_OF - datetime.timedelta(days=60), "1", 50, 1, None)])
        self._run()
        with self.assertRaisesRegex(UserError, "at least 3 months of purchases"):
            self.env["retail.trial"]._request(draft)
        self.assertFalse(draft.trial_ids)

    def test_trial_replays_as_many_months_as_there_are(self):
        first_day = AS_OF - relativedelta(months=5, days=3)
        self._load([("one", first_day, "1", 50, 1, None), ("two", AS_OF, "2", 70, 1, None)])
        self._run()
        trial = self._try(self._draft())
        self.assertEqual((trial.months, trial.date_from), (5, AS_OF - relativedelta(months=5)))
        self.assertEqual(trial.backtest, {"active": None, "draft": None})
        [gini] = [verdict for verdict in trial._get_verdicts() if verdict["code"] == "gini"]
        self.assertIsNone(gini["is_met"], "what could not be measured is not met")

    def test_rules_with_fewer_segments_are_tried_on_a_single_customer(self):
        first_day = AS_OF - relativedelta(months=4)
        self._load([("one", day, "1", 50, 1, None) for day in (first_day, AS_OF)])
        self._run()
        draft = self._draft()
        draft.band_ids.filtered(lambda band: band.segment_id.code in ("risk", "key")).unlink()
        trial = self._try(draft)
        report = trial.get_report()
        self.assertEqual((trial.customer_count, trial.moved_count), (1, 0))
        self.assertEqual(self._labels(trial, "draft"), {self.partners["one"]: "transactional"})
        self.assertEqual(len(report["segments"]), 4, "those of both policies")
        self.assertEqual([row["customers"] for row in report["moves"]], [1])

    def test_second_trial_of_a_policy_waits_for_the_first_one(self):
        self._load(random_purchases(36, 20))
        self._run()
        draft = self._draft()
        self.env["retail.trial"]._request(draft)
        with self.assertRaisesRegex(UserError, "under way"):
            self.env["retail.trial"]._request(draft)

    def test_two_processes_do_not_replay_for_one_company(self):
        self._load(random_purchases(37, 20))
        self._run()
        trial = self.env["retail.trial"]._request(self._draft())
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, self.company.id])
            with self.assertRaisesRegex(UserError, "being computed right now"):
                trial._replay()
            other.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, self.company.id])
        trial._replay()
        self.assertEqual(trial.state, "done", trial.error)

    def test_scheduled_action_replays_and_tells_who_asked(self):
        self._load(random_purchases(38, 20))
        self._run()
        manager = new_test_user(self.env, "trial_manager", groups="retail_crm.group_manager")
        trial = self.env["retail.trial"].with_user(manager)._request(self._draft()).sudo()
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_trial").method_direct_trigger()
        trial.invalidate_recordset()
        self.assertEqual((trial.state, trial.progress), ("done", 100), trial.error)
        self.assertIn(manager.partner_id, self._read_message_of(trial).notified_partner_ids)

    def test_scheduled_action_goes_on_next_time_when_its_time_is_up(self):
        self._load(random_purchases(40, 20))
        self._run()
        first, second = (self.env["retail.trial"]._request(self._draft()) for _trial in range(2))
        with patch.object(type(first), "_keep", lambda trial, remaining: remaining != MONTHS - 3):
            self.env["retail.trial"]._cron_replay()
        self.assertEqual((first.state, first.months_done, second.state), ("running", 4, "requested"))
        self.env["retail.trial"]._cron_replay()
        self.assertEqual((first.state, second.state), ("done", "done"))

    def test_trials_of_drafts_that_came_to_nothing_do_not_stay_for_ever(self):
        self._load(random_purchases(41, 20))
        self._run()
        kept, outdated = self._try(self._draft()), self._try(self._draft())
        outdated.is_outdated = True
        (kept | outdated).flush_recordset()
        self.env["retail.trial"]._gc_useless()
        self.assertTrue(outdated.exists(), "somebody may still look at it")
        long_ago = datetime.datetime.now() - datetime.timedelta(days=100)
        self.env.cr.execute(
            SQL(
                "UPDATE retail_trial SET create_date = %s WHERE id = ANY(%s)", long_ago, (kept | outdated).ids
            )
        )
        self.env["retail.trial"]._gc_useless()
        self.assertEqual((kept | outdated).exists(), kept)

    def test_what_segments_held_afterwards_is_what_their_customers_brought(self):
        purchases = random_purchases(39, 150)
        self._load(purchases)
        self._run()
        trial = self._try(self._draft())
        until = {
            day: day + datetime.timedelta(weeks=trial._get_horizon("draft")) for day in trial._get_days()
        }
        for day, end in until.items():
            rows = self._get_rows(trial, "draft", day)
            self.assertEqual(set(rows.mapped("has_followed")), {end <= AS_OF})
            if end <= AS_OF:
                known = {row.partner for row in self.rows if row.day <= day and not row.is_return}
                followed = [row for row in self.rows if day < row.day <= end and row.partner in known]
                bought = {row.partner for row in followed if not row.is_return}
                self.assertEqual(sum(rows.mapped("silent")), len(known - bought))
                self.assertAlmostEqual(
                    sum(rows.mapped("next_contribution")), sum(row.contribution for row in followed), 1
                )

    # ------------------------------------------------------------------ helpers

    def _read_message_of(self, trial):
        return self.env["mail.message"].search([("model", "=", "retail.trial"), ("res_id", "=", trial.id)])

    def _interrupt(self, trial, at, error):
        """Replay until month ``at``, in which ``error`` is raised."""
        replay_month = type(trial)._replay_month

        def replay_or_raise(trial, history, terms, position):
            if position == at:
                raise error
            return replay_month(trial, history, terms, position)

        with patch.object(type(trial), "_replay_month", replay_or_raise), suppress(KeyboardInterrupt):
            trial._replay()
        self.env.invalidate_all()

    @contextmanager
    def _counting_months(self):
        replayed, replay_month = [], type(self.env["retail.trial"])._replay_month

        def count(trial, history, terms, position):
            replayed.append(position)
            return replay_month(trial, history, terms, position)

        with patch.object(type(self.env["retail.trial"]), "_replay_month", count):
            yield replayed

    def _told(self, trial):
        """All that a trial says, without its own number."""
        report = trial.get_report()
        return {name: block for name, block in report.items() if name != "trial_id"}, self._labels(
            trial, "draft"
        )

    def assertNothingLeft(self, trial):
        for kind in ("label", "customer", "month", "effect"):
            self.assertFalse(
                self.env[f"retail.trial.{kind}"].search_count([("trial_id", "=", trial.id)]), kind
            )

    def _everything(self):
        """The rows of the tables that others read, as text."""
        self.env.flush_all()
        tables = (
            "retail_profile",
            "retail_profile_statistics",
            "retail_profile_change",
            "retail_run",
            "retail_backtest",
            "retail_run_result",
            "retail_profile_touched",
        )
        return {
            table: self.env.execute_query(
                SQL("SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM %s t", SQL.identifier(table))
            )
            for table in tables
        }
