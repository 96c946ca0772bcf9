"""The suite speaks Chinese as well as English."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import polib

from odoo.tests import BaseCase, freeze_time, tagged

from .common import RetailCommon

ADDONS = Path(__file__).resolve().parents[2]
LANGUAGE = "zh_CN"
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd%]")
TAG = re.compile(r"</?\w+")


def catalogues():
    """Yield (name of the addon, its terms, their translations) of this addon and those of the suite beside it."""
    for template in sorted(ADDONS.glob("retail_crm*/i18n/retail_crm*.pot")):
        translation = template.with_name(f"{LANGUAGE}.po")
        yield template.stem, polib.pofile(str(template)), polib.pofile(str(translation))


def counted(pattern, text):
    return Counter(pattern.findall(text))


@tagged("post_install", "-at_install")
class TestTranslations(BaseCase):
    """Every term of every addon of the suite is translated. Needs no database."""

    def test_this_addon_is_looked_at(self):
        self.assertIn("retail_crm", [addon for addon, *_catalogues in catalogues()])

    def test_every_term_has_its_translation(self):
        for addon, template, translation in catalogues():
            with self.subTest(addon=addon):
                untranslated = [
                    entry.msgid for entry in translation if not entry.msgstr.strip() or entry.fuzzy
                ]
                self.assertEqual(untranslated, [])
                self.assertEqual(
                    self._terms(template), self._terms(translation), "./run i18n brings them into line"
                )

    def test_no_term_is_translated_twice(self):
        for addon, _template, translation in catalogues():
            with self.subTest(addon=addon):
                self.assertEqual(len(self._terms(translation)), len(translation))

    def test_translations_keep_placeholders_and_tags(self):
        for addon, _template, translation in catalogues():
            for entry in translation:
                with self.subTest(addon=addon, term=entry.msgid):
                    for pattern in (PLACEHOLDER, TAG):
                        self.assertEqual(counted(pattern, entry.msgid), counted(pattern, entry.msgstr))

    @staticmethod
    def _terms(catalogue):
        return {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}


@tagged("post_install", "-at_install")
class TestChineseReasons(RetailCommon):
    """Sentences that are put together from parts read well in the reader's language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(LANGUAGE)
        cls.env["ir.module.module"]._load_module_terms(["retail_crm"], [LANGUAGE], overwrite=True)

    def _say(self, customer):
        with freeze_time(self.today):
            reason = self._profile(customer).with_context(lang=LANGUAGE).reason
        return reason.replace("\N{NO-BREAK SPACE}", " ")

    def test_regular_customer(self):
        customer = self._customer("Mei Lin")
        for day in (date(2025, 5, 1), date(2025, 5, 25), date(2025, 6, 18)):
            self._buys(customer, 1436.67, day=day)
        self._rescore()
        self.assertEqual(
            self._say(customer),
            "交易型客户：自2025年5月以来贡献 $ 4,310.01，排名 1/1；每24天购买一次，最近一次在12天前；按时付款",
        )

    def test_words_with_two_meanings(self):
        """Two Chinese words for one English one: of the segment, and of the strategy or the column."""
        segments = {
            code: self._segment(code).with_context(lang=LANGUAGE).name for code in ("transactional", "risk")
        }
        self.assertEqual(segments, {"transactional": "交易型客户", "risk": "风险客户"})
        strategy = self.env.ref("retail_crm.strategy_transactional").with_context(lang=LANGUAGE)
        self.assertEqual(strategy.name, "交易战略")
