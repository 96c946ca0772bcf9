from datetime import datetime, time, timedelta
from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.retail_action_job import RetailActionJob
from .act_loop_common import ActLoopCommon
from .points_common import PointsMixin


@tagged("post_install", "-at_install")
class TestActLoopEvents(ActLoopCommon):
    """Events become actions, once each."""

    def test_creating_twice_changes_nothing(self):
        self._moves(self.anna, "transactional", "key")

        self.assertEqual(self._create_due(), 1)
        self.assertEqual(self._create_due(), 0)
        self.assertEqual(self._create_due(days_later=1), 0)
        action = self._actions()
        self.assertEqual((action.event, action.state, action.user_id), ("entered", "open", self.dora))
        self.assertEqual(action.due_on, self._day(days_ago=-5))
        self.assertEqual(action.terms["points_multiplier"], 1.5)
        self.assertEqual(action.policy_id, self.env["retail.policy"]._get_active(self.company))

    def test_an_action_says_what_the_strategy_said_when_it_was_decided(self):
        self._strategy("key").write({"discount_ceiling": 12.5, "points_multiplier": 0, "contact_days": 30})
        self._moves(self.anna, "transactional", "key")
        self._create_due()
        self._strategy("key").write({"discount_ceiling": 5, "contact_days": 10})
        said = self._actions().with_user(self.dora).terms_text.splitlines()
        self.assertIn("Discount ceiling (%): 12.5", said)
        self.assertTrue(any(line.endswith(": 30") for line in said), said)
        self.assertTrue(any("adviser" in line for line in said), said)

    def test_what_a_rule_says_reads_in_the_language_of_the_reader(self):
        self._rule("key", "entered").with_context(lang="zh_CN").name = "感谢客户"
        self._moves(self.anna, "transactional", "key")
        self._create_due()

        self.assertEqual(self._actions().with_context(lang="zh_CN").name, "感谢客户")
        self.assertIn("Thank", self._actions().with_context(lang="en_US").name)

    def test_role_of_the_rule_does_it_and_the_owner_stands_by(self):
        self._rule("key", "entered").role = "manager"
        staff = self.env["retail.staff"].create({"user_id": self.manager.id, "role": "manager"})
        self._moves(self.anna, "transactional", "key")
        self._create_due()
        self.assertEqual((self._actions().user_id, self._actions().deputy_id), (self.manager, self.dora))

        staff.absent_from = self.today
        self._actions().sudo().unlink()
        self._create_due()
        self.assertEqual(self._actions().user_id, self.dora)

    def test_a_movement_is_one_event_of_the_strategy_it_concerns(self):
        expected = {
            ("transactional", "strategic"): ("entered", "strategic"),
            ("strategic", "key"): ("left", "strategic"),
            ("key", "risk"): ("entered", "risk"),
            ("risk", "key"): ("left", "risk"),
        }
        for (before, after), (event, owner) in expected.items():
            with self.subTest(before=before, after=after):
                customer = self._customer(f"{before} {after}")
                self._in_key(customer, after)
                self._moves(customer, before, after)
                self._create_due()
                action = self._actions(customer)
                self.assertEqual((action.event, action.strategy_id), (event, self._strategy(owner)))

    def test_taking_stock_is_no_event_and_a_newcomer_is_one(self):
        self._moves(self.anna, None, "key")
        self.assertEqual(self._create_due(), 0)

        self.profile.sudo().first_purchase_date = self._day(days_ago=2)
        self.assertEqual(self._create_due(), 1)

    def test_movements_of_days_without_a_run_are_caught_up(self):
        self._moves(self.anna, "transactional", "key", days_ago=6)
        self.assertEqual(self._create_due(), 1)

    def test_switched_off_rule_does_nothing(self):
        self._rule("key", "entered").active = False
        self._moves(self.anna, "transactional", "key")

        self.assertEqual(self._create_due(), 0)

    def test_rule_that_was_never_given_a_limit_has_none(self):
        rules = self._strategy("key").action_rule_ids
        self._rule("key", "entered").sudo().unlink()
        rules.create({"strategy_id": self._strategy("key").id, "event": "entered", "name": "Say hello"})
        self._moves(self.anna, "transactional", "key")

        self.assertEqual(self._create_due(), 1)
        self.assertEqual(self._actions().name, "Say hello")

    def test_daily_limit_takes_those_of_most_value(self):
        self._rule("key", "entered").daily_limit = 2
        customers = [self._customer(f"Customer {value}") for value in range(4)]
        for value, customer in enumerate(customers):
            self._in_key(customer, value=value)
            self._moves(customer, "transactional", "key")

        self.assertEqual(self._create_due(), 2)
        self.assertEqual(self._create_due(), 0)
        self.assertEqual(self._create_due(days_later=1), 2)
        first_day = self.env["retail.action"].search([("decided_on", "=", self.today)])
        self.assertEqual(first_day.partner_id, customers[2] | customers[3])

    def test_who_stays_too_long_is_looked_at_once(self):
        self._rule("risk", "stayed").threshold_days = 30
        self.profile.sudo().write({"strategy_id": self._strategy("risk").id})
        self._moves(self.anna, "key", "risk", days_ago=29)

        self.assertEqual(self._create_due(), 0)
        self.assertEqual(self._create_due(days_later=1), 1)
        self._actions(event="stayed").action_cancel()
        self.assertEqual(self._create_due(days_later=90), 0)

    def _mark(self, entry, leave):
        """Marks of a run: strategic is entered from ``entry``, key left below ``leave``."""
        marks = {"company_id": self.company.id, "day": self.today}
        strategic, key = self._segment("strategic"), self._segment("key")
        self.env["retail.run.segment"].create(
            [
                {**marks, "segment_id": strategic.id, "entry_value": entry, "leave_value": entry - 10},
                {**marks, "segment_id": key.id, "next_segment_id": strategic.id, "leave_value": leave},
            ]
        )

    def test_slipping_and_near_upgrade_are_told_once_while_a_customer_hovers(self):
        for entry, leave, event in ((1000, 118, "slipping"), (130, 10, "near_upgrade")):
            with self.subTest(event=event):
                self.env["retail.run.segment"].search([("company_id", "=", self.company.id)]).unlink()
                self._mark(entry, leave)
                self.assertEqual(self._create_due(), 1)
                action = self._actions(event=event)
                action.action_cancel()
                self.profile.sudo().last_purchase_date = self._day(days_ago=-10)
                self.assertEqual(self._create_due(days_later=20), 0)
                self.assertEqual(self._create_due(days_later=action.window_days + 1), 1)
                self._actions(event=event).sudo().unlink()
                self.profile.sudo().last_purchase_date = self._day(days_ago=3)

    def test_contact_is_overdue_after_the_days_of_the_strategy(self):
        self.assertEqual(self._create_due(days_later=27), 0)
        self.assertEqual(self._create_due(days_later=28), 1)
        self.assertEqual(self._actions().event, "contact_overdue")

    def test_contact_by_activity_or_action_begins_a_new_count(self):
        contact = self._customer("Anna's office", parent_id=self.anna.id)
        activity = contact.activity_schedule("mail.mail_activity_data_call", user_id=self.dora.id)
        activity.action_feedback("spoke to her")
        activity.sudo().date_done = self._day(days_ago=-20)
        self.assertEqual(self._create_due(days_later=40), 0)
        self.assertEqual(self._create_due(days_later=51), 1)

        self._done(self._actions(event="contact_overdue"), days_ago=-52)
        self.assertEqual(self._create_due(days_later=80), 0)
        self.assertEqual(self._create_due(days_later=83), 1)

    def test_who_buys_on_the_day_of_the_event_is_not_called_for_not_buying(self):
        overdue = self._strategy("key").contact_days
        self._create_due(days_later=overdue)
        action = self._actions(event="contact_overdue")
        self.profile.sudo().last_purchase_date = action.event_on

        self.env["retail.action"]._lapse(self.company, action.event_on)
        self.assertEqual(action.state, "lapsed")

    def test_strategy_without_contact_days_has_no_overdue_contacts(self):
        self._strategy("key").contact_days = 0
        self.assertEqual(self._create_due(days_later=300), 0)

    def test_late_delivery_is_an_event_until_the_goods_leave(self):
        goods = self._product("Kettle", type="consu", is_storable=True)
        order = self._sells(self.anna, [(goods, 1, 80)])
        order.picking_ids.date_deadline = self._day(days_ago=1)
        order.picking_ids.move_ids.date_deadline = self._day(days_ago=1)

        self.assertEqual(self._create_due(), 1)
        action = self._actions(event="delivery_late")
        self.assertEqual((action.value_at_stake, action.res_id), (80, order.picking_ids.id))

        order.picking_ids.action_cancel()
        self._act()
        self.assertEqual(action.state, "lapsed")

    def test_a_day_is_over_when_it_is_over_in_the_shops(self):
        self.company.retail_tz = "Asia/Shanghai"
        goods = self._product("Kettle", type="consu", is_storable=True)
        picking = self._sells(self.anna, [(goods, 1, 80)]).picking_ids
        # today at one in the morning in the shops, yesterday in UTC
        deadline = datetime.combine(self._day(days_ago=1), time(17))
        picking.date_deadline = deadline
        picking.move_ids.date_deadline = deadline

        self.assertEqual(self._create_due(), 0)
        self.assertEqual(self._create_due(days_later=1), 1)

    def test_events_of_another_company_stay_there(self):
        other = self._create_company("Other shop")
        self._moves(self.anna, "transactional", "key")

        self.assertEqual(self.env["retail.action"]._create_due(other, self.today), 0)

    def test_a_run_makes_actions_of_its_movements(self):
        newcomer = self._customer("Newcomer")
        for number in range(12):
            self._buys(self._customer(f"Crowd {number}"), 10 + number, days_ago=300 + number)
        self._rescore(as_of=self.today - timedelta(days=1))
        self._buys(newcomer, 5000)
        self._rescore()

        action = self._actions(newcomer)
        self.assertEqual((action.event, action.strategy_id.segment_id.code), ("entered", "strategic"))


