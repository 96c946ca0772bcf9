from datetime import date, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..models import retail_segment_pin
from .common import RetailCommon


class PinCase(RetailCommon):
    """Anna is transactional by the figures. Mia and Max manage the shop; Sam sells in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(cls.today))
        cls.mia = cls._user("pin_mia", "retail_crm.group_manager", name="Mia")
        cls.max = cls._user("pin_max", "retail_crm.group_manager", name="Max")
        cls.sam = cls._user("pin_sam", "retail_crm.group_user", name="Sam")
        cls.anna = cls._customer("Anna")
        cls.profile = cls._in_segment(cls.anna, "transactional", value=120)
        cls.cron = cls.env.ref("retail_crm.ir_cron_retail_segment_pin")

    def _pin(self, code="strategic", user=None, customer=None, days=None, **values):
        """A pin made by Mia that ends in ``days``; without a last day when None."""
        date_end = False if days is None else self.today + timedelta(days=days)
        return (
            self.env["retail.segment.pin"]
            .with_user(user or self.mia)
            .create(
                {
                    "partner_id": (customer or self.anna).id,
                    "company_id": self.company.id,
                    "segment_id": self._segment(code).id,
                    "reason": "Opens a hotel",
                    "date_end": date_end,
                    **values,
                }
            )
        )

    def _night(self, days_later):
        """The scheduled action, so many days from now."""
        with freeze_time(self.today + timedelta(days=days_later)), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _reminders(self, customer=None):
        return (customer or self.anna).activity_ids.sorted("id")


@tagged("post_install", "-at_install")
class TestPinReminder(PinCase):
    def test_author_is_reminded_a_week_before_the_last_day(self):
        self._pin(days=30)
        self._night(22)
        self.assertFalse(self._reminders())
        self._night(23)
        reminder = self._reminders()
        self.assertEqual(reminder.user_id, self.mia)
        self.assertEqual(reminder.date_deadline, self.today + timedelta(days=30))
        self.assertEqual(reminder.summary, "The pin to Strategic ends on 07/30/2025")
        self.assertIn("The figures say Transactional", reminder.note)
        self.assertIn("Opens a hotel", reminder.note)

    def test_author_is_reminded_once_for_each_last_day(self):
        pin = self._pin(days=30)
        for days_later in (23, 23, 24, 30):
            self._night(days_later)
        self.assertEqual(len(self._reminders()), 1)
        first = self._reminders()
        pin.date_end = self.today + timedelta(days=60)
        self.assertFalse(first.exists())
        self._night(52)
        self.assertEqual(len(self._reminders()), 0)
        for days_later in (53, 54):
            self._night(days_later)
        self.assertEqual(self._reminders().date_deadline, self.today + timedelta(days=60))

    def test_reminder_that_is_done_does_not_come_back(self):
        self._pin(days=30)
        self._night(23)
        self._reminders().with_user(self.mia).action_done()
        self._night(24)
        self.assertFalse(self._reminders())

    def test_change_of_the_reason_leaves_the_reminder(self):
        pin = self._pin(days=30)
        self._night(23)
        pin.reason = "Opens two hotels"
        self.assertEqual(len(self._reminders()), 1)

    def test_removed_pin_takes_its_reminder_with_it(self):
        pin = self._pin(days=30)
        self._night(23)
        pin.action_archive()
        self.assertFalse(self._reminders())
        self._night(24)
        self.assertFalse(self._reminders())

    def test_merged_customers_leave_one_pin_with_its_reminder(self):
        double = self._customer("Anna again")
        self._pin(days=5)
        self._pin("key", customer=double, days=4)
        self._night(0)
        clerk = self._user("pin_clerk", "base.group_partner_manager,base.group_user")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(clerk)
        wizard._merge((self.anna | double).ids, self.anna.with_user(clerk))
        self.env.invalidate_all()
        self.assertEqual(self._reminders().date_deadline, self.today + timedelta(days=5))
        self._night(1)
        self.assertEqual(len(self._reminders()), 1)

    def test_pin_without_a_last_day_or_without_reminder_is_left_alone(self):
        self._pin()
        other = self._customer("Bert")
        self._pin(days=5, customer=other, remind_days=0)
        self._night(4)
        self.assertFalse(self._reminders() + self._reminders(other))

    def test_managers_are_reminded_where_the_author_has_left(self):
        self._pin(days=5)
        self.mia.active = False
        stranger = self._create_company("Other Shop")
        values = {"company_id": stranger.id, "company_ids": [Command.set(stranger.ids)]}
        other = self._user("pin_other", "retail_crm.group_manager", **values)
        self._night(0)
        users = self._reminders().user_id
        self.assertIn(self.max, users)
        self.assertFalse(users & (self.mia | self.sam | other))

    def test_reminder_speaks_the_language_of_who_reads_it(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.mia.lang = "fr_FR"
        self._pin(days=5)
        self._night(0)
        self.assertIn("05/07/2025", self._reminders().summary)

    def test_reminder_missed_by_a_standstill_comes_late_and_none_after_the_end(self):
        self._pin(days=10)
        late = self._customer("Bert")
        self._pin(days=3, customer=late)
        self._night(5)
        self.assertEqual(len(self._reminders()), 1)
        self.assertFalse(self._reminders(late))

    def test_batch_that_is_interrupted_is_not_repeated(self):
        customers = [self._customer(f"Customer {number}") for number in range(4)]
        for customer in customers:
            self._pin(days=3, customer=customer)
        self.patch(retail_segment_pin, "BATCH", 2)
        Pin = type(self.env["retail.segment.pin"])
        remind, batches = Pin._remind, []

        def killed_in_the_second_batch(pins):
            batches.append(len(pins))
            if len(batches) == 2:
                raise ValueError("power cut")
            return remind(pins)

        self.patch(Pin, "_remind", killed_in_the_second_batch)
        with mute_logger("odoo.addons.base.models.ir_cron"):
            self._night(0)
        self._night(0)
        self.assertEqual(batches, [2, 2, 2])
        self.assertEqual([len(self._reminders(customer)) for customer in customers], [1] * 4)

    def test_number_of_days_below_zero_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "0 for none"):
            self._pin(days=5, remind_days=-1)


@tagged("post_install", "-at_install")
class TestPinEnd(PinCase):
    def test_profile_follows_when_the_last_day_is_over_without_a_run(self):
        pin = self._pin(days=2)
        self._night(2)
        self.assertSegments({self.anna: "strategic"})
        self._night(3)
        self.assertSegments({self.anna: "transactional"})
        self.assertFalse(pin.active)
        change = self._last_change()
        self.assertEqual(
            (change.from_segment_id.code, change.to_segment_id.code), ("strategic", "transactional")
        )

    def test_scheduled_action_wakes_at_midnight_of_the_shop(self):
        self.company.retail_tz = "Asia/Shanghai"
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self._pin(days=2)
        woken = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]) - triggers
        self.assertEqual(str(woken.call_at), "2025-07-02 16:00:00")

    def test_days_are_those_of_the_shop_wherever_its_people_are(self):
        self.company.retail_tz = "Asia/Shanghai"
        self.mia.tz = "America/New_York"
        with freeze_time("2025-06-30 17:00:00"):
            with self.assertUndone("already be over"):
                self._pin(days=0)
            self._pin(days=1)
            self.assertEqual(self._last_change().day, date(2025, 7, 1))
        with freeze_time("2025-07-01 16:00:00"), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertSegments({self.anna: "transactional"})
        self.assertEqual(self._last_change().day, date(2025, 7, 2))

    def _last_change(self):
        return self.env["retail.profile.change"].search([("partner_id", "=", self.anna.id)], limit=1)

    def test_customer_can_be_pinned_again_after_the_end(self):
        self._pin(days=2)
        self._night(3)
        with freeze_time(self.today + timedelta(days=3)):
            self._pin("key", days=20)
        self.assertSegments({self.anna: "key"})

    def test_extending_adds_ninety_days_to_a_last_day(self):
        pin, endless = self._pin(days=2), self._pin(customer=self._customer("Bert"))
        (pin | endless).action_extend()
        self.assertEqual(pin.date_end, self.today + timedelta(days=92))
        self.assertFalse(endless.date_end)


@tagged("post_install", "-at_install")
class TestPinsThatDisagree(PinCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.unlink()
        cls.crowd = [cls._customer(f"Crowd {number}") for number in range(19)]
        for number, customer in enumerate([cls.anna, *cls.crowd]):
            cls._buys(customer, 10 + number, days_ago=2)

    def _listed(self, user=None):
        return (
            self.env["retail.segment.pin"]
            .with_user(user or self.mia)
            .search([("disagrees_since", "!=", False), ("company_id", "=", self.company.id)])
        )

    def test_pin_against_the_figures_is_listed_from_its_first_day(self):
        self._rescore()
        pin = self._pin()
        same = self._pin("transactional", customer=self.crowd[0])
        self.assertEqual(self._listed(), pin)
        self.assertEqual(pin.disagrees_since, self.today)
        self.assertEqual(pin.computed_segment_id.code, "transactional")
        self.assertEqual(pin.value, self._profile(self.anna).value)
        self.assertFalse(same.disagrees_since)

    def test_run_that_comes_to_another_segment_lists_the_pin_with_its_day(self):
        self._rescore()
        pin = self._pin("transactional")
        self._buys(self.anna, 5000, day=self.today + timedelta(days=3))
        self._rescore(as_of=self.today + timedelta(days=3))
        self._rescore(as_of=self.today + timedelta(days=4))
        self.assertEqual(self._listed(), pin)
        self.assertEqual(pin.disagrees_since, self.today + timedelta(days=3))
        self.assertEqual(pin.computed_segment_id.code, "strategic")

    def test_pin_leaves_the_list_when_the_figures_come_round(self):
        self._rescore()
        pin = self._pin()
        self._buys(self.anna, 5000, day=self.today + timedelta(days=1))
        self._rescore(as_of=self.today + timedelta(days=1))
        self.assertFalse(self._listed())
        self.assertFalse(pin.disagrees_since)

    def test_pin_changed_to_what_the_figures_say_leaves_the_list(self):
        self._rescore()
        pin = self._pin()
        pin.segment_id = self._segment("transactional")
        self.assertFalse(self._listed())

    def test_removed_pin_is_not_listed_and_customer_without_purchases_neither(self):
        self._rescore()
        self._pin().action_archive()
        self._pin(customer=self._customer("Never bought"))
        self.assertFalse(self._listed())

    def test_staff_read_the_list_and_change_nothing(self):
        self._rescore()
        pin = self._pin(days=10)
        seen = self._listed(self.sam)
        self.assertEqual((seen.id, seen.value), (pin.id, pin.value))
        for button in ("action_extend", "action_archive"):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                getattr(seen, button)()

    def test_manager_pins_in_the_form_with_a_reminder(self):
        self._rescore()
        with Form(self.env["retail.segment.pin"].with_user(self.mia)) as form:
            form.partner_id = self.anna
            form.segment_id = self._segment("key")
            form.reason = "Comes back in spring"
            form.date_end = self.today + timedelta(days=20)
            form.remind_days = 3
        self.assertEqual(form.record.remind_on, self.today + timedelta(days=17))
