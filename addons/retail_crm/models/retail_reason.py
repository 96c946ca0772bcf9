from functools import reduce

import babel.dates

from odoo import api, fields, models
from odoo.tools import babel_locale_parse, format_amount, format_date, get_lang


class RetailReason(models.AbstractModel):
    """Says in the reader's language why a customer is in a segment; the facts are the profile's own figures."""

    _name = "retail.reason"
    _description = "Reasons in words"

    @api.model
    def _render(self, profile):
        """For example "Key: contribution $ 4,310 since March 2024, rank 212 of 9,840; buys every 24 days, last 12 days
        ago; pays on time"."""
        if not profile.first_purchase_date:
            return False
        parts = [self._say_segment(profile), self._say_rhythm(profile), self._say_payment(profile)]
        if profile.pinned_segment_id:
            parts.append(
                self.env._(
                    "pinned by a person; the figures say %(segment)s",
                    segment=profile.computed_segment_id.name,
                )
            )
        return reduce(self._join_clauses, parts)

    def _join_clauses(self, words, clause):
        """A mark alone is no term that could be translated, therefore the pattern around it."""
        return self.env._("%(words)s; %(clause)s", words=words, clause=clause)

    def _say_segment(self, profile):
        facts = {
            "segment": profile.segment_id.name,
            "amount": format_amount(self.env, profile.contribution, profile.currency_id),
            "since": self._say_month(profile.first_purchase_date),
            "rank": f"{profile.value_rank:,}",
            "customers": f"{profile.run_id.sudo().customer_count:,}",
        }
        return self.env._(
            "%(segment)s: contribution %(amount)s since %(since)s, rank %(rank)s of %(customers)s", **facts
        )

    def _say_month(self, day):
        """For example "March 2024"; languages differ in the order too."""
        return babel.dates.format_skeleton("yMMMM", day, locale=babel_locale_parse(get_lang(self.env).code))

    def _say_day(self, day):
        """For example "March 14, 2025"."""
        return format_date(self.env, day, date_format="long")

    def _say_rhythm(self, profile):
        ago = self._say_ago(profile.last_purchase_date)
        if profile.purchase_days == 1:
            return self.env._("bought once, %(ago)s", ago=ago)
        facts = {"gap": max(round(profile.mean_gap_days), 1), "ago": ago}
        if profile.reason_code == "inactivity":
            # nothing about tomorrow is certain
            facts["risk"] = min(round(profile.inactivity_risk * 100), 99)
            facts["weeks"] = profile.horizon_weeks
            if profile.model_rung == "rank":
                return self.env._("bought every %(gap)s days, last %(ago)s: likely to stay away", **facts)
            return self.env._(
                "bought every %(gap)s days, last %(ago)s: %(risk)s%% likely not to buy within %(weeks)s weeks",
                **facts,
            )
        return self.env._("buys every %(gap)s days, last %(ago)s", **facts)

    def _say_ago(self, day):
        days = (fields.Date.context_today(self) - day).days
        if days <= 0:
            return self.env._("today")
        return self.env._("yesterday") if days == 1 else self.env._("%(days)s days ago", days=days)

    def _say_payment(self, profile):
        if profile.overdue_amount > 0:
            amount = format_amount(self.env, profile.overdue_amount, profile.currency_id)
            if profile.is_payment_risk:
                return self.env._("pays late, %(amount)s overdue", amount=amount)
            return self.env._("%(amount)s overdue", amount=amount)
        if profile.is_payment_risk:
            return self.env._("has paid late")
        return self.env._("pays on time")
