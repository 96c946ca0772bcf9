from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.retail_crm.tests import loading, real_data

from .common import SEGMENTS, StoryCase


@tagged("post_install", "-at_install", "-standard", "retail_data")
class TestStoryBesideCdnow(StoryCase):
    def test_everybody_keeps_the_segment_among_thousands_of_others(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        purchases = list(real_data.read_cdnow_master())
        shift = yesterday - max(purchase.date for purchase in purchases)
        loading.load_purchases(
            self.env,
            self.company,
            [purchase._replace(date=purchase.date + shift, reference="") for purchase in purchases],
        )
        run = self._recompute()
        self.assertEqual((run.state, run.model_rung), ("done", "fitted"))
        self.assertGreater(run.customer_count, 23570)
        self.assertSegments(SEGMENTS)
        self.assertEqual(self._profile("robert_haines").reason_code, "inactivity")
