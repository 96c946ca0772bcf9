from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged, warmup
from odoo.tools.safe_eval import safe_eval

from .common import RetailCommon

ROLES = {
    "manager": "retail_crm.group_manager,sales_team.group_sale_manager,base.group_partner_manager",
    "staff": "retail_crm.group_user,sales_team.group_sale_salesman_all_leads",
    "finance": "retail_crm.group_finance",
    "auditor": "retail_crm.group_auditor",
    "warehouse": "stock.group_stock_user",
    "plain": "base.group_user",
}
MEMBERS = ("manager", "staff", "finance", "auditor")
STRANGERS = ("warehouse", "plain")
# the top entries of the menu and what lies below them
MENUS_OF_MEMBERS = {
    "Dashboard",
    "Customers",
    "Actions",
    "All actions",
    "Promises",
    "Owners",
    "Hand-overs",
    "First answers",
    "Action rules",
    "Movements",
    "Overview",
    "Upgrade candidates",
    "Slipping customers",
    "Segments & strategies",
    "Strategies",
    "Segments",
    "Segment movements",
    "Pinned customers",
    "Pins that disagree",
    "Appeals",
    "Points",
    "Wallets",
    "Movements of points",
    "Points waiting",
    "Points expiring",
    "Notices of expiry",
    "Tiers",
    "Customers by tier",
    "Movements between tiers",
    "Benefits: entitled and delivered",
    "Benefits handed over",
    "Adjustments",
    "Households",
    "Stock",
    "Shortages",
    "Protected quantities",
    "Delivery performance",
    "Demand",
    "Decisions about stock",
    "Purchases",
    "Imports",
    "Imported purchases",
    "Imported points",
    "Customer numbers",
    "Configuration",
    "Segmentation policy",
    "Staff",
    "Stores",
    "Terms",
}
MENUS_OF_OVERSIGHT = MENUS_OF_MEMBERS | {
    "Promises kept and broken",
    "Assignments",
    "What came of it",
    "Runs",
    "All runs",
    "Trials",
    "How good are the figures?",
    "Back-tests",
    "Roll-forward",
    "What points cost",
    "Limits for points",
    "Opening of the ledger",
}
MENUS = {
    "manager": MENUS_OF_OVERSIGHT
    | {
        "My day",
        "Team",
        "Import purchases",
        "Import points",
        "Recompute now",
        "Requests to answer",
        "Reasons for points",
        "Outcomes",
    },
    "staff": MENUS_OF_MEMBERS | {"My day"},
    "finance": MENUS_OF_OVERSIGHT,
    "auditor": MENUS_OF_OVERSIGHT,
    "warehouse": set(),
    "plain": set(),
}
DOCUMENT_ACTIONS = (
    "contacts.action_contacts",
    "sale.action_orders",
    "sale.action_quotations_with_onboarding",
    "stock.action_picking_tree_all",
    "crm.crm_lead_opportunities",
    "sale.action_order_report_all",
    "account.action_account_invoice_report_all",
)
SEARCHED = "Anna 555"


