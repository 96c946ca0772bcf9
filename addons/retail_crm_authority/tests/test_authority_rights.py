import inspect

from odoo import models
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.retail_crm.tests.test_rights import NO_MEMBERS, OPERATIONS, OVERSIGHT, READERS, ROLES

from .common import AuthorityCommon

# what each role may do: r read, w write, c create, d delete; a role that is not named may do nothing
ASKING = {"staff": "rc", "manager": "rc", "approver": "rc", "finance": "r", "auditor": "r"}
WIZARD = {"staff": "rwcd", "manager": "rwcd", "approver": "rwcd"}
TABLE = {
    "retail.authority": {**READERS, "approver": "rwc"},
    "retail.authority.request": ASKING,
    "retail.authority.log": OVERSIGHT,
    "retail.authority.fund": {},
    "retail.authority.ask": WIZARD,
    "retail.authority.answer": WIZARD,
}


@tagged("post_install", "-at_install")
class TestAuthorityRights(AuthorityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._user(f"authority_{role}", groups) for role, groups in ROLES.items()}

    def _call(self, role, model, method, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        return call_kw(self._as(self.users[role])[model], method, args, {})

    def assertRefused(self, role, model, method, *args):
        with (
            self.assertRaises(AccessError, msg=f"{role} {method} {model}"),
            self.env.cr.savepoint(),
            mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule"),
        ):
            self._call(role, model, method, *args)

    def test_every_role_may_do_what_the_table_says_and_no_more(self):
        for model, rights in TABLE.items():
            for role, user in self.users.items():
                records = self.env[model].with_user(user)
                actual = "".join(letter for letter, name in OPERATIONS.items() if records.has_access(name))
                self.assertEqual(actual, rights.get(role, ""), f"{role} on {model}")

    def test_the_table_knows_every_model(self):
        ours = {
            name
            for name, model in self.registry.items()
            if model._original_module == "retail_crm_authority" and not model._abstract
        }
        self.assertEqual(ours, TABLE.keys())

    def test_public_methods_are_buttons_with_a_check_of_their_own(self):
        for model in TABLE:
            for definition in self.registry[model].mro():
                if getattr(definition, "_module", None) != "retail_crm_authority":
                    continue
                for name, member in vars(definition).items():
                    if inspect.isfunction(member) and not name.startswith(("_", "action_")):
                        self.assertIn(name, dir(models.Model), f"{model}.{name}")

    def test_nobody_answers_by_writing(self):
        request = self._asks(self._quote(discount=20))
        values = {"state": "approved", "user_id": self.colleague.id}
        for role in ROLES:
            self.assertRefused(role, "retail.authority.request", "write", request.ids, values)
            self.assertRefused(role, "retail.authority.request", "unlink", request.ids)
        self.assertEqual(request.state, "requested")

    def test_what_is_asked_is_filled_by_the_server(self):
        order = self._quote(discount=20)
        request = self._as()["retail.authority.request"].create(
            {
                "order_id": order.id,
                "reason": "Friend",
                "state": "approved",
                "user_id": self.colleague.id,
                "closed_by_id": self.manager.id,
                "discount_percent": 1,
                "snapshot": {},
            }
        )
        self.assertEqual(
            (request.state, request.user_id, request.discount_percent), ("requested", self.seller, 20)
        )

    def test_staff_see_their_own_requests_and_those_they_answer(self):
        request = self._asks(self._quote(discount=20))
        found = self._as(self.colleague)["retail.authority.request"].search([("id", "=", request.id)])
        self.assertFalse(found)
        self.assertRefused("staff", "retail.authority.request", "action_approve", request.ids)
        self.assertRefused("staff", "retail.authority.request", "action_cancel", request.ids)
        self._call("manager", "retail.authority.request", "read", request.ids, ["reason"])

    def test_who_is_no_member_asks_nothing(self):
        order = self._quote(discount=20)
        for role in NO_MEMBERS:
            self.assertRefused(
                role, "retail.authority.request", "create", {"order_id": order.id, "reason": "Please"}
            )

    def test_approvers_set_limits_and_nobody_extends_their_own(self):
        staff, approver = self.levels["staff"], self.levels["approver"]
        self._call("approver", "retail.authority", "write", staff.ids, {"discount_percent": 12})
        for role in ("staff", "manager", "finance", "auditor", *NO_MEMBERS):
            self.assertRefused(role, "retail.authority", "write", staff.ids, {"discount_percent": 99})
        self._call("approver", "retail.authority", "write", approver.ids, {"is_unlimited": False})
        self.assertRefused("approver", "retail.authority", "write", approver.ids, {"is_unlimited": True})
        own = {"user_id": self.users["approver"].id, "is_unlimited": True, "company_id": self.company.id}
        self.assertRefused("approver", "retail.authority", "create", own)
        self.assertRefused("approver", "retail.authority", "write", staff.ids, {**own, "role": False})

    def test_the_log_is_never_changed(self):
        order = self._quote(discount=5)
        order.action_confirm()
        row = self.env["retail.authority.log"].search([("document_id", "=", order.id)])
        for role in ROLES:
            self.assertRefused(role, "retail.authority.log", "create", {"kind": "granted"})
        with self.assertUndone("never changed"):
            row.write({"reason": "Other"})
        with self.assertUndone("never deleted"):
            row.unlink()
        for statement in (
            "UPDATE retail_authority_log SET reason = 'x'",
            "DELETE FROM retail_authority_log",
            "TRUNCATE retail_authority_log",
        ):
            with (
                self.assertRaisesRegex(Exception, "append-only"),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_companies_stay_apart(self):
        order = self._quote(discount=20)
        request = self._asks(order)
        other = self._create_company("Next door")
        stranger = self._user(
            "a_stranger",
            "retail_crm.group_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        self.assertFalse(env["retail.authority.request"].search([("id", "=", request.id)]))
        self.assertFalse(env["retail.authority"].search([("company_id", "=", self.company.id)]))
        self.assertNotIn(stranger, request.answerer_ids)
