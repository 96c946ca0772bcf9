from odoo.tests import TransactionCase

# who ends where, with and without the customers of CDNOW beside them (docs/demo.md)
SEGMENTS = {
    "golden_gate_hotels": "strategic",
    "sofia_martins": "key",
    "wang_meiling": "key",
    "jade_garden": "key",
    "blue_heron_catering": "risk",
    "robert_haines": "risk",
    "emma_clarke": "transactional",
    "chen_hao": "transactional",
    "lucas_weber": "transactional",
    "nora_lindqvist": "transactional",
    "liu_yang": "transactional",
    "aisha_rahman": "key",
}


class StoryCase(TransactionCase):
    """The story as it was told when the addon was installed; tests bring it up to today with :meth:`_recompute`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.env = cls.env["base"].with_company(cls.company).with_context(lang="en_US").env

    @classmethod
    def _ref(cls, name):
        return cls.env.ref(f"retail_crm_demo.{name}")

    @classmethod
    def _recompute(cls):
        run = cls.env["retail.run"].run_company(cls.company)
        cls.env.invalidate_all()
        return run

    def _profile(self, name):
        return self.env["retail.profile"].search(
            [("partner_id", "=", self._ref(name).id), ("company_id", "=", self.company.id)]
        )

    def assertSegments(self, expected):
        found = {name: self._profile(name).segment_id.code for name in expected}
        self.assertEqual(found, expected)