@tagged("post_install", "-at_install")
class TestActLoopPoints(PointsMixin, ActLoopCommon):
    """Points that expire are told in time, once for each last day."""

    def test_points_that_expire_are_told_within_the_days_of_the_rule(self):
        card = self._card(self.anna, points=100)
        lot = self.env["retail.points.lot"].search([("wallet_id.partner_id", "=", self.anna.id)])
        self.assertEqual(card.points, 100)
        lot.sudo().expires_on = self._day(days_ago=-31)
        self.env.flush_all()

        def told(days_later):
            sources = self.env["retail.action"]._action_sources(self.company, self._day(days_ago=-days_later))
            return self.env["retail.action"]._create_from(
                "points_expiring",
                sources["points_expiring"],
                self.company,
                self._day(days_ago=-days_later),
            )

        self.assertEqual(told(0), 0)
        self.assertEqual(told(1), 1)
        self.assertEqual(told(2), 0)
        self._act(days_later=32)
        self.assertEqual(self._actions(event="points_expiring").state, "lapsed")


@tagged("post_install", "-at_install")
class TestActLoopJob(ActLoopCommon):
    """The scheduled action: nothing twice, whatever happens."""

    def test_job_leaves_a_company_that_another_process_works_on(self):
        self._moves(self.anna, "transactional", "key")
        other = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(other.close)
        other.execute(SQL("SELECT pg_advisory_lock(%s, %s)", RetailActionJob._lock_space, self.company.id))
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm.ir_cron_retail_action").method_direct_trigger()

        # a cursor that is closed keeps its connection, and with it the lock
        other.execute("SELECT pg_advisory_unlock_all()")
        self.assertFalse(self._actions())

    def test_job_killed_half_way_goes_on(self):
        self._moves(self.anna, "transactional", "key")
        action_class = self.env.registry["retail.action"]
        with (
            patch.object(action_class, "_make_due_activities", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self._act()
        self.assertFalse(self._actions().activity_id)

        self._act()
        self._act()
        self.assertEqual(len(self._actions()), 1)
        self.assertEqual(len(self.anna.activity_ids), 1)

    def test_source_that_fails_stops_no_other_one(self):
        self._moves(self.anna, "transactional", "key")
        action_class = self.env.registry["retail.action"]
        broken = SQL("SELECT nothing FROM nowhere")
        with (
            patch.object(action_class, "_sql_contact_overdue", lambda *args: broken),
            self.assertRaisesRegex(Exception, "nowhere"),
            mute_logger("odoo.sql_db", "odoo.addons.retail_crm.models.retail_action_job"),
        ):
            self._act()

        self.assertEqual(self._actions().event, "entered")
        self.assertEqual(self._actions().activity_id.user_id, self.dora)

    def test_a_company_that_takes_all_the_time_keeps_no_other_one_from_its_turn(self):
        other = self._create_company("Other shop")
        asked = []
        cron_class, job_class = self.env.registry["ir.cron"], self.env.registry["retail.action.job"]
        with (
            patch.object(cron_class, "_commit_progress", lambda *args, **values: 0),
            patch.object(job_class, "_act", lambda _self, company: asked.append(company)),
        ):
            self.env["retail.action.job"]._cron_act()

        self.assertIn(self.company, asked)
        self.assertIn(other, asked)

    def test_job_measures_lapses_and_makes_activities(self):
        self._moves(self.anna, "transactional", "key")
        self._act()
        action = self._actions()
        self.assertEqual(action.activity_id.user_id, self.dora)

        self._moves(self.anna, "key", "transactional")
        self._act()
        self.assertEqual(action.state, "lapsed")
        self.assertFalse(action.activity_id)

        self._act(days_later=action.window_days + 1)
        self.assertEqual(action.closed_on, self._day(days_ago=-action.window_days - 1))
