import tempfile
import unittest
from pathlib import Path

from run import manifests
from run.console import Failure

MANIFESTS = {
    "retail_crm": {"depends": ["account", "sale_stock"]},
    "retail_crm_pos": {"depends": ["retail_crm", "pos_sale"]},
}


class TestDependencies(unittest.TestCase):
    def test_foreign_dependencies_reach_through_our_own_addons(self):
        self.assertEqual(
            manifests.foreign_dependencies(["retail_crm_pos"], MANIFESTS),
            ["account", "pos_sale", "sale_stock"],
        )
        self.assertEqual(manifests.foreign_dependencies(["retail_crm"], MANIFESTS), ["account", "sale_stock"])

    def test_own_dependencies_include_the_addon_itself(self):
        self.assertEqual(
            manifests.own_dependencies(["retail_crm_pos"], MANIFESTS), ["retail_crm", "retail_crm_pos"]
        )


class TestReading(unittest.TestCase):
    def _write(self, folder, addon, text):
        path = Path(folder, addon, "__manifest__.py")
        path.parent.mkdir()
        path.write_text(text)

    def test_addons_that_are_not_installable_are_left_out(self):
        with tempfile.TemporaryDirectory() as folder:
            self._write(folder, "one", "{'name': 'One'}")
            self._write(folder, "two", "{'name': 'Two', 'installable': False}")
            self.assertEqual(list(manifests.read_all(Path(folder))), ["one"])

    def test_a_broken_manifest_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            self._write(folder, "one", "{'name': ")
            with self.assertRaisesRegex(Failure, "one/__manifest__.py is no manifest"):
                manifests.read_all(Path(folder))
