import datetime

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_scoring import AS_OF, ScoringCase, random_purchases

MONTHS = 12


class TrialCase(ScoringCase):
    def _draft(self, enter=(90, 70), leave=(85, 65), company=None, **values):
        """A draft beside the company's active policy; ``enter`` and ``leave`` of strategic and key."""
        active = self.env["retail.policy"]._get_active(company or self.company)
        draft = active.copy({"trial_months": MONTHS, **values})
        for band, enters, leaves in zip(draft._get_value_bands(), enter, leave, strict=False):
            band.write({"enter": enters, "leave": leaves})
        return draft

    def _try(self, draft):
        """A trial of the draft, replayed to its end."""
        trial = self.env["retail.trial"]._request(draft)
        trial._replay()
        self.assertEqual(trial.state, "done", trial.error)
        self.env.invalidate_all()
        return trial

    def _labels(self, trial, side):
        """{customer: code} on the last day."""
        customers = self.env["retail.trial.customer"].search([("trial_id", "=", trial.id)])
        return {customer.partner_id.id: customer[f"{side}_segment_id"].code for customer in customers}

    def _live_through(self, months=MONTHS):
        """Full runs on the days that a trial replays; the codes after each."""
        history = []
        for ago in reversed(range(months + 1)):
            self._run(AS_OF - relativedelta(months=ago), full=True)
            history.append(self._codes())
        return history


@tagged("post_install", "-at_install")
class TestTrial(TrialCase):
    def test_trial_of_other_rules_equals_runs_that_had_followed_them(self):
        """The runs themselves are the oracle: a year lived under each policy against a year replayed."""
        purchases = random_purchases(31, 320)
        self._load(purchases)
        # an unusual half-life, so that value and percentile differ too
        changes = {"enter": (95, 60), "leave": (92, 50), "half_life_weeks": 9, "risk_purchase_days": 3}
        self._live_through()
        trial = self._try(self._draft(**changes))
        self.assertEqual(self._labels(trial, "active"), self._codes())

        twin = self.env["res.company"].create({"name": "Twin", "retail_tz": "UTC"})
        other = self._draft(company=twin, **changes)
        other._activate()
        self.company = twin
        self._load(purchases)
        history = self._live_through()
        refs = {self.partners[ref]: ref for ref in self.partners}
        lived = {refs[partner]: code for partner, code in self._codes().items()}
        names = {customer.partner_id.id: customer.partner_id.ref for customer in trial._get_customers()}
        self.assertEqual(
            {names[partner]: code for partner, code in self._labels(trial, "draft").items()}, lived
        )
        self.assertStability(trial, "draft", history)

    def assertStability(self, trial, side, history):
        for position, (before, after) in enumerate(zip(history, history[1:], strict=False), 1):
            known = before.keys() & after.keys()
            rows = trial.month_ids.filtered(
                lambda row, day=trial._get_days()[position]: row.side == side and row.day == day
            )
            self.assertEqual(sum(rows.mapped("known")), len(known))
            self.assertEqual(sum(rows.mapped("changed")), sum(before[c] != after[c] for c in known))
            if position > 1:
                earlier = history[position - 2]
                flips = sum(earlier.get(c) == after[c] != before[c] for c in known)
                self.assertEqual(sum(rows.mapped("flipped")), flips)