class ViewsCase(RetailCommon):
    """A small shop with every kind of record, and one user per role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._user(f"views_{role}", groups) for role, groups in ROLES.items()}
        cls.customers = cls.env["res.partner"].create(
            [{"name": f"Customer {number:03}", "phone": f"+1 555-010-{number:04}"} for number in range(100)]
        )
        for number, customer in enumerate(cls.customers):
            for times in range(number % 4 + 1):
                cls._buys(customer, 10 + number, days_ago=7 * times + number)
        cls._sells(cls.customers[0], [(cls._product("Kettle", type="consu"), 1, 10)])
        cls.env["crm.lead"].create(
            {"name": "Kettles", "partner_id": cls.customers[0].id, "type": "opportunity"}
        )
        cls.env["retail.run"].run_company(cls.company, as_of=cls.today)
        cls.env["retail.segment.pin"].create(
            {
                "partner_id": cls.customers[1].id,
                "segment_id": cls.env.ref("retail_crm.segment_strategic").id,
                "reason": "Opens two shops",
            }
        )
        cls.env.flush_all()

    def _as(self, role, model):
        env = self.env(
            user=self.users[role], context={"allowed_company_ids": self.company.ids, "lang": "en_US"}
        )
        return env[model]


@tagged("post_install", "-at_install")
class TestViews(ViewsCase):
    """What the web client asks for when somebody opens a screen is answered, for every role."""

    def test_each_role_sees_its_menus(self):
        for role, names in MENUS.items():
            self.assertEqual(set(self._menus(role).mapped("name")), names, role)

    def test_all_screens_of_the_menu_open_for_those_who_see_them(self):
        for role in MEMBERS:
            for menu in self._menus(role):
                if menu.action and menu.action._name == "ir.actions.act_window":
                    with self.subTest(role=role, menu=menu.name):
                        self._open(role, menu.action.sudo())

    def _menus(self, role):
        """The entries below our app that this addon brings, as the role sees them."""
        root = self.env.ref("retail_crm.retail_crm_menu")
        Menu = self._as(role, "ir.ui.menu")
        visible = Menu.browse(Menu._visible_menu_ids()) - root
        names = visible.sudo().get_external_id()
        return visible.filtered(
            lambda menu: (
                menu.parent_path.startswith(root.parent_path) and names[menu.id].startswith("retail_crm.")
            )
        )

    def test_screens_of_other_apps_open_with_and_without_our_fields(self):
        for xmlid in DOCUMENT_ACTIONS:
            action = self.env.ref(xmlid)
            for role in ROLES:
                if self._as(role, action.res_model).has_access("read"):
                    with self.subTest(role=role, action=xmlid):
                        self._open(role, action)

    def test_who_may_not_read_profiles_finds_no_trace_of_them(self):
        for role in STRANGERS:
            for model in ("res.partner", "sale.order", "stock.picking"):
                records = self._as(role, model)
                if records.has_access("read"):
                    views = records.get_views([(False, "form"), (False, "list"), (False, "search")])["views"]
                    for kind, view in views.items():
                        for trace in (
                            "retail_segment",
                            "retail_strategy",
                            "retail_risk",
                            "retail_value",
                            "customer_card",
                        ):
                            self.assertNotIn(trace, view["arch"], f"{role} {model} {kind}")

    def test_every_action_says_what_to_do_when_there_is_nothing(self):
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "=like", "retail.%"), ("target", "!=", "new")]
        )
        ours = actions.filtered(lambda action: action.get_external_id()[action.id].startswith("retail_crm."))
        self.assertTrue(ours)
        for action in ours:
            self.assertIn("o_view_nocontent_smiling_face", action.help or "", action.name)

    # ------------------------------------------------------------------ what the client does

    def _open(self, role, action):
        """Load the views of the action and read with each what the client would."""
        records = self._as(role, action.res_model)
        modes = [mode for mode in action.view_mode.split(",") if mode not in ("calendar", "activity")]
        by_mode = {view.view_mode: view.view_id.id for view in action.view_ids}
        search_view = action.search_view_id.id
        loaded = records.get_views(
            [*((by_mode.get(mode, False), mode) for mode in modes), (search_view, "search")],
            {"toolbar": True, "load_filters": True, "action_id": action.id},
        )
        for mode in modes:
            arch = etree.fromstring(loaded["views"][mode]["arch"])
            if mode in ("pivot", "graph"):
                self._group(records, arch)
            elif records._name != "res.config.settings" and not records._transient:
                self._read(records, arch)
        self._search(records, etree.fromstring(loaded["views"]["search"]["arch"]))

    def _read(self, records, arch):
        specification = self._specification(records, arch)
        result = records.web_search_read([], specification, limit=80, count_limit=10001)
        self.assertEqual(bool(result["records"]), bool(records.search_count([], limit=1)))

    def _specification(self, records, arch):
        """Fields below the root of the view, without those of views inside a field."""
        specification = {}
        for node in arch.iter("field"):
            if node.getparent() is not None and any(parent.tag == "field" for parent in node.iterancestors()):
                continue
            field = records._fields[node.get("name")]
            specification[field.name] = {}
            if field.type == "many2one":
                color = {"color": {}} if node.get("widget") == "retail_segment_badge" else {}
                specification[field.name] = {"fields": {"display_name": {}, **color}}
        return specification

    def _group(self, records, arch):
        """As a pivot table or a chart does: by its rows and columns, with its measures."""
        groups, measures = [], []
        for node in arch.iter("field"):
            field = records._fields[node.get("name")]
            if node.get("type") == "measure":
                measures.append(f"{field.name}:sum")
            elif field.type in ("date", "datetime"):
                groups.append(f"{field.name}:{node.get('interval', 'month')}")
            elif not node.get("invisible"):
                groups.append(field.name)
        records.formatted_read_group([], groups, [*measures, "__count"])

    def _search(self, records, arch):
        """Every filter, search field and grouping of the search view is understood."""
        values = {
            "uid": records.env.uid,
            "self": SEARCHED,
            "raw_value": SEARCHED,
            "context": {},
            "current_date": "2025-06-30",
        }
        for node in arch.iter("field"):
            if node.get("filter_domain"):
                records.search(safe_eval(node.get("filter_domain"), values), limit=1)
        for node in arch.iter("filter"):
            if node.get("domain"):
                records.search(safe_eval(node.get("domain"), values), limit=1)
            group = safe_eval(node.get("context") or "{}", values).get("group_by")
            field = group and records._fields[group.split(":")[0]]
            if field and field.type not in ("properties", "date", "datetime"):
                records.formatted_read_group([], [group], ["__count"])


@tagged("post_install", "-at_install")
class TestCustomers(ViewsCase):
    """The list of customers, the list of contacts, and what a manager does there."""

    def test_customers_are_found_by_name_phone_fragment_reference_and_mail(self):
        customer = self.customers[42]
        customer.write({"ref": "C-0815", "email": "anna.berger@example.com", "name": "Anna Berger"})
        for typed in ("berger", "010-0042", "0100042", "0815", "anna.berger@"):
            self.assertEqual(self._found(typed), customer, typed)
        self.assertFalse(self._found("nobody of this name"))

    def _found(self, typed):
        profiles = self._as("staff", "retail.profile").search([("customer_search", "ilike", typed)])
        return profiles.partner_id.with_env(self.env)

    def test_filters_of_the_list_mean_what_they_say(self):
        profiles = self._as("staff", "retail.profile")
        arch = etree.fromstring(profiles.get_views([(False, "search")])["views"]["search"]["arch"])
        for code in ("strategic", "key", "transactional", "risk"):
            domain = safe_eval(arch.find(f".//filter[@name='{code}']").get("domain"))
            self.assertEqual(set(profiles.search(domain).segment_id.mapped("code")), {code} & self._codes())
        pinned = profiles.search(safe_eval(arch.find(".//filter[@name='pinned']").get("domain")))
        self.assertEqual(pinned.partner_id, self.customers[1].with_env(pinned.env))

    def _codes(self):
        return set(
            self.env["retail.profile"]
            .search([("company_id", "=", self.company.id)])
            .segment_id.mapped("code")
        )

    def test_search_panel_counts_customers(self):
        profiles = self._as("staff", "retail.profile")
        panel = profiles.search_panel_select_range("segment_id", enable_counters=True, expand=True)
        counts = {value["display_name"]: value["__count"] for value in panel["values"]}
        self.assertEqual(sum(counts.values()), 100)

    def test_contacts_are_sorted_grouped_and_filtered_by_segment(self):
        contacts = self._as("staff", "res.partner")
        mine = [("id", "in", self.customers.ids)]
        best = contacts.search(mine, order="retail_value desc", limit=10)
        self.assertEqual(best.mapped("retail_value"), sorted(best.mapped("retail_value"), reverse=True))
        groups = contacts.formatted_read_group(mine, ["retail_segment_id"], ["__count"])
        self.assertEqual(sum(group["__count"] for group in groups), 100)
        for group in groups:
            inside = contacts.search([*mine, *group["__extra_domain"]])
            self.assertEqual(len(inside), group["__count"])
        strategic = contacts.search([*mine, ("retail_segment_id.code", "=", "strategic")])
        self.assertEqual(set(strategic.retail_segment_id.mapped("code")), {"strategic"})

    def test_orders_leads_and_reports_group_by_segment(self):
        for model in ("sale.order", "crm.lead", "sale.report"):
            groups = self._as("staff", model).formatted_read_group([], ["retail_segment_id"], ["__count"])
            self.assertTrue(any(group["retail_segment_id"] for group in groups), model)
        self._as("finance", "account.invoice.report").formatted_read_group(
            [], ["retail_segment_id"], ["__count"]
        )

    def test_manager_pins_a_customer_from_the_profile_and_removes_the_pin(self):
        profile = self._as("manager", "retail.profile").search([("partner_id", "=", self.customers[2].id)])
        self._act(profile.action_pin_segment(), "risk")
        self.assertEqual((profile.segment_id.code, profile.pinned_segment_id.code), ("risk", "risk"))
        self.assertIn("pinned", profile.reason)
        self.assertEqual(profile.pin_ids.user_id, self.users["manager"])
        self.assertEqual(profile.change_ids[0].to_segment_id.code, "risk")
        again = profile.action_pin_segment()
        self._as("manager", "retail.segment.pin").browse(again["res_id"]).action_archive()
        self.assertFalse(profile.pinned_segment_id)
        self.assertEqual(profile.segment_id, profile.computed_segment_id)

    def _act(self, action, code):
        """Fill the dialog that the button opens."""
        pins = self._as("manager", "retail.segment.pin").with_context(**action["context"])
        with Form(pins.browse(action["res_id"]) or pins) as form:
            form.segment_id = pins.env.ref(f"retail_crm.segment_{code}")
            form.reason = "Told me so"

    def test_staff_sees_no_button_to_pin_and_cannot(self):
        profiles = self._as("staff", "retail.profile")
        form = profiles.get_views([(False, "form")])["views"]["form"]["arch"]
        self.assertNotIn("action_pin_segment", form)
        profile = profiles.search([("partner_id", "=", self.customers[2].id)])
        with self.assertRaises(AccessError):
            self.env["retail.segment.pin"].with_user(self.users["staff"]).create(
                {"partner_id": profile.partner_id.id, "segment_id": profile.segment_id.id, "reason": "Friend"}
            )

    def test_recompute_now_is_for_managers(self):
        action = self.env.ref("retail_crm.retail_run_recompute_action")
        action.with_user(self.users["manager"]).with_company(self.company).run()
        waiting = self.env["retail.run"].search(
            [("company_id", "=", self.company.id), ("state", "=", "requested")]
        )
        self.assertEqual(waiting.user_id, self.users["manager"])
        with self.assertRaises(AccessError):
            action.with_user(self.users["staff"]).run()

    def test_rules_in_use_are_read_only_and_a_draft_is_not(self):
        policy = self._as("manager", "retail.policy").search([("state", "=", "active")])
        with self.assertRaisesRegex(AssertionError, "readonly"), Form(policy) as form:
            form.half_life_weeks = 13
        draft = policy.browse(policy.action_new_version()["res_id"])
        with Form(draft) as form:
            form.half_life_weeks = 13
        draft.sudo()._activate()
        self.assertEqual((draft.state, policy.state), ("active", "retired"))
        self.assertIn("best 10%", draft.band_ids.filtered(lambda band: band.enter == 90).meaning)


@tagged("post_install", "-at_install")
class TestViewQueries(ViewsCase):
    """The two screens that are open all day stay quick whatever the number of rows."""

    LIST = (
        "partner_id", "segment_id", "value", "value_percentile", "risk_level", "last_purchase_date", "user_id",
        "store_id", "currency_id", "model_rung",
    )  # fmt: skip

    @warmup
    def test_customers_list(self):
        profiles = self._as("staff", "retail.profile")
        specification = {
            name: {"fields": {"display_name": {}}} if profiles._fields[name].type == "many2one" else {}
            for name in self.LIST
        }
        # profiles; owners; names of customers, segments, owners, stores; the contacts behind the owners
        with self.assertQueryCount(7):
            found = profiles.web_search_read([], specification, limit=80, count_limit=10001)
        self.assertEqual(len(found["records"]), 80)

    @warmup
    def test_reasons_of_a_page_of_customers(self):
        profiles = self._as("staff", "retail.profile")
        # profiles, segments, companies, currencies, runs, language, computed segments
        with self.assertQueryCount(7):
            found = profiles.web_search_read([], {"reason": {}}, limit=80)
        self.assertTrue(all(row["reason"] for row in found["records"]))

    @warmup
    def test_contacts_with_their_segments(self):
        contacts = self._as("staff", "res.partner")
        specification = {
            "complete_name": {},
            "retail_segment_id": {"fields": {"display_name": {}, "color": {}}},
            "retail_risk_level": {},
            "retail_value": {},
        }
        # contacts (3), their companies, profiles (2), segments (2)
        with self.assertQueryCount(8):
            contacts.web_search_read([("id", "in", self.customers.ids)], specification, limit=80)

    @warmup
    def test_what_we_add_to_the_form_of_a_contact(self):
        contact = self._as("staff", "res.partner").browse(self.customers[0].id)
        # the contact, the rules of contacts, its profile (2); the card reads on its own
        with self.assertQueryCount(4):
            contact.web_read({"retail_profile_id": {}, "retail_purchase_days": {}, "retail_is_walk_in": {}})
