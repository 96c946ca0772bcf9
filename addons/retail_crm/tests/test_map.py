"""The map and the links of the pages lead somewhere. Needs no database."""

import ast
import re
import unittest

from odoo.tests import BaseCase, tagged

from . import documentation

SYMBOL = re.compile(r"`([\w./-]+)::([\w.-]+)`")
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def names_in(source):
    """Names defined in Python source: at the top of the file, and in classes both alone and as ``Class.name``."""
    names = set()
    for node in ast.parse(source).body:
        names |= _names_of(node)
        if isinstance(node, ast.ClassDef):
            members = set().union(*map(_names_of, node.body))
            names |= members | {f"{node.name}.{member}" for member in members}
    return names


def _names_of(node):
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


@unittest.skipUnless(documentation.ARE_THERE, documentation.WHY_SKIPPED)
@tagged("post_install", "-at_install")
class TestMap(BaseCase):
    def test_every_place_on_the_map_exists(self):
        places = SYMBOL.findall(documentation.read("map.md"))
        self.assertGreater(len(places), 50, "the map says file::symbol in backticks")
        for path, symbol in places:
            with self.subTest(file=path, symbol=symbol):
                source = (documentation.ROOT / path).read_text(encoding="utf-8")
                self.assertIn(symbol, names_in(source) if path.endswith(".py") else source)

    def test_every_question_on_the_map_has_a_place(self):
        for row in documentation.rows(documentation.read("map.md"), "Question"):
            self.assertRegex(row["Place"], SYMBOL, row["Question"])

    def test_every_link_of_the_pages_leads_to_a_file(self):
        root = documentation.ROOT
        for page in [*documentation.DOCS.glob("*.md"), *root.glob("*.md")]:
            for link in LINK.findall(page.read_text(encoding="utf-8")):
                with self.subTest(page=page.name, link=link):
                    self.assertTrue((page.parent / link).exists())
