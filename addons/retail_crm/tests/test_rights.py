import inspect
import warnings
from datetime import timedelta

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Datetime
from odoo.service.model import call_kw
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged

from .common import RetailCommon

ROLES = {
    "staff": "sales_team.group_sale_salesman",
    "manager": "retail_crm.group_manager",
    "approver": "retail_crm.group_approver",
    "finance": "retail_crm.group_finance",
    "auditor": "retail_crm.group_auditor",
    "warehouse": "stock.group_stock_user",
    "internal": "base.group_user",
    "portal": "base.group_portal",
    "public": "base.group_public",
}
# what each role may do: r read, w write, c create, d delete; a role that is not named may do nothing
READERS = {"staff": "r", "manager": "r", "approver": "r", "finance": "r", "auditor": "r"}
WITH_MANAGER = {**READERS, "manager": "rwc"}
OVERSIGHT = {"manager": "r", "approver": "r", "finance": "r", "auditor": "r"}
NOBODY = {}
TABLE = {
    "retail.purchase": READERS,
    "retail.purchase.history": READERS,
    "retail.customer.ref": READERS,
    "retail.profile": READERS,
    "retail.profile.change": READERS,
    "retail.run.segment": READERS,
    "retail.cohort": READERS,
    "retail.segment": WITH_MANAGER,
    "retail.segment.pin": WITH_MANAGER,
    # one's own; a manager's answer goes through the method of the wizard
    "retail.appeal": {"staff": "rc", "manager": "rc", "approver": "rc", "finance": "r", "auditor": "r"},
    "retail.appeal.answer": {"manager": "rwcd"},
    "retail.strategy": WITH_MANAGER,
    "retail.term": {**READERS, "manager": "rwcd"},
    "retail.policy": WITH_MANAGER,
    "retail.policy.decision": {"approver": "rwcd"},
    "retail.policy.band": {**READERS, "manager": "rwcd"},
    "retail.store": WITH_MANAGER,
    "retail.run": OVERSIGHT,
    "retail.backtest": OVERSIGHT,
    "retail.history.import": {"manager": "rwcd"},
    "retail.history.import.problem": {"manager": "rwcd"},
    "retail.profile.statistics": NOBODY,
    "retail.profile.touched": NOBODY,
    "retail.run.result": NOBODY,
    "retail.points.block": {"manager": "rwcd"},
    "retail.household": {**READERS, "manager": "rwcd"},
    "retail.points.opening.report": OVERSIGHT,
    "retail.points.opening.card": OVERSIGHT,
    "retail.points.wallet": READERS,
    "retail.points.lot": READERS,
    "retail.points.move": READERS,
    "retail.points.reservation": READERS,
    "retail.points.notice": READERS,
    "retail.points.seal": OVERSIGHT,
    # creating one is adjusting or asking; staff see their own
    "retail.points.adjustment": {
        "staff": "rc",
        "manager": "rc",
        "approver": "rc",
        "finance": "r",
        "auditor": "r",
    },
    "retail.points.adjust": {"staff": "rwcd", "manager": "rwcd", "approver": "rwcd"},
    "retail.points.refusal": {"manager": "rwcd", "approver": "rwcd"},
    "retail.points.reason": WITH_MANAGER,
    "retail.points.history": READERS,
    "retail.points.import": {"manager": "rwcd"},
    "retail.points.import.total": {"manager": "rwcd"},
    "retail.points.import.problem": {"manager": "rwcd"},
    "retail.points.limit": {**READERS, "approver": "rw"},
    "retail.points.allowance": NOBODY,
    "retail.points.roll.forward": READERS,
    "retail.points.due": READERS,
    "retail.points.cost": {**OVERSIGHT, "manager": "rwcd", "finance": "rwcd"},
    "retail.tier": WITH_MANAGER,
    "retail.tier.benefit": {**READERS, "manager": "rwcd"},
    "retail.tier.membership": READERS,
    "retail.tier.standing": READERS,
    "retail.tier.benefit.use": READERS,
    "retail.tier.benefit.report": READERS,
    "retail.tier.invitation": {"manager": "rwcd"},
    "retail.tier.handover": {"staff": "rwcd", "manager": "rwcd", "approver": "rwcd"},
    # made by hand, and open ones edited; outcomes are logged by a method
    "retail.action": {"staff": "rwc", "manager": "rwc", "approver": "rwc", "finance": "r", "auditor": "r"},
    "retail.action.done": {"staff": "rwcd", "manager": "rwcd", "approver": "rwcd"},
    "retail.action.batch": {"manager": "rwcd"},
    "retail.action.handover": {"staff": "rwcd", "manager": "rwcd", "approver": "rwcd"},
    "retail.action.rule": WITH_MANAGER,
    "retail.action.outcome": WITH_MANAGER,
    "retail.holdout": OVERSIGHT,
    "retail.effect": OVERSIGHT,
    "retail.effect.baseline": OVERSIGHT,
    # kept, moved and withdrawn by methods
    "retail.promise": {"staff": "rc", "manager": "rc", "approver": "rc", "finance": "r", "auditor": "r"},
    "retail.promise.change": {"staff": "rwcd", "manager": "rwcd", "approver": "rwcd"},
    "retail.promise.report": OVERSIGHT,
    "retail.staff": WITH_MANAGER,
    # written by assignments and hand-overs
    "retail.owner": READERS,
    "retail.question": READERS,
    # handing over goes through a method, which asks whose customers they are
    "retail.handover": {"staff": "rc", "manager": "rc", "approver": "rc", "finance": "r", "auditor": "r"},
    "retail.owner.assignment": {**OVERSIGHT, "manager": "rwc"},
    "retail.owner.assignment.line": OVERSIGHT,
    "retail.owner.assignment.customer": OVERSIGHT,
    "retail.trial": OVERSIGHT,
    "retail.trial.month": OVERSIGHT,
    "retail.trial.customer": OVERSIGHT,
    "retail.trial.effect": OVERSIGHT,
    "retail.trial.label": NOBODY,
    "retail.protection": {**WITH_MANAGER, "warehouse": "r"},
    "retail.shortage.decision": {**READERS, "warehouse": "r"},
    "retail.delivery": READERS,
    "retail.demand": READERS,
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
# public methods without "action_" that a client may call; each checks the reader's rights itself
CALLABLE = {
    # work on one's actions, see retail.my.day and retail.team.day
    "finish",
    "hand_over",
    "set_order",
    "snooze",
    "undo",
    "apply",
    "get_products",
    "get_queue",
    "explain",
    "generate_coupons",
    "get_data",
    "get_movements",
    "get_program_templates",
    "get_report",
    "get_retail_card",
    "get_roll_forward",
    "get_run",
    "get_statement",
    "get_summary",
    "reverse_moves",
}
# read by everybody of the roles in every company
OF_NO_COMPANY = ("retail.segment", "retail.action.outcome")
NO_MEMBERS = ("warehouse", "internal", "portal", "public")


class RightsCommon(RetailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._user(f"retail_{role}", groups) for role, groups in ROLES.items()}
        cls.customer = cls.users["portal"].partner_id
        cls._buys(cls.customer, 100, cost=70)
        cls.profile = cls._in_segment(
            cls.customer, "strategic", value=123, value_percentile=99, risk_level="low"
        )
        cls.order = cls._sells(cls.customer, [(cls.product, 1, 10)])
        cls.env.flush_all()

    def _call(self, role, model, method, *args, **kwargs):
        """What a client of that role gets from the server: by the way that every remote call takes."""
        self.env.flush_all()
        self.env.invalidate_all()
        env = self.env(
            user=self.users[role], context={"allowed_company_ids": self.company.ids, "lang": "en_US"}
        )
        with warnings.catch_warnings():
            # read_group is deprecated, and clients may still call it
            warnings.simplefilter("ignore", DeprecationWarning)
            return call_kw(env[model], method, args, kwargs)

    def assertRefused(self, role, model, method, *args, **kwargs):
        with self.subTest(role=role, call=f"{model}.{method}", args=args, kwargs=kwargs):
            # an AccessError is one, and so is what a button says to who may not press it
            with self.assertRaises(UserError):
                self._call(role, model, method, *args, **kwargs)


@tagged("post_install", "-at_install")
class TestRightsTable(RightsCommon):
    """Role x model x operation, and that the table leaves nothing out."""

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
            if model._original_module == "retail_crm" and not model._abstract
        }
        self.assertEqual(ours, TABLE.keys())

    def test_reading_really_works_and_is_really_refused(self):
        for model, rights in TABLE.items():
            for role in ROLES:
                if rights.get(role):
                    self._call(role, model, "search_read", [], limit=1)
                else:
                    self.assertRefused(role, model, "search_read", [], limit=1)
                    self.assertRefused(role, model, "search_count", [])

    def test_nobody_writes_scores_purchases_runs_or_movements(self):
        run = self.env["retail.run"].create({"company_id": self.company.id})
        records = {
            "retail.profile": (self.profile, {"value": 1}),
            "retail.profile.change": (
                self.env["retail.profile.change"]._log_pin(self.profile, self.profile.segment_id),
                {"value": 1},
            ),
            "retail.purchase": (self._purchases(self.customer)[0], {"revenue": 1}),
            "retail.purchase.history": (self._buys(self.customer, 5), {"amount": 1}),
            "retail.run": (run, {"state": "done"}),
        }
        for model, (record, values) in records.items():
            for role in ROLES:
                self.assertRefused(role, model, "write", record.ids, values)
                self.assertRefused(role, model, "unlink", record.ids)
                self.assertRefused(role, model, "create", {"partner_id": self.customer.id, **values})
        self.assertEqual(self.profile.value, 123)

    def test_staff_cannot_pin_change_rules_nor_import(self):
        policy = self.env["retail.policy"]._get_active(self.company)
        strategy = self._strategy("strategic")
        pin = {"partner_id": self.customer.id, "segment_id": self._segment("key").id, "reason": "Friend"}
        for role in ("staff", "approver", "finance", "auditor", *NO_MEMBERS):
            self.assertRefused(role, "retail.segment.pin", "create", pin)
            self.assertRefused(role, "retail.strategy", "write", strategy.ids, {"discount_ceiling": 99})
            self.assertRefused(role, "retail.policy", "action_new_version", policy.ids)
            self.assertRefused(role, "retail.policy", "action_start_trial", policy.copy().ids)
            self.assertRefused(role, "retail.policy", "action_apply_proposed_horizon", policy.ids)
            self.assertRefused(role, "retail.run", "action_recompute")
            self.assertRefused(role, "retail.history.import", "create", {})

    def test_manager_pins_changes_rules_and_starts_runs(self):
        policy = self.env["retail.policy"]._get_active(self.company)
        pin = {"partner_id": self.customer.id, "segment_id": self._segment("key").id, "reason": "Moved here"}
        self._call("manager", "retail.segment.pin", "create", pin)
        self.assertSegments({self.customer: "key"})
        self._call("manager", "retail.strategy", "write", self._strategy("key").ids, {"discount_ceiling": 12})
        draft = self._call("manager", "retail.policy", "action_new_version", policy.ids)["res_id"]
        self._call("manager", "retail.policy", "write", [draft], {"half_life_weeks": 13})
        self._call("manager", "retail.run", "action_recompute")
        waiting = self.env["retail.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual((waiting.state, waiting.user_id), ("requested", self.users["manager"]))

    def test_a_segment_is_explained_to_who_may_read_it(self):
        for role in READERS:
            explanation = self._call(role, "retail.profile", "explain", self.profile.ids)
            self.assertEqual(explanation["segments"]["effective"]["code"], "strategic")
        for role in NO_MEMBERS:
            self.assertRefused(role, "retail.profile", "explain", self.profile.ids)

    def test_methods_that_read_files_or_run_everything_are_not_callable(self):
        for role in ROLES:
            self.assertRefused(role, "retail.run", "run_company", self.company.id)
            self.assertRefused(role, "retail.backtest", "evaluate", self.company.id, "2025-01-01", 4)
            self.assertRefused(role, "retail.purchase.history", "import_csv", self.company.id, "/etc/passwd")
            self.assertRefused(role, "retail.profile.touched", "init")

    def test_public_methods_are_buttons_or_known(self):
        known = set(dir(models.BaseModel)) | CALLABLE
        for name, model in self.registry.items():
            for part in model.mro():
                if not part.__module__.startswith("odoo.addons.retail_crm."):
                    continue
                for method, function in vars(part).items():
                    if (
                        inspect.isfunction(function)
                        and not method.startswith(("_", "action_"))
                        and method not in known
                    ):
                        self.assertTrue(
                            getattr(function, "_api_private", False), f"{name}.{method} is callable"
                        )


@tagged("post_install", "-at_install")
class TestProtectedFields(RightsCommon):
    """What a role may not read, it learns by no detour: search, order, group, export, or another model."""

    def test_our_fields_on_other_models_are_for_members_only(self):
        open_to_all = []
        for name, model in self.registry.items():
            if model._original_module == "retail_crm" or model._abstract or model._transient:
                continue
            for field in model._fields.values():
                if field.name.startswith("retail_"):
                    users = [self.users[role] for role in ("portal", "public")]
                    if any(self.env[name].with_user(user)._has_field_access(field, "read") for user in users):
                        open_to_all.append(str(field))
        self.assertEqual(open_to_all, [])

    def _detours(self, path, value):
        """Calls that tell something of the field at the end of ``path``."""
        yield "search", ([(path, "=", value)],), {}
        yield "search", ([(path, "!=", value)],), {}
        yield "search_count", ([(path, "in", [value, False])],), {}
        yield "search", (["!", (path, "=", value)],), {}
        if "." not in path:
            yield "search_read", ([], [path]), {"limit": 1}
            yield "search", ([],), {"order": f"{path} desc", "limit": 1}
            yield "formatted_read_group", ([],), {"groupby": [path], "aggregates": ["__count"]}
            yield "read_group", ([], [], [path]), {}
            yield "web_search_read", ([], {path: {}}), {"limit": 1}

    def test_partner_fields_do_not_leak(self):
        segment = self._segment("strategic")
        values = {
            "retail_segment_id": segment.id,
            "retail_segment_id.code": "strategic",
            "retail_strategy_id": self._strategy("strategic").id,
            "retail_value": 123,
            "retail_value_percentile": 99,
            "retail_risk_level": "low",
            "retail_last_purchase_date": "2025-06-30",
        }
        for role in NO_MEMBERS:
            for field, value in values.items():
                for method, args, kwargs in self._detours(field, value):
                    self.assertRefused(role, "res.partner", method, *args, **kwargs)
                if "." not in field:
                    self.assertRefused(role, "res.partner", "read", self.customer.ids, [field])
                self.assertRefused(
                    role, "res.partner", "export_data", self.customer.ids, [field.replace(".", "/")]
                )
            card = self._try(role, "res.partner", "get_retail_card", self.customer.ids)
            self.assertFalse(card, role)

    def test_partner_fields_work_for_members(self):
        segment = self._segment("strategic").id
        for role in READERS:
            for method, args, kwargs in self._detours("retail_segment_id", segment):
                self._call(role, "res.partner", method, *args, **kwargs)
            found = self._call(role, "res.partner", "search", [("retail_value", ">", 122)])
            self.assertEqual(found, self.customer.ids)
            read = self._call(role, "res.partner", "read", self.customer.ids, ["retail_value"])
            self.assertEqual(read[0]["retail_value"], 123)

    def test_segment_does_not_leak_through_other_documents(self):
        segment = self._segment("strategic").id
        goods = self._product("Kettle", type="consu")
        order = self._sells(self.customer, [(goods, 1, 10)], user_id=self.users["staff"].id)
        self.env["crm.lead"].create({"name": "Kettles", "partner_id": self.customer.id})
        self.assertTrue(order.picking_ids)
        for model in ("sale.order", "stock.picking", "crm.lead", "sale.report", "account.invoice.report"):
            for role in NO_MEMBERS:
                for field, value in (("retail_segment_id", segment), ("retail_segment_id.code", "strategic")):
                    for method, args, kwargs in self._detours(field, value):
                        if model == "stock.picking" and method in ("formatted_read_group", "read_group"):
                            continue
                        self.assertRefused(role, model, method, *args, **kwargs)
        for role in NO_MEMBERS:
            for path in (
                "partner_id.retail_segment_id",
                "partner_id.retail_value",
                "partner_id.retail_profile_id.value",
            ):
                self.assertRefused(role, "sale.order", "search", [(path, ">", 0)])

    def test_warehouse_sees_how_to_serve_and_nothing_of_value(self):
        goods = self._product("Kettle", type="consu")
        picking = self._sells(self.customer, [(goods, 1, 10)]).picking_ids
        read = self._call(
            "warehouse", "stock.picking", "read", picking.ids, ["priority", "retail_service_class"]
        )
        self.assertEqual((read[0]["priority"], read[0]["retail_service_class"]), ("1", "Alliance"))
        self.assertRefused("warehouse", "stock.picking", "read", picking.ids, ["retail_segment_id"])
        self.assertNotIn("retail_segment_id", self._call("warehouse", "stock.picking", "fields_get"))

    def test_cost_and_contribution_of_a_purchase_are_for_manager_finance_and_auditor(self):
        purchase = self._purchases(self.customer).filtered(lambda row: row.source == "history")
        for field, value in (("cost", 70), ("contribution", 30)):
            for role in ("manager", "finance", "auditor"):
                read = self._call(role, "retail.purchase", "read", purchase.ids, [field])
                self.assertEqual(read[0][field], value)
            for role in ("staff", "approver"):
                self.assertRefused(role, "retail.purchase", "read", purchase.ids, [field])
                self.assertRefused(role, "retail.purchase", "search", [(field, ">", 0)])
                self.assertRefused(role, "retail.purchase", "search", [], order=field)
                self.assertRefused(
                    role,
                    "retail.purchase",
                    "formatted_read_group",
                    [],
                    groupby=[],
                    aggregates=[f"{field}:sum"],
                )
                self.assertRefused(role, "retail.purchase", "export_data", purchase.ids, [field])
        for role in ("staff", "approver"):
            self.assertRefused(role, "retail.purchase.history", "search", [("cost", ">", 0)])

    def _try(self, role, *call):
        try:
            with self.env.cr.savepoint():
                return self._call(role, *call)
        except AccessError:
            return None


@tagged("post_install", "-at_install")
class TestCompanyRules(RightsCommon):
    """Everybody sees their own companies; a branch sees what its main company decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls._create_company("Branch", parent_id=cls.company.id)
        cls.stranger = cls._create_company("Other Shop")
        cls._buys(cls.customer, 100, company=cls.stranger)
        cls._sells(cls.customer, [(cls.product, 1, 70)], company=cls.stranger)
        cls._in_segment(cls.customer, "key", cls.stranger, value=7)
        cls.env.flush_all()

    def _seen(self, model, *companies):
        """Companies of the rows of ``model`` that a manager of ``companies`` sees."""
        user = self.users["manager"]
        user.write(
            {
                "company_ids": [Command.set([company.id for company in companies])],
                "company_id": companies[0].id,
            }
        )
        records = self.env(user=user, context={})[model].search([])
        paths = ("company_id", "policy_id.company_id", "trial_id.company_id")
        path = next(path for path in paths if path.split(".")[0] in records._fields)
        return records.sudo().mapped(path)

    def _leave_figures(self, company):
        """What runs and trials leave behind."""
        segment = {"segment_id": self._segment("key").id}
        dated = {"company_id": company.id, "day": self.today}
        self.env["retail.run.segment"].create({**dated, **segment})
        cohort = {"company_id": company.id, "as_of": self.today, "month": self.today, "month_offset": 0}
        self.env["retail.cohort"].create(cohort)
        for model in ("retail.effect", "retail.effect.baseline"):
            strategy = self._strategy("key", company).id
            self.env[model].create({"company_id": company.id, "strategy_id": strategy, "window_days": 30})
        policy = self.env["retail.policy"]._get_active(company)
        trial = self.env["retail.trial"].create(
            {"company_id": company.id, "policy_id": policy.copy().id, "baseline_policy_id": policy.id}
        )
        of_trial = {"trial_id": trial.id}
        self.env["retail.trial.month"].create({**of_trial, **segment, "day": self.today, "side": "draft"})
        self.env["retail.trial.customer"].create({**of_trial, "partner_id": self.customer.id})
        self.env["retail.trial.effect"].create({**of_trial, **segment})

    def _leave_stock(self, company):
        """What protecting, delivering and re-distributing goods leaves behind."""
        goods = self._product("Kettle", type="consu", is_storable=True)
        delivery = self._sells(self.customer, [(goods, 1, 10)], company=company).picking_ids
        delivery.move_ids.write({"quantity": 1, "picked": True})
        delivery._action_done()
        stock = {"product_id": goods.id, "warehouse_id": delivery.picking_type_id.warehouse_id.id}
        self.env["retail.shortage.decision"].create({**stock, "company_id": company.id})
        strategies = self._strategy("strategic", company)
        self.env["retail.protection"].create(
            {**stock, "quantity": 1, "strategy_ids": [Command.set(strategies.ids)]}
        )
        self._quotes(self.customer, [(goods, 1, 10)], company=company)

    def _leave_actions(self, company):
        """What deciding, acting, promising and sharing out customers leaves behind."""
        at_home = {"company_id": company.id, "company_ids": [Command.set(company.ids)]}
        user = self._user(f"keeper_{company.id}", ROLES["manager"], **at_home)
        strategy = self._strategy("key", company)
        of_company = {"company_id": company.id}
        of_customer = {**of_company, "partner_id": self.customer.id}
        now, tomorrow = Datetime.now(), Datetime.now() + timedelta(days=1)
        rows = {
            "retail.term": {**of_company, "strategy_id": strategy.id, "has_free_delivery": True},
            "retail.action": {**of_customer, "event": "manual", "kind": "call", "name": "Call"},
            "retail.holdout": {**of_customer, "strategy_id": strategy.id},
            "retail.promise": {
                **of_customer,
                "kind": "gift",
                "text": "A mug",
                "due_at": tomorrow,
                "keeper_id": user.id,
            },
            "retail.staff": {**of_company, "user_id": user.id, "role": "manager"},
            "retail.owner": {**of_customer, "user_id": user.id, "since": self.today, "how": "manual"},
            "retail.question": {
                **of_customer,
                "res_model": "res.partner",
                "res_id": self.customer.id,
                "asked_at": now,
                "state": "open",
            },
            "retail.handover": {**of_company, "to_id": user.id, "note": "Likes tea"},
            "retail.owner.assignment": of_company,
        }
        records = {model: self.env[model].create(values) for model, values in rows.items()}
        of_assignment = {"assignment_id": records["retail.owner.assignment"].id, "user_id": user.id}
        self.env["retail.owner.assignment.line"].create({**of_assignment, "role": "manager"})
        change = {**of_assignment, "partner_id": self.customer.id, "role": "manager"}
        self.env["retail.owner.assignment.customer"].create(change)

    def test_rows_of_other_companies_are_not_seen(self):
        for company in (self.company, self.stranger):
            self.env["retail.run"].create({"company_id": company.id})
            self.env["retail.backtest"].create(
                {"company_id": company.id, "as_of": self.today, "horizon_weeks": 4}
            )
            pin = {"partner_id": self.customer.id, "company_id": company.id, "reason": "x"}
            self.env["retail.segment.pin"].create({**pin, "segment_id": self._segment("risk").id})
            ref = {"partner_id": self.customer.id, "company_id": company.id, "channel": "history", "ref": "1"}
            self.env["retail.customer.ref"].create(ref)
            appeal = {"partner_id": self.customer.id, "company_id": company.id, "reason": "x"}
            self.env["retail.appeal"].create(appeal)
            head = self.env["res.partner"].create({"name": "Head of a family"})
            family = {"name": "Family", "head_id": head.id, "company_id": company.id}
            self.env["retail.household"].create(family)
            self._leave_figures(company)
            self._leave_stock(company)
            self._leave_actions(company)
        for model, rights in TABLE.items():
            # those of points and tiers have their own tests, see test_points_ledger and test_tiers_benefits
            if model.startswith(("retail.points.", "retail.tier")) or model in OF_NO_COMPANY:
                continue
            if rights.get("manager") and not self.env[model]._transient:
                with self.subTest(model):
                    self.assertEqual(self._seen(model, self.company), self.company, model)
                    self.assertEqual(self._seen(model, self.stranger), self.stranger, model)

    def test_open_dialogs_about_actions_and_promises_are_ones_own(self):
        dialogs = {
            "retail.action.done": {"outcome_id": self.env["retail.action.outcome"].search([], limit=1).id},
            "retail.action.handover": {"note": "Likes tea"},
            "retail.action.batch": {"company_id": self.company.id, "start_on": self.today, "per_day": 1},
            "retail.promise.change": {"reason": "Sold out"},
        }
        for model, values in dialogs.items():
            with self.subTest(model):
                strangers = self.env[model].create(values)
                own = strangers.with_user(self.users["manager"]).create(values)
                self.assertEqual(own.search([]), own)
                self.assertRefused("manager", model, "read", strangers.ids, ["display_name"])

    def test_branch_sees_profiles_and_rules_of_the_main_company(self):
        for model in ("retail.profile", "retail.policy", "retail.policy.band", "retail.strategy"):
            self.assertEqual(self._seen(model, self.branch), self.company, model)
        # but of the documents only its own
        manager = self.env(user=self.users["manager"], context={})
        self.assertFalse(manager["retail.purchase"].search([]))
        self._sells(self.customer, [(self.product, 1, 5)], company=self.branch)
        self.assertEqual(manager["retail.purchase"].search([]).company_id, self.branch)

    def test_member_of_a_branch_sees_the_segment_of_the_main_company(self):
        staff = self.users["staff"]
        staff.write({"company_ids": [Command.set(self.branch.ids)], "company_id": self.branch.id})
        customer = self.customer.with_env(self.env(user=staff, context={}))
        self.assertEqual(customer.retail_segment_id.code, "strategic")
        self.assertIn(customer, customer.search([("retail_value", "=", 123)]))

    def test_segment_is_that_of_the_current_company(self):
        staff = self.users["staff"]
        staff.company_ids = [Command.link(self.stranger.id)]
        for company, code in ((self.company, "strategic"), (self.stranger, "key")):
            customer = self.customer.with_env(
                self.env(user=staff, context={"allowed_company_ids": company.ids})
            )
            self.assertEqual(customer.retail_segment_id.code, code)
            self.assertEqual(customer.search([("retail_segment_id.code", "=", code)]), customer)

    def test_pin_and_strategy_of_another_company_are_refused(self):
        pin = {"partner_id": self.customer.id, "segment_id": self._segment("key").id, "reason": "x"}
        self.assertRefused("manager", "retail.segment.pin", "create", {**pin, "company_id": self.stranger.id})
        strategy = self._strategy("key", self.stranger)
        self.assertRefused("manager", "retail.strategy", "write", strategy.ids, {"discount_ceiling": 9})
        policy = self.env["retail.policy"]._get_active(self.stranger)
        self.assertRefused("manager", "retail.policy", "action_new_version", policy.ids)


@tagged("post_install", "-at_install")
class TestRightsOverHttp(HttpCase):
    """The same doors, through the web server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ("portal", "staff"):
            new_test_user(cls.env, f"http_{role}", groups=ROLES[role])

    def _call(self, model, method, args=(), **kwargs):
        url = f"/web/dataset/call_kw/{model}/{method}"
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return self.make_jsonrpc_request(url, params)

    def _assert_refused(self, *call, **kwargs):
        with self.assertRaises(JsonRpcException), self.assertLogs("odoo.http", "WARNING"):
            self._call(*call, **kwargs)

    def test_portal_reads_nothing_of_ours(self):
        self.authenticate("http_portal", "http_portal")
        partner = self.env["res.users"].search([("login", "=", "http_portal")]).partner_id
        self.assertEqual(self._call("res.partner", "read", [partner.ids, ["name"]])[0]["id"], partner.id)
        self._assert_refused("res.partner", "read", [partner.ids, ["retail_segment_id"]])
        self._assert_refused("res.partner", "search", [[["retail_risk_level", "=", "high"]]])
        self._assert_refused("retail.profile", "search_read", [[]])
        self.assertFalse(
            [name for name in self._call("res.partner", "fields_get") if name.startswith("retail_")]
        )

    def test_staff_cannot_call_what_is_private(self):
        self.authenticate("http_staff", "http_staff")
        self._call("retail.profile", "search_read", [[]], limit=1)
        self._assert_refused("retail.run", "run_company", [1])
        self._assert_refused("retail.purchase.history", "import_csv", [1, "/etc/passwd"])
        self._assert_refused("retail.backtest", "evaluate", [1, "2025-01-01", 4])
        self._assert_refused("retail.run", "action_recompute", [])
