import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from run import merge_translations

TEMPLATE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"POT-Creation-Date: 2026-05-01 10:00+0000\\n"

msgid "Customer"
msgstr ""

msgid "Segment"
msgstr ""
"""
CHINESE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "Customer"
msgstr "客户"

msgid "Gone"
msgstr "不见了"
"""


class TestMerge(unittest.TestCase):
    def _merge(self, *options):
        with tempfile.TemporaryDirectory() as addon:
            folder = Path(addon, "i18n")
            folder.mkdir()
            (folder / "retail_crm.pot").write_text(TEMPLATE)
            (folder / "zh_CN.po").write_text(CHINESE)
            with (
                mock.patch("sys.argv", ["merge", *options, str(folder)]),
                contextlib.redirect_stdout(io.StringIO()) as output,
            ):
                code = merge_translations.main()
            return (
                code,
                output.getvalue(),
                (folder / "zh_CN.po").read_text(),
                (folder / "retail_crm.pot").read_text(),
            )

    def test_translations_are_kept_and_vanished_terms_dropped(self):
        code, output, chinese, template = self._merge()
        self.assertEqual(code, 0)
        self.assertIn("客户", chinese)
        self.assertNotIn("Gone", chinese)
        self.assertIn("2 terms, 1 not translated", output)
        self.assertNotIn("POT-Creation-Date", template)

    def test_check_writes_nothing_and_fails(self):
        code, output, chinese, template = self._merge("--check")
        self.assertEqual((code, chinese, template), (1, CHINESE, TEMPLATE))
        self.assertIn("1 not translated, 1 gone", output)
