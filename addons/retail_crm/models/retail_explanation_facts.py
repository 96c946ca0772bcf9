from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_amount

# the facts that decide, by the profile's reason
DECISIVE = {
    "value": {"percentile"},
    "inactivity": {"purchase_days", "contribution", "inactivity_risk"},
    "payment": {"percentile", "payment_risk"},
}
# the facts whose rules say who is a risk
ABOUT_RISK = {"contribution", "purchase_days", "inactivity_risk", "payment_risk"}


class RetailExplanation(models.AbstractModel):
    """The single facts. Each is made by a method ``_fact_<code>``, which returns a dict, or None where there is none:

    ``label`` and ``text`` in the reader's language; ``number`` with its ``unit`` (a currency's name, ``percent``
    0-100, ``probability`` 0-1, ``days``); ``rank`` and ``of`` where there is one; ``rule`` (text, threshold, where that
    stands, whether it ``is_met``) or None; and ``documents`` (model and domain of what it comes from), None where there
    is nothing that the reader may open.
    """

    _inherit = "retail.explanation"

    def _get_fact_codes(self):
        """Hook: codes of the facts, in the order in which they are shown."""
        return [
            "percentile",
            "value",
            "contribution",
            "purchase_days",
            "rhythm",
            "last_purchase",
            "inactivity_risk",
            "payment_risk",
            "previous_segment",
            "pin",
        ]

    def _get_facts(self, standing):
        decisive = self._get_decisive(standing)
        facts = {code: getattr(self, f"_fact_{code}")(standing) for code in self._get_fact_codes()}
        without_rule = set() if standing.circumstances.policy._get_risk_band() else ABOUT_RISK
        return [
            {
                "code": code,
                "unit": None,
                "rank": None,
                "of": None,
                "rule": None,
                "documents": None,
                **fact,
                **({"rule": None} if code in without_rule else {}),
                "is_decisive": code in decisive,
            }
            for code, fact in facts.items()
            if fact
        ]

    def _get_decisive(self, standing):
        """Codes of the facts without which the segment would be another one."""
        if standing.profile.pinned_segment_id:
            return {"pin"}
        decisive = set(DECISIVE[standing.profile.reason_code])
        if self._is_kept(standing):
            decisive.add("previous_segment")
        if self.env["retail.rule.words"]._is_kept_risk(standing):
            decisive.discard("contribution")
        return decisive

    @staticmethod
    def _is_kept(standing):
        """Whether the customer would be in another segment but for the one before."""
        return standing.now["computed_segment_id"] != standing.forgetful["computed_segment_id"]

    def _fact_percentile(self, standing):
        profile = standing.profile
        return {
            "label": self.env._("Place by value"),
            "text": self._say_place(standing),
            "number": profile.value_percentile,
            "unit": "percent",
            "rank": profile.value_rank,
            "of": standing.circumstances.customers,
            "rule": self._get_percentile_rule(standing),
        }

    def _say_place(self, standing):
        profile, customers = standing.profile, standing.circumstances.customers
        facts = {
            "share": f"{profile.value_percentile:g}",
            "rank": f"{profile.value_rank:,}",
            "customers": f"{customers:,}",
        }
        if customers == 1:
            return self.env._("the only customer")
        if profile.value_rank == 1:
            return self.env._("rank 1 of %(customers)s: nobody has more value", **facts)
        return self.env._(
            "rank %(rank)s of %(customers)s: more value than %(share)s%% of the customers", **facts
        )

    def _get_percentile_rule(self, standing):
        """The value band the customer is in; of the lowest one, which has no entrance, the band above is missed."""
        bands = standing.circumstances.policy._get_value_bands()
        own = bands.filtered(lambda band: band.segment_id.id == standing.by_value["computed_segment_id"])
        is_met = own != bands[-1]
        band = own if is_met else bands[-2:-1]
        if not band:
            return None
        # whoever is in a band below its entrance is kept there
        is_kept = is_met and standing.now["value_percentile"] < band.enter
        threshold = band.leave if is_kept else band.enter
        facts = {"segment": band.segment_id.name, "threshold": f"{threshold:g}"}
        text = (
            self.env._(
                "stays %(segment)s because of the segment before: leaves only below %(threshold)s%%", **facts
            )
            if is_kept
            else self.env._("%(segment)s from %(threshold)s%%", **facts)
        )
        return self._get_rule(text, is_met, threshold, band, "leave" if is_kept else "enter")

    @staticmethod
    def _get_rule(text, is_met, threshold, record, field):
        """``record`` and ``field`` say where the threshold stands."""
        source = {"model": record._name, "id": record.id, "field": field}
        return {"text": text, "is_met": is_met, "threshold": threshold, "source": source}

    def _fact_value(self, standing):
        profile, half_life_weeks = standing.profile, standing.circumstances.policy.half_life_weeks
        return {
            "label": self.env._("Value"),
            "text": self.env._(
                "%(amount)s; a purchase of %(weeks)s weeks ago counts half",
                amount=format_amount(self.env, profile.value, profile.currency_id),
                weeks=f"{half_life_weeks:g}",
            ),
            "number": profile.value,
            "unit": profile.currency_id.name,
            "half_life_weeks": half_life_weeks,
            "documents": self._get_purchases(profile),
        }

    def _fact_contribution(self, standing):
        profile, median = standing.profile, standing.circumstances.median_contribution
        facts = {
            "amount": format_amount(self.env, profile.contribution, profile.currency_id),
            "since": self.env["retail.reason"]._say_month(profile.first_purchase_date),
        }
        return {
            "label": self.env._("Contribution"),
            "text": self.env._(
                "%(amount)s since %(since)s, partly estimated: some purchases had no cost", **facts
            )
            if profile.is_cost_estimated
            else self.env._("%(amount)s since %(since)s", **facts),
            "number": profile.contribution,
            "unit": profile.currency_id.name,
            "rule": self._get_rule(
                self.env._(
                    "silence can be a risk from %(median)s on, what the middle customer brought",
                    median=format_amount(self.env, median, profile.currency_id),
                ),
                standing.now["contribution"] >= median,
                median,
                profile.run_id,
                "median_contribution",
            ),
            "documents": self._get_purchases(profile),
        }

    def _fact_purchase_days(self, standing):
        profile, policy = standing.profile, standing.circumstances.policy
        needed = policy.risk_purchase_days
        return {
            "label": self.env._("Purchase days"),
            "text": f"{profile.purchase_days:,}",
            "number": profile.purchase_days,
            "unit": "days",
            "rule": self._get_rule(
                self.env._("silence can be a risk from %(days)s days on", days=needed),
                profile.purchase_days >= needed,
                needed,
                policy,
                "risk_purchase_days",
            ),
            "documents": self._get_purchases(profile),
        }

    def _fact_rhythm(self, standing):
        gap = standing.profile.mean_gap_days
        return {
            "label": self.env._("Usual rhythm"),
            "text": self.env._("every %(gap)s days", gap=max(round(gap), 1))
            if gap
            else self.env._("bought once, no rhythm yet"),
            "number": gap or None,
            "unit": "days",
        }

    def _fact_last_purchase(self, standing):
        profile = standing.profile
        last = profile.last_purchase_date
        days = (profile.as_of - last).days
        facts = {"day": self.env["retail.reason"]._say_day(last), "days": days}
        return {
            "label": self.env._("Last purchase"),
            "text": self.env._("%(day)s, %(days)s days before these figures", **facts)
            if days
            else self.env._("%(day)s, the day of these figures", **facts),
            "number": days,
            "unit": "days",
            "day": fields.Date.to_string(last),
            "documents": self._get_purchases(profile, Domain("day", "=", fields.Date.to_string(last))),
        }

    def _fact_inactivity_risk(self, standing):
        profile = standing.profile
        return {
            "label": self.env._("Likely to stay away"),
            "text": self._say_inactivity(standing),
            "number": profile.inactivity_risk,
            "unit": "probability",
            "is_rough": profile.model_rung != "fitted",
            "rule": self._get_inactivity_rule(standing),
        }

    def _say_inactivity(self, standing):
        profile, threshold = standing.profile, standing.circumstances.threshold
        if profile.model_rung == "rank":
            if profile.inactivity_risk >= threshold:
                return self.env._("looks like staying away; too little history for a percentage")
            return self.env._("does not look like staying away; too little history for a percentage")
        facts = {
            "share": f"{min(round(profile.inactivity_risk * 100), 99)}%",
            "weeks": profile.horizon_weeks,
        }
        if profile.model_rung == "rough":
            return self.env._(
                "about %(share)s likely not to buy within %(weeks)s weeks, a rough figure", **facts
            )
        return self.env._("%(share)s likely not to buy within %(weeks)s weeks", **facts)

    def _get_inactivity_rule(self, standing):
        Words, band = self.env["retail.rule.words"], standing.circumstances.policy._get_risk_band()
        if not band:
            return None
        is_kept = Words._is_kept_risk(standing)
        threshold = Words._get_stay(standing) if is_kept else standing.circumstances.threshold
        share = f"{round(threshold * 100)}%"
        if standing.profile.model_rung == "rank":
            text = self.env._("a risk when it looks like staying away")
        elif is_kept:
            text = self.env._(
                "stays a risk because of having been one before: leaves only below %(share)s", share=share
            )
        elif threshold > band.enter:
            text = self.env._(
                "a risk from %(share)s on, as likely as the average repeat customer", share=share
            )
        else:
            text = self.env._("a risk from %(share)s on", share=share)
        is_met = standing.now["inactivity_risk"] >= threshold
        return self._get_rule(text, is_met, threshold, band, "leave" if is_kept else "enter")

    def _fact_payment_risk(self, standing):
        profile = standing.profile
        return {
            "label": self.env._("Payments"),
            "text": self._say_payments(profile),
            "number": profile.payment_risk,
            "unit": "probability",
            "overdue_amount": profile.overdue_amount,
            "rule": self._get_payment_rule(standing),
            "documents": self._get_bills(profile),
        }

    def _say_payments(self, profile):
        facts = {
            "share": f"{round(profile.payment_risk * 100)}%",
            "amount": format_amount(self.env, profile.overdue_amount, profile.currency_id),
        }
        if profile.payment_risk and profile.overdue_amount > 0:
            return self.env._(
                "%(share)s of what fell due lately was unpaid a week later; %(amount)s overdue", **facts
            )
        if profile.payment_risk:
            return self.env._("%(share)s of what fell due lately was unpaid a week later", **facts)
        if profile.overdue_amount > 0:
            return self.env._("%(amount)s overdue", **facts)
        return self.env._("pays on time")

    def _get_payment_rule(self, standing):
        policy, was_late = standing.circumstances.policy, standing.profile.was_payment_risk
        threshold = policy.payment_leave if was_late else policy.payment_enter
        share = f"{round(threshold * 100)}%"
        text = (
            self.env._("paid late before, and counts as paying late down to %(share)s", share=share)
            if was_late
            else self.env._("pays late from %(share)s on, with something overdue", share=share)
        )
        field = "payment_leave" if was_late else "payment_enter"
        return self._get_rule(text, standing.now["payment_high"], threshold, policy, field)

    def _fact_previous_segment(self, standing):
        previous = standing.profile.previous_segment_id
        if not previous:
            return None
        return {
            "label": self.env._("Segment before"),
            "text": previous.name,
            "number": None,
            "rule": self._get_memory_rule(standing),
            "documents": self._get_documents(
                "retail.profile.change",
                [
                    ("partner_id", "=", standing.profile.partner_id.id),
                    ("company_id", "=", standing.profile.company_id.id),
                ],
            ),
        }

    def _get_memory_rule(self, standing):
        """The rule by which the segment before keeps the customer, if it does."""
        if not self._is_kept(standing):
            return None
        rules = {
            "value": self._get_percentile_rule,
            "inactivity": self._get_inactivity_rule,
            "payment": self._get_payment_rule,
        }
        return rules[standing.profile.reason_code](standing)

    def _fact_pin(self, standing):
        profile = standing.profile
        if not profile.pinned_segment_id:
            return None
        pin = self._get_pin(profile)
        facts = {
            "segment": profile.pinned_segment_id.name,
            "author": pin.user_id.sudo().name or "",
            "reason": pin.reason or "",
        }
        return {
            "label": self.env._("Pin"),
            "text": self.env._(
                "%(segment)s, by %(author)s until %(day)s: %(reason)s",
                day=self.env["retail.reason"]._say_day(pin.date_end),
                **facts,
            )
            if pin.date_end
            else self.env._("%(segment)s, by %(author)s: %(reason)s", **facts),
            "number": None,
            "day": fields.Date.to_string(pin.date_end) or None,
            "documents": self._get_documents("retail.segment.pin", [("id", "in", pin.ids)]),
        }
