from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import AuthorityCommon


@tagged("post_install", "-at_install")
class TestAuthorityAnswers(AuthorityCommon):
    """Requests: asked, answered, late."""

    def test_the_nearest_level_that_may_grant_it_is_asked(self):
        self.assertEqual(self._asks(self._quote(discount=20)).authority_id.role, "manager")
        self.assertEqual(self._asks(self._quote(discount=40)).authority_id.role, "approver")

    def test_who_may_answer_has_it_among_their_activities(self):
        request = self._asks(self._quote(discount=20))
        self.assertEqual(request.sudo().activity_ids.user_id, self.manager)
        self.assertEqual(request.answerer_ids, self.manager)
        self.assertTrue(request.with_user(self.manager).can_answer)
        self._answers(request)
        self.assertFalse(request.sudo().activity_ids)

    def test_what_is_above_the_limit_is_said_in_the_language_of_who_answers(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.manager.lang = "zh_CN"
        request = self._asks(self._quote(discount=20))
        self.assertIn("limit is 10 %", request.beyond)
        self.assertIn("折扣", request.with_context(lang="zh_CN").beyond)
        note = request.sudo().activity_ids.filtered(lambda activity: activity.user_id == self.manager).note
        self.assertIn("折扣", note)

    def test_nobody_answers_their_own_request(self):
        order = self._quote(discount=40, user=self.manager)
        request = self._asks(order, user=self.manager)
        with self.assertRaisesRegex(AccessError, "your own request"):
            self._answers(request, user=self.manager)
        self._answers(request, user=self.approver)
        self.assertEqual(request.state, "approved")

    def test_colleagues_answer_nothing(self):
        request = self._asks(self._quote(discount=20))
        with self.assertRaises(AccessError):
            self._answers(request, user=self.colleague)
        self.assertEqual(request.state, "requested")

    def test_a_refusal_needs_words_and_the_order_stays_a_quotation(self):
        order = self._quote(discount=20)
        request = self._asks(order)
        with self.assertUndone("Say why not"):
            self._answers(request, "refused", answer=" ")
        self._answers(request, "refused", answer="Not in sale season")
        self.assertEqual((request.state, request.answer), ("refused", "Not in sale season"))
        with self.assertUndone("gives more away"):
            order.action_confirm()

    def test_an_answer_is_given_once(self):
        request = self._asks(self._quote(discount=20))
        self._answers(request, "refused")
        with self.assertUndone("answered this already"):
            self._answers(request, user=self.approver)

    def test_an_order_that_changed_since_is_not_approved(self):
        order = self._quote(discount=20)
        request = self._asks(order)
        order.order_line.discount = 25
        self.assertTrue(request.is_outdated)
        with self.assertUndone("changed since"):
            self._answers(request)
        self.assertEqual(request.state, "requested")

    def test_an_order_of_many_lines_is_approved_whatever_they_are_called(self):
        order = self._quote(discount=20)
        scarf = self._product("Scarf", list_price=30)
        order.order_line = [
            Command.create({"product_id": product.id, "product_uom_qty": quantity, "discount": 12})
            for product, quantity in ((scarf, 2), (self.tea, 3), (scarf, 1))
        ]
        request = self._asks(order)
        self.env.invalidate_all()
        order.order_line[0].name = "The best tea there is"
        self._answers(request)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_asking_anew_takes_the_former_question_back(self):
        order = self._quote(discount=20)
        former = self._asks(order)
        order.order_line.discount = 25
        self._asks(order)
        self.assertEqual(former.state, "cancelled")

    def test_nobody_approves_above_their_own_authority(self):
        request = self._asks(self._quote(discount=20))
        self.levels["manager"].discount_percent = 15
        with self.assertUndone("above your own authority"):
            self._answers(request)
        self._answers(request, user=self.approver)

    def test_an_approval_is_charged_to_who_gives_it_and_returned_when_it_is_not_used(self):
        order = self._quote(discount=20)
        self._answers(self._asks(order))
        funds = self.env["retail.authority.fund"]
        self.assertEqual(funds._get_used(self.manager, self.company)["discount_used"], 20)
        order._action_cancel()
        self.assertEqual(funds._get_used(self.manager, self.company)["discount_used"], 0)
        self.assertEqual(self._log(order), ["asked", "approved", "lapsed", "returned"])

    def test_an_order_within_authority_is_not_asked_about(self):
        with self.assertUndone("within authority"):
            self._asks(self._quote(discount=5))

    def test_a_question_needs_a_reason(self):
        with self.assertUndone("Say why"):
            self._asks(self._quote(discount=20), reason=" ")

    def test_a_question_that_nobody_could_answer_is_refused(self):
        self.levels["staff"].next_id = False
        with self.assertUndone("nobody above you"):
            self._asks(self._quote(discount=20))

    def test_a_late_request_goes_on_to_the_next_level(self):
        request = self._asks(self._quote(discount=20))
        request.sudo().deadline = fields.Datetime.now() - timedelta(minutes=1)
        with self.enter_registry_test_mode():
            self.env.ref("retail_crm_authority.ir_cron_retail_authority").method_direct_trigger()
        self.assertEqual((request.authority_id.role, request.times_late), ("approver", 1))
        self.assertEqual(request.answerer_ids, self.approver)
        self.assertGreater(request.deadline, fields.Datetime.now())
        self.assertEqual(self._log(request.order_id), ["asked", "escalated"])
        self._answers(request, user=self.approver)

    def test_in_absence_the_deputy_is_asked_and_answers(self):
        day = self.env["retail.run"]._today(self.company)
        self.env["retail.staff"].create(
            {
                "user_id": self.manager.id,
                "company_id": self.company.id,
                "role": "manager",
                "absent_from": day,
                "deputy_id": self.colleague.id,
            }
        )
        request = self._asks(self._quote(discount=20))
        self.assertEqual(request.answerer_ids, self.colleague)
        self._answers(request, user=self.colleague)
        self.assertEqual((request.state, request.closed_by_id), ("approved", self.colleague))

    def test_who_stands_in_for_the_manager_does_not_answer_their_own_request(self):
        day = self.env["retail.run"]._today(self.company)
        self.env["retail.staff"].create(
            {
                "user_id": self.manager.id,
                "company_id": self.company.id,
                "role": "manager",
                "absent_from": day,
                "deputy_id": self.seller.id,
            }
        )
        request = self._asks(self._quote(discount=20))
        self.assertEqual(request.answerer_ids, self.approver)
        with self.assertRaisesRegex(AccessError, "your own request"):
            self._answers(request, user=self.seller)

    def test_what_the_terms_of_the_customer_forbid_is_asked_about_as_well(self):
        self.env["retail.term"].create(
            {"company_id": self.company.id, "has_discount_ceiling": True, "discount_ceiling": 4}
        )
        order = self._quote(discount=8)
        with self.assertUndone("4 % at most"):
            order.action_confirm()
        with self.assertUndone("4 % at most"):
            order.write({"state": "sale"})
        self.assertEqual(order.retail_authority_state, "above")
        self._answers(self._asks(order))
        order.action_confirm()
        self.assertEqual(self._log(order), ["asked", "approved", "confirmed"])

    def test_waiting_time_is_measured(self):
        request = self._asks(self._quote(discount=20))
        self.env.cr.execute(
            "UPDATE retail_authority_request SET create_date = create_date - interval '3 hours' WHERE id = %s",
            [request.id],
        )
        request.invalidate_recordset()
        self.assertAlmostEqual(request.waiting_hours, 3, 1)
        self._answers(request)
        self.assertAlmostEqual(request.waited_hours, 3, 1)
        [(average,)] = self.env["retail.authority.request"]._read_group(
            [("id", "=", request.id)], [], ["waited_hours:avg"]
        )
        self.assertAlmostEqual(average, 3, 1)
