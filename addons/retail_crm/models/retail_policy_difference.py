from collections import namedtuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_list, formatLang

# a rule in words: what it is about, what it says, and what a higher and a lower number would bring about
Rule = namedtuple("Rule", "label words number more less")


class RetailPolicy(models.Model):
    """What a version changes, rule by rule in words."""

    _inherit = "retail.policy"

    difference = fields.Html(
        string="What it changes",
        compute="_compute_difference",
        help="Compared with the policy that is active now.",
    )

    @api.depends_context("lang")
    @api.depends(
        "state", "half_life_weeks", "horizon_weeks", "risk_purchase_days", "payment_enter", "payment_leave",
        "payment_overdue_amount", "band_ids.sequence", "band_ids.segment_id", "band_ids.kind", "band_ids.enter",
        "band_ids.leave",
    )  # fmt: skip
    def _compute_difference(self):
        for policy in self:
            active = self._get_active(policy.company_id)
            is_comparable = active and active != policy._origin
            policy.difference = policy._render_difference(active) if is_comparable else False

    def _get_difference(self, other):
        """The rules in which this version differs from ``other``, in the reader's language.

        :return: list of dicts: ``label`` (the rule), ``before`` (in ``other``), ``after`` (here), ``meaning`` (what
            that brings about, may be empty)
        """
        return [*self._compare_numbers(other), *self._compare_bands(other)]

    def _compare_numbers(self, other):
        pairs = zip(other._describe_numbers(), self._describe_numbers(), strict=True)
        return [self._compare(before, after) for before, after in pairs if before.words != after.words]

    def _compare_bands(self, other):
        before, after = other._describe_bands(), self._describe_bands()
        rows = []
        for segment in {**before, **after}:
            if segment in before and segment in after:
                rows += [
                    self._compare(old, new)
                    for old, new in zip(before[segment], after[segment], strict=True)
                    if old.words != new.words
                ]
            else:
                rows.append(self._compare_missing(segment, before.get(segment), after.get(segment)))
        return rows + self._compare_order(other)

    def _compare(self, before, after):
        meaning = after.more if after.number > before.number else after.less
        if after.more != before.more:  # a segment by risk cannot be compared with one by value
            meaning = ""
        return {"label": after.label, "before": before.words, "after": after.words, "meaning": meaning}

    def _compare_missing(self, segment, before, after):
        """A segment that only one of the versions has."""
        none = self.env._("not used")
        return {
            "label": segment.name,
            "before": before[0].words if before else none,
            "after": after[0].words if after else none,
            "meaning": self.env._("This segment is new.")
            if after
            else self.env._("Its customers move to other segments."),
        }

    def _compare_order(self, other):
        """Which of the common segments is looked at first."""
        orders = [policy.band_ids.sorted().segment_id for policy in (other, self)]
        before, after = [order.filtered(lambda segment: segment in orders[0] & orders[1]) for order in orders]
        if before.ids == after.ids:
            return []
        return [
            {
                "label": self.env._("Order of the segments"),
                "before": format_list(self.env, before.mapped("name")),
                "after": format_list(self.env, after.mapped("name")),
                "meaning": self.env._("A customer belongs to the first one that fits."),
            }
        ]

    def _describe_numbers(self):
        """The rules beside the segments, always the same ones in the same order."""
        return [
            self._describe_half_life(),
            self._describe_horizon(),
            Rule(
                self.env._("Purchase days before a risk"),
                str(self.risk_purchase_days),
                self.risk_purchase_days,
                self.env._("Fewer customers can become a risk for being silent."),
                self.env._("More customers can become a risk for being silent."),
            ),
            Rule(
                self.env._("Payment risk begins"),
                self.env._("at %(share)s%% unpaid", share=f"{self.payment_enter * 100:g}"),
                self.payment_enter,
                self.env._("Late payers are noticed later."),
                self.env._("Late payers are noticed earlier."),
            ),
            Rule(
                self.env._("Payment risk ends"),
                self.env._("below %(share)s%% unpaid", share=f"{self.payment_leave * 100:g}"),
                self.payment_leave,
                self.env._("Late payers recover sooner."),
                self.env._("Late payers recover later."),
            ),
            Rule(
                self.env._("Overdue amount tolerated"),
                formatLang(self.env, self.payment_overdue_amount, currency_obj=self.currency_id),
                self.payment_overdue_amount,
                self.env._("Fewer customers are a payment risk."),
                self.env._("More customers are a payment risk."),
            ),
        ]

    def _describe_half_life(self):
        return Rule(
            self.env._("Half-life of value"),
            self.env._("%(weeks)s weeks", weeks=f"{self.half_life_weeks:g}"),
            self.half_life_weeks,
            self.env._("Older purchases count more."),
            self.env._("Older purchases count less."),
        )

    def _describe_horizon(self):
        # a version without a horizon takes over that of the active one
        weeks = self.horizon_weeks or self._get_active(self.company_id).horizon_weeks
        return Rule(
            self.env._("Horizon of risk and forecast"),
            self.env._("%(weeks)s weeks", weeks=weeks) if weeks else self.env._("by the rhythm of purchases"),
            weeks,
            self.env._("Risk and expected revenue look further ahead."),
            self.env._("Risk and expected revenue look less far ahead."),
        )

    def _describe_bands(self):
        """{segment: (rule of entering, rule of leaving)}"""
        return {
            band.segment_id: (self._describe_enter(band), self._describe_leave(band))
            for band in self.band_ids.sorted()
        }

    def _describe_enter(self, band):
        label = self.env._("%(segment)s: comes in", segment=band.segment_id.name)
        if band.kind == "risk":
            return Rule(
                label,
                self.env._("when %(share)s%% likely to stay away", share=f"{band.enter * 100:g}"),
                band.enter,
                self.env._("Alarms come later."),
                self.env._("Alarms come earlier."),
            )
        words = self.env._("among the best %(share)s%%", share=f"{100 - band.enter:g}")
        return Rule(
            label,
            words if band.enter else self.env._("everybody else"),
            band.enter,
            self.env._("Fewer customers come in."),
            self.env._("More customers come in."),
        )

    def _describe_leave(self, band):
        label = self.env._("%(segment)s: stays", segment=band.segment_id.name)
        if band.kind == "risk":
            return Rule(
                label,
                self.env._("while %(share)s%% likely to stay away", share=f"{band.leave * 100:g}"),
                band.leave,
                self.env._("Alarms end sooner."),
                self.env._("Alarms last longer."),
            )
        words = self.env._("while among the best %(share)s%%", share=f"{100 - band.leave:g}")
        return Rule(
            label,
            words if band.enter else self.env._("everybody else"),
            band.leave,
            self.env._("Customers leave sooner."),
            self.env._("Customers stay longer."),
        )

    def _render_difference(self, other):
        """The table of differences, as HTML."""
        differences = self._get_difference(other)
        if not differences:
            return Markup("<p class='text-muted mb-0'>%s</p>") % self.env._(
                "Same rules as the active policy."
            )
        row = Markup(
            "<tr><td class='fw-bold'>%s</td><td>%s</td><td>→</td><td>%s</td><td class='text-muted'>%s</td></tr>"
        )
        rows = Markup("").join(
            row % tuple(difference[name] for name in ("label", "before", "after", "meaning"))
            for difference in differences
        )
        return Markup("<table class='table table-sm w-auto mb-0'><tbody>%s</tbody></table>") % rows
