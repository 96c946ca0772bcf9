import unittest

from run.console import Failure
from run.databases import Databases, unique_name


class FakeSource:
    fingerprint = "19.0"


class FakeOdoo:
    """Answers the one question that Databases asks here: which templates there are."""

    source = FakeSource()

    def __init__(self, templates=()):
        self.templates = templates

    def sql(self, _statement):
        return [
            [name, f'{{"fingerprint": "19.0", "modules": {modules}}}'] for name, modules in self.templates
        ]


class TestTemplates(unittest.TestCase):
    def test_the_name_depends_on_the_modules_and_not_on_their_order(self):
        store = Databases(FakeOdoo())
        self.assertEqual(store._template_name(["sale", "account"]), store._template_name(["account", "sale"]))
        self.assertNotEqual(store._template_name(["sale"]), store._template_name(["account"]))

    def test_a_template_grows_out_of_the_largest_one_that_fits(self):
        store = Databases(
            FakeOdoo([("small", '["account"]'), ("larger", '["account", "sale"]'), ("other", '["pos_sale"]')])
        )
        self.assertEqual(store._largest_base(["account", "loyalty", "sale"])["name"], "larger")
        self.assertIsNone(store._largest_base(["stock"]))


class TestNames(unittest.TestCase):
    def test_a_name_that_needs_quoting_is_refused(self):
        with self.assertRaises(Failure):
            Databases(FakeOdoo()).exists('a"; DROP DATABASE demo')

    def test_unique_names_carry_the_process(self):
        self.assertRegex(unique_name("test"), r"^test_p\d+_[0-9a-f]{6}$")
