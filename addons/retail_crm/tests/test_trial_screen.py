from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import RetailCommon
from .loading import load_purchases
from .test_rights import NO_MEMBERS, RightsCommon
from .test_scoring import AS_OF, random_purchases

READERS = ("manager", "approver", "finance", "auditor")
STRANGERS = ("staff", *NO_MEMBERS)


class TrialShop(RetailCommon):
    """A shop with two years of purchases, and a draft that lets many more customers rise than the active policy."""

    @classmethod
    def _open_shop(cls, seed, customers):
        load_purchases(cls.env, cls.company, random_purchases(seed, customers))
        cls.env.flush_all()
        cls.env["retail.run"].run_company(cls.company, as_of=AS_OF)

    @classmethod
    def _draft(cls, **values):
        draft = cls.env["retail.policy"]._get_active(cls.company).copy({"name": "Generous", **values})
        for band, enter, leave in zip(draft._get_value_bands(), (60, 30), (55, 25), strict=False):
            band.write({"enter": enter, "leave": leave})
        return draft

    @classmethod
    def _try(cls, draft):
        draft.with_user(cls.users["manager"]).action_start_trial()
        trial = draft.trial_ids[:1]
        trial._replay()
        cls.env.invalidate_all()
        return trial


class TrialScreenCase(TrialShop, RightsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._open_shop(41, 60)
        cls._strategy("strategic").points_multiplier = 3
        cls._strategy("strategic").pricelist_id = cls._list_of(10)
        cls.trial = cls._try(cls._draft(accept_change_share=4, accept_flip_share=1, accept_moved_share=50))

    @classmethod
    def _list_of(cls, percent):
        rule = {"applied_on": "3_global", "compute_price": "percentage", "percent_price": percent}
        return cls.env["product.pricelist"].create({"name": "Best", "item_ids": [Command.create(rule)]})

    def _report(self, trial=None, role="manager"):
        return self._call(role, "retail.trial", "get_report", (trial or self.trial).ids)


@tagged("post_install", "-at_install")
class TestTrialScreen(TrialScreenCase):
    def test_every_cell_of_the_matrix_opens_as_many_customers_as_it_says(self):
        report = self._report()
        moved = [move for move in report["moves"] if move["from_id"] != move["to_id"]]
        self.assertTrue(moved)
        for move in report["moves"]:
            # as the report asks for them
            domain = [("trial_id", "=", self.trial.id), ("active_segment_id", "=", move["from_id"])]
            domain.append(("draft_segment_id", "=", move["to_id"]))
            count = self._call("manager", "retail.trial.customer", "search_count", domain)
            self.assertEqual(count, move["customers"])
        self.assertEqual(sum(move["customers"] for move in moved), report["moved_count"])
        self.assertEqual(sum(move["customers"] for move in report["moves"]), report["customer_count"])

    def test_sizes_of_the_last_day_are_the_ends_of_the_moves(self):
        report = self._report()
        last_day = str(report["days"][-1])
        for side, end in (("active", "from_id"), ("draft", "to_id")):
            for segment in report["segments"]:
                size = report["sizes"][side].get(segment["id"], {}).get(last_day, 0)
                moves = [move["customers"] for move in report["moves"] if move[end] == segment["id"]]
                self.assertEqual(size, sum(moves), f"{side} {segment['name']}")

    def test_shares_of_what_followed_add_up(self):
        followed = self._report()["followed"]
        for side in ("active", "draft"):
            self.assertGreater(followed["days"][side], 0)
            for name in ("share", "size"):
                self.assertAlmostEqual(sum(row[name] for row in followed[side].values()), 1)
            self.assertTrue(all(0 <= row["silent"] <= 1 for row in followed[side].values()))

    def test_what_followed_is_unknown_where_the_horizon_reaches_beyond_the_purchases(self):
        draft = self._draft()
        draft.horizon_weeks = 130
        followed = self._report(self._try(draft))["followed"]
        self.assertEqual(followed["days"]["draft"], 0)
        self.assertFalse(followed["draft"])
        self.assertGreater(followed["days"]["active"], 0)

    def test_effects_add_up_over_segments_and_stores_to_the_estimate_of_the_list(self):
        effects = self._report()["effects"]
        self.assertLess(effects["total"]["total_effect"], 0, "more customers get the best terms")
        for name in effects["total"]:
            for table in ("segments", "stores"):
                total = sum(row[name] for row in effects[table])
                self.assertAlmostEqual(total, effects["total"][name], 2, f"{name} of {table}")
        self.assertAlmostEqual(effects["total"]["total_effect"], self.trial.money_effect, 2)

    def test_verdict_turns_where_a_figure_passes_what_was_set_beforehand(self):
        figures = {"gini_value": 0.5}
        self.trial.write(
            {
                "change_share": 0.04,
                "flip_share": 0.01,
                "customer_count": 60,
                "moved_count": 30,
                "backtest": {"active": figures, "draft": figures},
            }
        )
        self.assertEqual(self.trial.verdict, "met")
        self.assertEqual(self._judgements(), {"changes": True, "flips": True, "gini": True, "moved": True})
        self.trial.write({"moved_count": 31, "backtest": {"active": figures, "draft": {"gini_value": 0.4}}})
        self.trial.invalidate_recordset()
        self.assertEqual(self.trial.verdict, "missed")
        self.assertEqual(self._judgements(), {"changes": True, "flips": True, "gini": False, "moved": False})

    def test_verdict_is_open_where_the_history_was_too_short_to_measure(self):
        self.trial.write({"change_share": 0, "flip_share": 0, "moved_count": 0, "backtest": {"active": None}})
        self.assertEqual(self.trial.verdict, "unmeasured")
        self.assertIsNone(self._judgements()["gini"])

    def _judgements(self):
        return {verdict["code"]: verdict["is_met"] for verdict in self._report()["verdicts"]}

    def test_there_is_no_report_before_the_end(self):
        self.trial.state = "running"
        self.assertIsNone(self._report())
        self.assertFalse(self.trial.verdict)

    def test_number_of_queries_does_not_depend_on_the_number_of_customers(self):
        trial = self.trial.with_user(self.users["manager"])
        trial.get_report()
        self.env.invalidate_all()
        # trial 1, company 1; months 1; segments: bands 2, names 1; policy by its reader 1 and by the system 1; moves 1;
        # horizons: the last run 2; effects 2, names of stores 1
        with self.assertQueryCount(14):
            trial.get_report()


@tagged("post_install", "-at_install")
class TestTrialRights(TrialScreenCase):
    def test_oversight_reads_the_report_and_the_customers_behind_it(self):
        expected = self._report()["moved_count"]
        for role in READERS:
            self.assertEqual(self._report(role=role)["moved_count"], expected)
            domain = [("trial_id", "=", self.trial.id), ("is_moved", "=", True)]
            customers = self._call(
                role, "retail.trial.customer", "web_search_read", domain, {"reason": {}, "draft_value": {}}
            )
            self.assertEqual(customers["length"], expected)

    def test_staff_and_strangers_see_nothing_of_a_trial(self):
        customer = self.env["retail.trial.customer"].search([("trial_id", "=", self.trial.id)], limit=1)
        for role in STRANGERS:
            self.assertRefused(role, "retail.trial", "get_report", self.trial.ids)
            self.assertRefused(role, "retail.trial", "read", self.trial.ids, ["moved_count"])
            self.assertRefused(role, "retail.trial", "action_open_policy", self.trial.ids)
            self.assertRefused(role, "retail.trial.customer", "read", customer.ids, ["draft_value"])
            self.assertRefused(role, "retail.policy", "search", [("trial_ids.moved_count", ">", 0)])

    def test_staff_see_a_policy_without_its_trials(self):
        policy = self.trial.policy_id
        arch = self._call("staff", "retail.policy", "get_view", view_type="form")["arch"]
        self.assertNotIn("trial_ids", arch)
        self.assertRefused("staff", "retail.policy", "read", policy.ids, ["trial_ids"])
        seen = self._call("auditor", "retail.policy", "read", policy.ids, ["trial_ids"])
        self.assertEqual(seen[0]["trial_ids"], self.trial.ids)

    def test_only_managers_cancel(self):
        waiting = self.trial.copy({"state": "requested"})
        for role in (*READERS[1:], *STRANGERS):
            self.assertRefused(role, "retail.trial", "action_cancel", waiting.ids)
        self.assertEqual(waiting.state, "requested")
        self._call("manager", "retail.trial", "action_cancel", waiting.ids)
        self.assertEqual(waiting.state, "cancelled")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_companies_are_kept_apart(self):
        other = self._create_company("Other Shop")
        manager = self._user(
            "other_manager",
            "retail_crm.group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        env = self.env(user=manager, context={"allowed_company_ids": other.ids})
        for model in ("retail.trial", "retail.trial.month", "retail.trial.customer", "retail.trial.effect"):
            self.assertFalse(env[model].search([]), model)
        with self.assertRaises(AccessError):
            env["retail.trial"].browse(self.trial.id).get_report()

    def test_branch_reads_the_report_of_the_main_company(self):
        branch = self._create_company("Branch", parent_id=self.company.id)
        manager = self._user(
            "branch_manager",
            "retail_crm.group_manager",
            company_id=branch.id,
            company_ids=[Command.set(branch.ids)],
        )
        env = self.env(user=manager, context={"allowed_company_ids": branch.ids})
        report = env["retail.trial"].browse(self.trial.id).get_report()
        self.assertEqual(report["moved_count"], self.trial.moved_count)


@tagged("post_install", "-at_install")
class TestTrialTour(TrialShop, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tour reads English words
        cls.env["res.lang"]._activate_lang("en_US")
        cls._open_shop(42, 40)
        groups = "retail_crm.group_manager,sales_team.group_sale_manager"
        cls.manager = cls._user("trial_manager", groups, lang="en_US")

    def test_manager_tries_a_draft_and_reads_what_it_would_mean(self):
        draft = self._draft()
        self.start_tour(
            f"/odoo/retail-policies/{draft.id}", "retail_crm_trial_start", login=self.manager.login
        )
        trial = draft.trial_ids
        self.assertEqual((trial.state, trial.user_id), ("requested", self.manager))
        trial._replay()
        self.assertEqual(trial.state, "done", trial.error)
        self.start_tour(
            f"/odoo/retail-trials/{trial.id}", "retail_crm_trial_report", login=self.manager.login
        )
