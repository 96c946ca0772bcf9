import contextlib
from datetime import date, timedelta

import psycopg2

from odoo import fields, sql_db
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common import RetailCommon


class AppealCase(RetailCommon):
    """Sam and Sue serve customers; Mia and Max manage. Anna is transactional by a run under the active policy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(cls.today))
        roles = {"sam": "group_user", "sue": "group_user", "mia": "group_manager", "max": "group_manager"}
        for name, group in roles.items():
            setattr(cls, name, cls._user(f"appeal_{name}", f"retail_crm.{group}", name=name.capitalize()))
        cls.anna = cls._customer("Anna")
        cls.profile = cls._in_segment(
            cls.anna, "transactional", value=120, value_percentile=40, reason_code="value"
        )

    def _appeal(self, user=None, customer=None, **values):
        return (
            self.env["retail.appeal"]
            .with_user(user or self.sam)
            .create(
                {
                    "partner_id": (customer or self.anna).id,
                    "company_id": self.company.id,
                    "reason": "Her sister buys for her",
                    "wanted_segment_id": self._segment("key").id,
                    **values,
                }
            )
        )

    def _answer(self, appeal, outcome="rejected", user=None, answer="Thank you, but no", **values):
        """A manager fills the dialog and sends it."""
        wizard = self.env["retail.appeal.answer"].with_user(user or self.mia)
        form = Form(wizard.with_context(default_appeal_id=appeal.id))
        form.outcome = outcome
        form.answer = answer
        for name, value in values.items():
            setattr(form, name, value)
        form.save().action_answer()
        self.env.flush_all()

    def _pins(self):
        return self.env["retail.segment.pin"].search([("partner_id", "=", self.anna.id)])

    def _messages(self, user, appeal):
        """Notifications of ``user`` that open ``appeal``, newest first."""
        return self.env["mail.message"].search(
            [
                ("model", "=", "retail.appeal"),
                ("res_id", "=", appeal.id),
                ("notified_partner_ids", "in", user.partner_id.ids),
            ],
            order="id desc",
        )


@tagged("post_install", "-at_install")
class TestAppealMaking(AppealCase):
    def test_appeal_keeps_how_things_stood(self):
        policy = self.env["retail.policy"]._get_active(self.company)
        appeal = self._appeal()
        self.profile.write({"segment_id": self._segment("key").id, "value": 999, "value_percentile": 80})
        self.assertEqual(
            (appeal.segment_id.code, appeal.computed_segment_id.code), ("transactional", "transactional")
        )
        self.assertEqual((appeal.value, appeal.value_percentile, appeal.reason_code), (120, 40, "value"))
        self.assertEqual((appeal.policy_id, appeal.policy_version), (policy, policy.version))
        self.assertEqual((appeal.user_id, appeal.outcome), (self.sam, "open"))

    def test_rules_are_those_the_figures_were_made_by(self):
        self._buys(self.anna, 10)
        run = self._rescore()
        self.env["retail.policy"].search([("company_id", "=", self.company.id)]).flush_recordset()
        draft = run.policy_id.copy({"company_id": self.company.id})
        self.assertNotEqual(draft, run.policy_id)
        self.assertEqual(self._appeal().policy_id, run.policy_id)

    def test_managers_of_the_company_are_told_at_once_and_the_author_is_not(self):
        stranger = self._create_company("Other Shop")
        values = {"company_id": stranger.id, "company_ids": [Command.set(stranger.ids)]}
        other = self._user("appeal_other", "retail_crm.group_manager", **values)
        appeal = self._appeal(user=self.max)
        message = self._messages(self.mia, appeal)
        self.assertIn("Anna is not Transactional but Key: Her sister buys for her", message.body)
        self.assertEqual(message.author_id, self.max.partner_id)
        for user in (self.max, self.sam, other):
            self.assertFalse(self._messages(user, appeal))

    def test_contact_of_a_company_stands_for_the_company(self):
        contact = self._customer("Buyer", parent_id=self.anna.id)
        self.assertEqual(self._appeal(customer=contact).partner_id, self.anna)

    def test_second_appeal_for_the_customer_names_the_open_one(self):
        self._appeal()
        with self.assertRaisesRegex(UserError, "Sam made an appeal for Anna on .*Her sister buys for her"):
            self._appeal(user=self.sue)
        self.assertEqual(self.env["retail.appeal"].search_count([("partner_id", "=", self.anna.id)]), 1)

    def test_second_appeal_is_possible_once_the_first_is_closed(self):
        first = self._appeal()
        self._answer(first)
        self.assertEqual(self._appeal(user=self.sue).outcome, "open")

    def test_appeal_needs_a_reason_and_a_customer_with_a_segment(self):
        for reason in (False, "", " \n "):
            with self.assertRaisesRegex(UserError, "Say what is wrong"):
                self._appeal(reason=reason)
        with self.assertRaisesRegex(UserError, "no segment yet"):
            self._appeal(customer=self._customer("Never bought"))
        with self.assertRaisesRegex(UserError, "in the segment Transactional already"):
            self._appeal(wanted_segment_id=self.profile.segment_id.id)

    def test_nobody_forges_author_snapshot_or_answer(self):
        forged = {
            "user_id": self.sue.id,
            "outcome": "pinned",
            "answer": "Yes",
            "closed_by_id": self.mia.id,
            "value": 9,
            "policy_version": 9,
        }
        appeal = self._appeal(**forged)
        self.assertEqual((appeal.user_id, appeal.outcome), (self.sam, "open"))
        self.assertEqual((appeal.value, appeal.answer), (120, False))
        appeal.action_withdraw()
        defaults = {f"default_{name}": value for name, value in forged.items()}
        again = self.env["retail.appeal"].with_user(self.sam).with_context(**defaults)
        again = again.create({"partner_id": self.anna.id, "reason": "Once more"})
        self.assertEqual((again.user_id, again.outcome), (self.sam, "open"))
        self.assertEqual((again.value, again.answer, again.closed_by_id.id), (120, False, False))

    def test_author_withdraws_and_nobody_else_does(self):
        appeal = self._appeal()
        for user in (self.sue, self.mia):
            with self.assertRaisesRegex(AccessError, "Only who made an appeal"):
                appeal.with_user(user).action_withdraw()
        appeal.action_withdraw()
        self.assertEqual((appeal.outcome, appeal.closed_by_id), ("withdrawn", self.sam))

    def test_staff_read_all_appeals_of_the_shop_and_write_none(self):
        appeal = self._appeal()
        self.assertEqual(self.env["retail.appeal"].with_user(self.sue).search([]), appeal)
        for user in (self.sam, self.sue, self.mia):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                appeal.with_user(user).write({"reason": "Something else"})

    def test_other_company_neither_reads_nor_appeals(self):
        appeal = self._appeal()
        stranger = self._create_company("Other Shop")
        values = {"company_id": stranger.id, "company_ids": [Command.set(stranger.ids)]}
        reader = self._user("appeal_reader", "retail_crm.group_manager", **values)
        foreign = self.env(user=reader, context={"allowed_company_ids": stranger.ids})["retail.appeal"]
        self.assertFalse(foreign.search([]))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            foreign.browse(appeal.id).action_answer()
        appeal.action_withdraw()
        with self.assertRaisesRegex(UserError, "no segment yet"):
            foreign.create({"partner_id": self.anna.id, "company_id": self.company.id, "reason": "Mine"})

    def test_profile_shows_the_open_appeal_and_leads_to_it(self):
        profile = self.profile.with_user(self.sue)
        dialog = profile.action_appeal()
        self.assertEqual((dialog["res_model"], dialog["target"]), ("retail.appeal", "new"))
        appeal = self._appeal()
        profile.invalidate_recordset()
        self.assertEqual(
            (profile.appeal_id, profile.appeal_reason, profile.appeal_count),
            (appeal, "Her sister buys for her", 1),
        )
        self.assertEqual(profile.action_appeal()["res_id"], appeal.id)

    def test_appeal_is_made_in_the_dialog(self):
        dialog = self.profile.with_user(self.sam).action_appeal()
        model = self.env["retail.appeal"].with_user(self.sam).with_context(**dialog["context"])
        with Form(model, view=dialog["views"][0][0]) as form:
            form.reason = "Only half of it is counted"
        self.assertEqual(form.record.partner_id, self.anna)
        self.assertFalse(form.record.wanted_segment_id)


@tagged("post_install", "-at_install")
class TestAppealAnswer(AppealCase):
    def test_pin_that_answers_an_appeal_is_the_managers_and_holds_at_once(self):
        appeal = self._appeal()
        last_day = self.today + timedelta(days=30)
        self._answer(appeal, "pinned", date_end=last_day)
        pin = self._pins()
        self.assertEqual((pin.segment_id.code, pin.user_id, pin.date_end), ("key", self.mia, last_day))
        self.assertEqual((appeal.pin_id, appeal.outcome, appeal.closed_by_id), (pin, "pinned", self.mia))
        self.assertEqual(appeal.closed_on.date(), self.today)
        self.assertSegments({self.anna: "key"})

    def test_pin_there_is_already_is_changed(self):
        values = {"partner_id": self.anna.id, "segment_id": self._segment("risk").id, "reason": "Quarrel"}
        pin = self.env["retail.segment.pin"].with_user(self.max).create(values)
        appeal = self._appeal()
        self._answer(appeal, "pinned", segment_id=self._segment("strategic"))
        self.assertEqual(self._pins(), pin)
        self.assertEqual((pin.segment_id.code, pin.date_end), ("strategic", date(2025, 9, 28)))
        self.assertSegments({self.anna: "strategic"})

    def test_other_outcomes_pin_nobody(self):
        for outcome, values in (
            ("data", {"correction": "Merged two entries"}),
            ("policy", {}),
            ("rejected", {}),
        ):
            appeal = self._appeal()
            self._answer(appeal, outcome, **values)
            self.assertEqual((appeal.outcome, appeal.closed_by_id), (outcome, self.mia))
            self.assertEqual(appeal.correction, values.get("correction", False))
        self.assertFalse(self._pins())
        self.assertSegments({self.anna: "transactional"})

    def test_author_is_told_the_answer(self):
        appeal = self._appeal()
        self._answer(appeal, "policy", answer="We lower the threshold in spring")
        message = self._messages(self.sam, appeal)[0]
        self.assertIn(
            "Mia: Accepted: the rules should change. We lower the threshold in spring", message.body
        )
        self.assertEqual(appeal.with_user(self.sam).answer, "We lower the threshold in spring")

    def test_answer_that_lacks_something_changes_nothing(self):
        appeal = self._appeal(wanted_segment_id=False).with_user(self.mia)
        yesterday = self.today - timedelta(days=1)
        key = self._segment("key")
        for outcome, answer, values, complaint in (
            ("rejected", " ", {}, "Write an answer: Sam reads it"),
            ("data", "You are right", {"correction": " "}, "what was corrected"),
            ("pinned", "You are right", {}, "Choose the segment"),
            ("pinned", "You are right", {"segment": key, "date_end": yesterday}, "already be over"),
            ("withdrawn", "Go away", {}, "Choose one of the outcomes"),
        ):
            with self.assertRaisesRegex(UserError, complaint), self.env.cr.savepoint():
                appeal._answer(outcome, answer, **values)
        self.env.invalidate_all()
        self.assertEqual((appeal.outcome, appeal.answer), ("open", False))
        self.assertFalse(self._pins())

    def test_closed_appeal_never_changes(self):
        appeal = self._appeal()
        self._answer(appeal)
        with self.assertRaisesRegex(UserError, "Mia closed this appeal on .*Rejected"):
            appeal.with_user(self.max)._answer("pinned", "But yes", segment=self._segment("key"))
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            appeal.with_user(self.sam).action_withdraw()
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            appeal.sudo().answer = "Something else"
        self.assertEqual((appeal.outcome, appeal.answer), ("rejected", "Thank you, but no"))
        self.assertFalse(self._pins())

    def test_nobody_answers_the_own_appeal(self):
        appeal = self._appeal(user=self.mia)
        with self.assertRaisesRegex(AccessError, "another manager"):
            appeal.action_answer()
        with self.assertRaisesRegex(AccessError, "another manager"):
            self._answer(appeal)
        self._answer(appeal, user=self.max)
        self.assertEqual(appeal.closed_by_id, self.max)

    def test_only_managers_answer(self):
        appeal = self._appeal()
        for group in ("group_user", "group_approver", "group_finance", "group_auditor"):
            user = self._user(f"appeal_{group}", f"retail_crm.{group}")
            with self.assertRaisesRegex(AccessError, "Only retail managers"):
                appeal.with_user(user).action_answer()
            with self.assertRaisesRegex(AccessError, "Only retail managers"):
                appeal.with_user(user)._answer("rejected", "No")
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                self.env["retail.appeal.answer"].with_user(user).create({"appeal_id": appeal.id})

    def test_open_appeals_come_first(self):
        bert = self._customer("Bert")
        self._in_segment(bert, "key")
        first, second = self._appeal(), self._appeal(customer=bert, wanted_segment_id=False)
        self._answer(second)
        self.assertEqual(self.env["retail.appeal"].with_user(self.mia).search([]), first + second)

    def test_share_upheld_counts_answered_appeals_only(self):
        outcomes = ("pinned", "data", "rejected", "withdrawn", None)
        for number, outcome in enumerate(outcomes):
            customer = self._customer(f"Customer {number}")
            self._in_segment(customer, "risk")
            appeal = self._appeal(customer=customer)
            if outcome == "withdrawn":
                appeal.action_withdraw()
            elif outcome:
                self._answer(appeal, outcome, **({"correction": "x"} if outcome == "data" else {}))
        policy = self.env["retail.policy"]._get_active(self.company)
        groups = (
            self.env["retail.appeal"]
            .with_user(self.mia)
            ._read_group([], ["policy_id"], ["upheld_share:avg", "__count"])
        )
        self.assertEqual(groups, [(policy, 2 / 3, 5)])


@tagged("post_install", "-at_install")
class TestAppealMerge(AppealCase):
    def _merge(self, source, target):
        user = self._user("appeal_assistant", "base.group_partner_manager,base.group_user")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        wizard._merge((source | target).ids, target.with_user(user))
        self.env.flush_all()
        self.env.invalidate_all()

    def test_older_open_appeal_stays_open_and_the_other_is_closed_as_merged(self):
        double = self._customer("Anna again")
        self._in_segment(double, "risk")
        older = self._appeal(customer=double)
        newer = self._appeal(user=self.sue)
        self._merge(double, self.anna)
        self.assertEqual((older | newer).partner_id, self.anna)
        self.assertEqual((older.outcome, newer.outcome), ("open", "merged"))
        self.assertIn("older appeal stays open", newer.answer)

    def test_appeals_of_the_past_follow_the_customer(self):
        double = self._customer("Anna again")
        self._in_segment(double, "risk")
        past = self._appeal(customer=double)
        self._answer(past)
        self._merge(double, self.anna)
        self.assertEqual((past.partner_id, past.outcome), (self.anna, "rejected"))
        self.assertEqual(self._appeal().outcome, "open")


@tagged("post_install", "-at_install")
class TestTwoManagersAtOnce(TransactionCase):
    """Two connections to the database; what they write is kept, and removed in the end."""

    REASON = "Two managers at once"

    def setUp(self):
        super().setUp()
        self.connection = sql_db.db_connect(self.env.cr.dbname)
        self.shop = self.env.ref("base.main_company")
        self.customer = self.env.ref("base.main_partner")
        # both are managers from the start
        self.one, self.two = self.env.ref("base.user_admin"), self.env.ref("base.user_root")
        self.addCleanup(self._remove)
        with self._transaction() as env:
            env.cr.execute(
                """INSERT INTO retail_appeal (partner_id, company_id, user_id, reason, outcome)
                   VALUES (%s, %s, %s, %s, 'open') RETURNING id""",
                [self.customer.id, self.shop.id, self.env.ref("base.public_user").id, self.REASON],
            )
            self.appeal_id = env.cr.fetchone()[0]
            env.cr.commit()

    @contextlib.contextmanager
    def _transaction(self):
        with contextlib.closing(self.connection.cursor()) as cr:
            yield self.env(cr=cr)

    def _remove(self):
        with self._transaction() as env:
            env.cr.execute("DELETE FROM retail_appeal WHERE reason = %s", [self.REASON])
            env.cr.execute("DELETE FROM retail_segment_pin WHERE reason = %s", [self.REASON])
            env.cr.commit()

    def _answer_in(self, env, user, outcome, **values):
        appeal = env["retail.appeal"].with_user(user.id).browse(self.appeal_id)
        appeal._answer(outcome, f"{user.name} says so", **values)
        env.flush_all()

    def _result(self):
        with self._transaction() as env:
            appeal = env["retail.appeal"].browse(self.appeal_id)
            pins = env["retail.segment.pin"].search([("reason", "=", self.REASON)])
            return appeal.outcome, appeal.closed_by_id.id, len(pins)

    def test_second_manager_is_told_to_wait_while_the_first_answers(self):
        with self._transaction() as first, self._transaction() as second:
            self._answer_in(first, self.one, "rejected")
            with self.assertRaisesRegex(UserError, "Somebody else is answering"):
                self._answer_in(second, self.two, "policy")
            first.cr.commit()
        self.assertEqual(self._result(), ("rejected", self.one.id, 0))

    def test_second_manager_who_saw_it_open_learns_who_answered(self):
        with self._transaction() as first, self._transaction() as second:
            self.assertEqual(second["retail.appeal"].browse(self.appeal_id).outcome, "open")
            key = first.ref("retail_crm.segment_key")
            self._answer_in(first, self.one, "pinned", segment=key)
            first.cr.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.SerializationFailure):
                self._answer_in(second, self.two, "pinned", segment=second.ref("retail_crm.segment_risk"))
            # the server undoes it, and calls again
            second.cr.rollback()
            second.invalidate_all()
            with self.assertRaisesRegex(UserError, f"{self.one.name} closed this appeal"):
                self._answer_in(second, self.two, "rejected")
        self.assertEqual(self._result(), ("pinned", self.one.id, 1))


@tagged("post_install", "-at_install")
class TestAppealTour(RetailCommon, HttpCase):
    """Sam appeals on the customer's page, Mia answers from the list."""

    def test_staff_appeal_and_a_manager_answers_with_a_pin(self):
        self.env["res.lang"]._activate_lang("en_US")
        anna = self._customer("Anna Peeters")
        self._buys(anna, 1, day=fields.Date.today())
        for number in range(9):
            self._buys(self._customer(f"Customer {number}"), 10 + number, day=fields.Date.today())
        self._rescore(as_of=fields.Date.today())
        self.assertSegments({anna: "transactional"})
        sam = self._user("tour_sam", "sales_team.group_sale_salesman", lang="en_US")
        mia = self._user("tour_mia", "retail_crm.group_manager", lang="en_US")
        self.start_tour("/odoo/retail-customers", "retail_crm_appeal_staff", login=sam.login)
        self.assertEqual(self.env["retail.appeal"].search([("partner_id", "=", anna.id)]).user_id, sam)
        self.start_tour("/odoo/retail-appeals", "retail_crm_appeal_manager", login=mia.login)
        pin = self.env["retail.segment.pin"].search([("partner_id", "=", anna.id)])
        self.assertEqual((pin.segment_id.code, pin.user_id), ("strategic", mia))
        self.assertSegments({anna: "strategic"})
