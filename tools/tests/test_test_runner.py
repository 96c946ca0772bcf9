import unittest

from run.console import Failure
from run.test_plan import plan_stages
from run.test_runner import Counts, count_unittest

MANIFESTS = {
    "retail_crm": {"depends": ["account", "sale_stock"]},
    "retail_crm_demo": {"depends": ["retail_crm"]},
    "retail_crm_pos": {"depends": ["retail_crm", "pos_sale"]},
}


class TestStages(unittest.TestCase):
    def _stages(self, *arguments, **options):
        return [(stage.name, stage.addons, stage.tags) for stage in plan_stages(*arguments, **options)]

    def test_each_addon_alone_and_then_all_together(self):
        self.assertEqual(
            self._stages([], MANIFESTS),
            [
                ("retail_crm", ["retail_crm"], "/retail_crm"),
                ("retail_crm_demo", ["retail_crm_demo"], "/retail_crm_demo"),
                ("retail_crm_pos", ["retail_crm_pos"], "/retail_crm_pos"),
                ("together", sorted(MANIFESTS), "/retail_crm,/retail_crm_demo,/retail_crm_pos"),
            ],
        )

    def test_an_addon_that_needs_all_others_is_tested_once(self):
        manifests = {name: MANIFESTS[name] for name in ("retail_crm", "retail_crm_demo")}
        self.assertEqual([name for name, *_rest in self._stages([], manifests)], ["retail_crm", "together"])

    def test_a_named_addon_is_tested_alone(self):
        self.assertEqual(
            self._stages(["retail_crm"], MANIFESTS), [("retail_crm", ["retail_crm"], "/retail_crm")]
        )

    def test_data_tests_are_chosen_by_their_tag(self):
        stages = self._stages(["retail_crm"], MANIFESTS, data=True)
        self.assertEqual(stages, [("retail_crm", ["retail_crm"], "retail_data/retail_crm")])

    def test_an_unknown_addon_is_refused_by_name(self):
        with self.assertRaisesRegex(Failure, "no addon sales in addons/; there are: retail_crm"):
            plan_stages(["sales"], MANIFESTS)

    def test_no_addon_at_all_is_refused(self):
        with self.assertRaises(Failure):
            plan_stages([], {})


class TestCounts(unittest.TestCase):
    def test_the_last_line_of_a_run(self):
        self.assertEqual(str(Counts(3, 0, 1) + Counts(2, 1, 0)), "5 passed, 1 failed, 1 skipped")

    def test_counts_of_unittest(self):
        self.assertEqual(count_unittest("...\n\nRan 3 tests in 0.1s\n\nOK\n"), Counts(3, 0, 0))
        self.assertEqual(
            count_unittest("...\n\nRan 9 tests in 0.1s\n\nFAILED (failures=2, errors=1, skipped=1)\n"),
            Counts(5, 3, 1),
        )
        self.assertEqual(count_unittest("SyntaxError"), Counts(0, 0, 0))
